/** Messages to the page of a video: opens a channel for one response, or says why there is none. */

import { type Channel, openChannel } from '../bridge/channel.js'
import {
  BRIDGE_VERSION,
  type Dropped,
  type Opening,
  type PageSays,
  readPageSays,
  type WorkerSays,
} from '../bridge/messages.js'

/** Differs each time the worker is started. */
const workerId = crypto.randomUUID()

/** Sends a page why a video that was not opened there was dropped from the swarm. */
export function sendDropped(client: Client, { code, detail }: Omit<Dropped, 'type'>): void {
  client.postMessage({ type: 'swarmtag:disowned', code, detail } satisfies Dropped)
}

/** Opens a channel to a page for one response. */
export function openPage(
  client: Client,
  opening: Omit<Opening, 'type' | 'version' | 'workerId'>,
  onMessage: (message: PageSays) => void,
): Channel<WorkerSays> {
  const { port1, port2 } = new MessageChannel()
  const channel = openChannel<PageSays, WorkerSays>(port1, readPageSays, onMessage)
  const message: Opening = { type: 'swarmtag:open', version: BRIDGE_VERSION, workerId, ...opening }
  client.postMessage(message, [port2])
  return channel
}
