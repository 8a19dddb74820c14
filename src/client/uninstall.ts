/** Takes Swarmtag off this browser: its workers on this origin, and all that they and the pages keep. */

import { FAREWELL } from '../bridge/withdrawal.js'
import { readWorkerQuery } from '../bridge/worker-options.js'
import { deleteDatabase } from '../store/deletion.js'

/** A worker that does not go within this time is none of this release; its registration goes all the same. */
const FAREWELL_MS = 1_000

/** What pages note in `localStorage` begins with this. */
const NOTES = 'swarmtag'

export async function uninstall(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  const workers = (await navigator.serviceWorker.getRegistrations()).map(({ active }) => active)
  await Promise.all(workers.filter(each => each !== null).map(sayFarewell))
  await Promise.all((await ownRegistrations()).map(each => each.unregister()))
  await deleteDatabase()
  for (const key of Object.keys(localStorage))
    if (key.startsWith(NOTES)) localStorage.removeItem(key)
}

/** The registrations of Swarmtag's own workers, of any folder. */
export async function ownRegistrations(): Promise<ServiceWorkerRegistration[]> {
  const registrations = await navigator.serviceWorker.getRegistrations()
  return registrations.filter(({ active, waiting, installing }) =>
    [active, waiting, installing].some(worker => worker && isOurs(worker)),
  )
}

const isOurs = ({ scriptURL }: ServiceWorker): boolean =>
  readWorkerQuery(new URL(scriptURL).search) !== undefined

/** Asks a worker to answer no more and to let go of the database; one of another kind ignores it. */
function sayFarewell(worker: ServiceWorker): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise(resolve => {
    port1.onmessage = () => resolve()
    setTimeout(resolve, FAREWELL_MS)
    worker.postMessage(FAREWELL, [port2])
  })
}
