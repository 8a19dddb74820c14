/** The workers that are registered on this origin. */

import { readWorkerQuery } from '../bridge/worker-options.js'

/** How often, and how many times, the browser is asked again for workers that it does not tell at once. */
const ASK_AGAIN_MS = 50
const MOST_QUESTIONS = 10

/**
 * All registrations, each with its workers: Firefox may give one that is active as if it had none, and fill it in a moment
 * later. A document without an address (`about:blank`) is not told of any.
 */
export async function registrations(): Promise<readonly ServiceWorkerRegistration[]> {
  for (let question = 1; ; question++) {
    const found = await navigator.serviceWorker.getRegistrations().catch(() => [])
    if (question === MOST_QUESTIONS || found.every(each => workersOf(each).length > 0)) return found
    await new Promise(later => setTimeout(later, ASK_AGAIN_MS))
  }
}

/** The registrations of Swarmtag's own workers, of any folder. */
export const ownRegistrations = async (): Promise<ServiceWorkerRegistration[]> =>
  (await registrations()).filter(each => workersOf(each).some(isOurs))

/** Its workers; first the one that answers. */
export const workersOf = ({
  active,
  waiting,
  installing,
}: ServiceWorkerRegistration): ServiceWorker[] =>
  [active, waiting, installing].filter(worker => worker !== null)

const isOurs = ({ scriptURL }: ServiceWorker): boolean =>
  readWorkerQuery(new URL(scriptURL).search) !== undefined
