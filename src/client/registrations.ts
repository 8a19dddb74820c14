/** The workers that are registered on this origin. */

import { readWorkerQuery } from '../bridge/worker-options.js'

/** How often, and how many times, the browser is asked again for workers that it does not list at once. */
const ASK_AGAIN_MS = 50
const MOST_QUESTIONS = 10

/** Scopes at which a worker of Swarmtag's was seen. */
const ownScopes = new Set<string>()

/**
 * All registrations, with their workers if possible: Firefox now and then gives one that is active as if it had none, for
 * moments or seconds. A document without an address (`about:blank`) is not given any.
 */
export async function registrations(): Promise<readonly ServiceWorkerRegistration[]> {
  for (let question = 1; ; question++) {
    const found = await navigator.serviceWorker.getRegistrations().catch(() => [])
    for (const each of found) if (workersOf(each).some(isOurs)) ownScopes.add(each.scope)
    const isComplete = found.every(each => workersOf(each).length > 0 || ownScopes.has(each.scope))
    if (isComplete || question === MOST_QUESTIONS) return found
    await new Promise(later => setTimeout(later, ASK_AGAIN_MS))
  }
}

/** The registrations of Swarmtag's own workers, of any folder; also one whose workers are not listed any more. */
export const ownRegistrations = async (): Promise<ServiceWorkerRegistration[]> =>
  (await registrations()).filter(each => {
    const workers = workersOf(each)
    return workers.length > 0 ? workers.some(isOurs) : ownScopes.has(each.scope)
  })

/** Its workers; first the one that answers. */
export const workersOf = ({
  active,
  waiting,
  installing,
}: ServiceWorkerRegistration): ServiceWorker[] =>
  [active, waiting, installing].filter(worker => worker !== null)

const isOurs = ({ scriptURL }: ServiceWorker): boolean =>
  readWorkerQuery(new URL(scriptURL).search) !== undefined
