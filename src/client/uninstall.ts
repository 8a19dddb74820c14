/** Removes Swarmtag from this browser: its workers on this origin, and all that they and the pages keep. */

import { UNINSTALL_MESSAGE } from '../bridge/withdrawal.js'
import { deleteDatabase } from '../store/deletion.js'
import { ownRegistrations, registrations } from './registrations.js'

/** A worker that does not answer within this time is of another kind; it is unregistered all the same. */
const ANSWER_MS = 1_000

/** Prefix of our keys in `localStorage`. */
const KEY_PREFIX = 'swarmtag'

export async function uninstall(): Promise<void> {
  // A document with an opaque origin has no storage.
  if (!('serviceWorker' in navigator) || origin === 'null') return
  const workers = (await registrations()).map(({ active }) => active)
  await Promise.all(workers.filter(each => each !== null).map(sendUninstall))
  await Promise.all((await ownRegistrations()).map(each => each.unregister()))
  await deleteDatabase()
  for (const key of Object.keys(localStorage))
    if (key.startsWith(KEY_PREFIX)) localStorage.removeItem(key)
}

/** Asks a worker to answer no more and to close the database; one of another kind ignores it. */
function sendUninstall(worker: ServiceWorker): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise(resolve => {
    port1.onmessage = () => resolve()
    setTimeout(resolve, ANSWER_MS)
    worker.postMessage(UNINSTALL_MESSAGE, [port2])
  })
}
