/** Registers the worker, or says why this page goes without. */

import { BRIDGE_VERSION, type Greeting, readGreeting } from '../bridge/messages.js'
import { isWithdrawn } from '../bridge/withdrawal.js'
import { workerQuery } from '../bridge/worker-options.js'
import { SwarmtagError } from '../core/errors.js'
import type { PageSettings } from './options.js'
import { type Place, webUrl } from './place.js'
import { trusted } from './trusted.js'
import { ownRegistrations } from './uninstall.js'

/** A worker that does not answer a greeting within this time does not know us. */
const GREETING_MS = 3_000

/** A worker that is active takes the page over within this time. */
const CONTROL_MS = 3_000

/**
 * Refuses a browser, or a page, that cannot take part.
 *
 * @throws SwarmtagError `unsupported`, saying what to do
 */
export function requireSupport({ problem }: Place): void {
  if (problem) throw unsupported(problem)
  // Such as a frame with `srcdoc`, or one with `sandbox`: there even asking for the worker's container throws.
  if (!webUrl(location.href) || origin === 'null')
    throw unsupported('the document has no address, or no origin, of its own')
  if (!isSecureContext) throw unsupported('the page is not served over HTTPS (or from localhost)')
  if (!('serviceWorker' in navigator)) throw unsupported('this browser has no Service Worker here')
  if (!('indexedDB' in globalThis)) throw unsupported('this browser has no IndexedDB here')
  if (!('RTCPeerConnection' in globalThis)) throw unsupported('this browser has no WebRTC here')
}

export interface RegistrationOptions {
  /** What was registered ahead of the tag, if anything. */
  readonly early: Promise<ServiceWorkerRegistration | undefined> | undefined
  /** Told of what is registered here; it may be installed already. */
  onRegistered(registration: ServiceWorkerRegistration): void
  /** Called whenever the worker got on. */
  onSign(): void
}

/**
 * Registers the worker and waits until it controls this page.
 *
 * @throws SwarmtagError `worker-unavailable`, saying what to do
 */
export async function registerWorker(
  settings: PageSettings,
  { early, onRegistered, onSign }: RegistrationOptions,
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
  if (begun) return follow(begun, onSign)
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
  return follow(registration, onSign)
}

/** Waits until a registered worker controls this page; rejects where it will not. */
function follow(registration: ServiceWorkerRegistration, onSign: () => void): Promise<void> {
  onSign()
  return Promise.race([untilControlled(), untilRefused(registration, onSign)])
}

/** Follows a new worker on its way; rejects where it will not come. */
function untilRefused(
  { installing, active }: ServiceWorkerRegistration,
  onSign: () => void,
): Promise<never> {
  return new Promise((_resolve, reject) => {
    installing?.addEventListener('statechange', () => {
      if (installing.state !== 'redundant') onSign()
      // An older one goes on.
      else if (!active) reject(unavailable('the worker could not be installed'))
    })
  })
}

/**
 * Whether the site took the worker's file away and the worker cannot see to that itself: it was emptied, and answers
 * nothing, or there is none yet. One that answers a greeting looks for itself. To be asked after each `register`,
 * however that ended: it keeps, or brings back, what another page or the worker has removed meanwhile.
 */
export async function isWorkerWithdrawn({ workerUrl }: PageSettings): Promise<boolean> {
  if (!workerUrl) return false
  const silent = (await ownRegistrations()).map(
    async ({ active }) => !active || (await greet(active)) === undefined,
  )
  return (await Promise.all(silent)).includes(true) && isWithdrawn(workerUrl)
}

/** A worker of the site's own that has the scope already: it is not ours to replace. */
async function foreignWorker(scope: string, ownUrl: URL): Promise<ServiceWorker | undefined> {
  const registration = await navigator.serviceWorker.getRegistration(scope)
  const worker = registration?.active ?? registration?.waiting ?? registration?.installing
  if (!registration || registration.scope !== scope || !worker) return undefined
  return new URL(worker.scriptURL).pathname === ownUrl.pathname ? undefined : worker
}

/** Waits for the site's own worker; until then videos are held no longer than on any first visit. */
async function followOwn(): Promise<void> {
  const { active } = await navigator.serviceWorker.ready
  if (active) await requireOurs(active)
}

/** Refuses a worker that does not answer videos for us. */
async function requireOurs(worker: ServiceWorker): Promise<void> {
  const version = await greet(worker)
  if (version === BRIDGE_VERSION) return untilControlled()
  throw unavailable(
    version === undefined
      ? `the site's worker ${worker.scriptURL} does not know Swarmtag; add importScripts('swarmtag-sw.js') to it`
      : `the site's worker ${worker.scriptURL} imports another release of Swarmtag; host the files of one`,
  )
}

/** The bridge's version that a worker speaks; nothing where it does not know us. */
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

/** A page that was loaded past its worker (Shift-reload) asks the worker to take it over. */
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
