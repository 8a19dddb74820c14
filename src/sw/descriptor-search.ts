/** Where the worker has the descriptor from of a file that no server has: from the database, else from a page. */

import { FIND_MS, type Finding, readFound } from '../bridge/find.js'
import { BRIDGE_VERSION } from '../bridge/messages.js'
import { SwarmtagError } from '../core/errors.js'
import type { ChunkArchive } from '../store/chunk-archive.js'
import { storedDescriptor } from '../store/shared-manifests.js'

/**
 * Waits until somebody gives it, for as long as an event may last. It is not verified yet.
 *
 * @param url - the file's name
 * @throws SwarmtagError `sharing-off` if the page looks for nobody; `page-gone` if nothing comes
 */
export const findDescriptor = async (
  store: ChunkArchive,
  client: Client,
  url: string,
  root: string,
): Promise<Uint8Array<ArrayBuffer>> =>
  (await storedDescriptor(store, root)) ?? askPage(client, url, root)

function askPage(client: Client, url: string, root: string): Promise<Uint8Array<ArrayBuffer>> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve, reject) => {
    const late = new SwarmtagError('page-gone', 'nobody who has this file was found in time')
    const timer = setTimeout(reject, FIND_MS, late)
    port1.onmessage = ({ data }) => {
      const found = readFound(data)
      if (!found) return
      clearTimeout(timer)
      port1.close()
      if (found.type === 'found') resolve(found.descriptor)
      else reject(new SwarmtagError('sharing-off', found.detail))
    }
    const message: Finding = { type: 'swarmtag:find', version: BRIDGE_VERSION, url, root }
    client.postMessage(message, [port2])
  })
}
