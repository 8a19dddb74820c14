/** Registers the worker, or throws why that is not possible. */

import { BRIDGE_VERSION, type Greeting, readGreeting } from '../bridge/messages.js'
import { isWithdrawn } from '../bridge/withdrawal.js'
import { workerQuery } from '../bridge/worker-options.js'
import { SwarmtagError } from '../core/errors.js'
import type { PageSettings } from './options.js'
import { type Place, webUrl } from './place.js'
import { ownRegistrations, registrations, workersOf } from './registrations.js'
import { trusted } from './trusted.js'

/** A worker that does not answer a greeting within this time does not know Swarmtag. */
const GREETING_MS = 3_000

/** An active worker claims the page within this time. */
const CONTROL_MS = 3_000

/**
 * Rejects a browser or page that cannot take part.
 *
 * @throws SwarmtagError `unsupported`, saying what to do
 */
export function requireSupport({ problem }: Place): void {
  if (problem) throw unsupported(problem)
  // A frame with `srcdoc` or `sandbox`: there even reading `navigator.serviceWorker` throws.
  if (!webUrl(location.href) || origin === 'null')
    throw unsupported('the document has no address, or no origin, of its own')
  if (!isSecureContext) throw unsupported('the page is not served over HTTPS (or from localhost)')
  if (!('serviceWorker' in navigator)) throw unsupported('this browser has no Service Worker here')
  if (!('indexedDB' in globalThis)) throw unsupported('this browser has no IndexedDB here')
  if (!('RTCPeerConnection' in globalThis)) throw unsupported('this browser has no WebRTC here')
}

export interface RegistrationOptions {
  /** What the snippet has registered, if anything. */
  readonly early: Promise<ServiceWorkerRegistration | undefined> | undefined
  /** Called with a new registration; its worker may be installed already. */
  onRegistered(registration: ServiceWorkerRegistration): void
  /** Called whenever the installation goes on. */
  onProgress(): void
}

/**
 * Registers the worker and waits until it controls this page.
 *
 * @throws SwarmtagError `worker-unavailable`, saying what to do
 */
export async function registerWorker(
  settings: PageSettings,
  { early, onRegistered, onProgress }: RegistrationOptions,
): Promise<void> {
  const { serviceWorker } = navigator
  if (!settings.workerUrl) return followOwn()
  const workerUrl = new URL(settings.workerUrl)
  const scope = settings.scope ?? new URL('./', workerUrl).href
  if (!location.href.startsWith(scope))
    throw unavailable(
      `this page is outside ${scope}; host the worker's file higher up, or give data-scope`,
    )
  const begun = await early
  if (begun) return follow(begun, onProgress)
  const other = await foreignWorker(scope, workerUrl)
  if (other) return requireOurs(other)
  workerUrl.search = workerQuery(settings)
  let registration: ServiceWorkerRegistration
  try {
    const script = trusted(workerUrl.href)
    registration = await serviceWorker.register(script, { scope, updateViaCache: 'none' })
    onRegistered(registration)
  } catch (cause) {
    throw unavailable(
      `${workerUrl.pathname} could not be registered; is it there, and JavaScript? (${cause})`,
      { cause },
    )
  }
  return follow(registration, onProgress)
}

/** Waits until a registered worker controls this page; rejects if it will not. */
function follow(registration: ServiceWorkerRegistration, onProgress: () => void): Promise<void> {
  onProgress()
  return Promise.race([untilControlled(), untilRefused(registration, onProgress)])
}

/** Follows the installation of a new worker; rejects if it fails. */
function untilRefused(
  { installing, active }: ServiceWorkerRegistration,
  onProgress: () => void,
): Promise<never> {
  return new Promise((_resolve, reject) => {
    installing?.addEventListener('statechange', () => {
      if (installing.state !== 'redundant') onProgress()
      // An older one goes on.
      else if (!active) reject(unavailable('the worker could not be installed'))
    })
  })
}

/**
 * Whether the site took the worker's file away and the worker cannot notice itself: its file was emptied, so that it
 * answers nothing, or none is installed yet. A worker that answers a greeting checks itself. To be called after each
 * `register`, successful or not: it keeps, or brings back, what another page or the worker has unregistered meanwhile.
 */
export async function isWorkerWithdrawn({ workerUrl }: PageSettings): Promise<boolean> {
  if (!workerUrl) return false
  const silent = (await ownRegistrations()).map(
    async ({ active }) => !active || (await greet(active)) === undefined,
  )
  return (await Promise.all(silent)).includes(true) && isWithdrawn(workerUrl)
}

/** A worker of the site's own that has the scope already, which we must not replace. */
async function foreignWorker(scope: string, ownUrl: URL): Promise<ServiceWorker | undefined> {
  const registration = (await registrations()).find(each => each.scope === scope)
  const [worker] = registration ? workersOf(registration) : []
  if (!worker) return undefined
  return new URL(worker.scriptURL).pathname === ownUrl.pathname ? undefined : worker
}

/** Waits for the site's own worker. */
async function followOwn(): Promise<void> {
  const { active } = await navigator.serviceWorker.ready
  if (active) await requireOurs(active)
}

/** Rejects a worker that does not import this release of Swarmtag. */
async function requireOurs(worker: ServiceWorker): Promise<void> {
  const version = await greet(worker)
  if (version === BRIDGE_VERSION) return untilControlled()
  throw unavailable(
    version === undefined
      ? `the site's worker ${worker.scriptURL} does not know Swarmtag; add importScripts('swarmtag-sw.js') to it`
      : `the site's worker ${worker.scriptURL} imports another release of Swarmtag; host the files of one`,
  )
}

/** The bridge version that a worker speaks; `undefined` if it does not answer. */
function greet(worker: ServiceWorker): Promise<number | undefined> {
  const { port1, port2 } = new MessageChannel()
  return new Promise(resolve => {
    const timer = setTimeout(resolve, GREETING_MS, undefined)
    port1.onmessage = ({ data }) => {
      clearTimeout(timer)
      resolve(readGreeting(data)?.version)
    }
    const greeting: Greeting = { type: 'swarmtag:hello', version: BRIDGE_VERSION }
    worker.postMessage(greeting, [port2])
  })
}

/** A page that was loaded past its worker (Shift-reload) asks the worker to claim it. */
async function untilControlled(): Promise<void> {
  const { serviceWorker } = navigator
  if (serviceWorker.controller) return
  const controlled = new Promise<void>(resolve => {
    serviceWorker.addEventListener('controllerchange', () => resolve(), { once: true })
  })
  const { active } = await serviceWorker.ready
  if (active && !serviceWorker.controller) void greet(active)
  const late = new Promise<never>((_resolve, reject) => {
    const why = 'the worker does not take this page over; after a reload it will'
    setTimeout(() => reject(unavailable(why)), CONTROL_MS)
  })
  await Promise.race([controlled, late])
}

const unsupported = (why: string) =>
  new SwarmtagError('unsupported', `${why}; videos play over plain HTTP`)

const unavailable = (why: string, options?: ErrorOptions) =>
  new SwarmtagError('worker-unavailable', why, options)
