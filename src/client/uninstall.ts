/** Takes Swarmtag off this browser: its workers on this origin, and all that they and the pages keep. */

import { FAREWELL } from '../bridge/withdrawal.js'
import { readWorkerQuery } from '../bridge/worker-options.js'
import { deleteDatabase } from '../store/deletion.js'

/** A worker that does not go within this time is none of this release; its registration goes all the same. */
const FAREWELL_MS = 1_000

/** What pages note in `localStorage` begins with this. */
const NOTES = 'swarmtag'

export async function uninstall(): Promise<void> {
  // A document without an origin has nothing, and is refused a look.
  if (!('serviceWorker' in navigator) || origin === 'null') return
  const workers = (await registrations()).map(({ active }) => active)
  await Promise.all(workers.filter(each => each !== null).map(sayFarewell))
  await Promise.all((await ownRegistrations()).map(each => each.unregister()))
  await deleteDatabase()
  for (const key of Object.keys(localStorage))
    if (key.startsWith(NOTES)) localStorage.removeItem(key)
}

/** The registrations of Swarmtag's own workers, of any folder. */
export async function ownRegistrations(): Promise<ServiceWorkerRegistration[]> {
  return (await registrations()).filter(({ active, waiting, installing }) =>
    [active, waiting, installing].some(worker => worker && isOurs(worker)),
  )
}

/** A document without an address (`about:blank`) is not told. */
const registrations = () =>
  navigator.serviceWorker.getRegistrations().catch((): ServiceWorkerRegistration[] => [])

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
