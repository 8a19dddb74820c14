/**
 * On a first visit, finds the video that will be requested first, so that its first bytes and its manifest are fetched
 * while the worker is installed. The worker fetches them as soon as it runs; if the site says so, the page does at once, and
 * transfers the responses. Only then, as a page's `fetch` is subject to the site's `connect-src`, which cannot be tested.
 */

import { type AheadMessage, FIRST_RANGE, type HandedAnswer } from '../bridge/ahead.js'
import { BRIDGE_VERSION } from '../bridge/messages.js'
import { manifestRequest } from '../store/manifest-origin.js'

/** Elements that load by themselves, and not only once somebody presses play. */
const LOADING = ':is(video,audio):is([autoplay],[preload=auto])'

/** Timeout of the page's requests. */
const ASKED_MS = 10_000

export interface FirstOptions {
  /** Whether the site lets a URL take part. */
  isMatched(url: URL): boolean
  /** The name of a video, where the page asks for its first bytes itself. */
  nameOf?: ((url: string) => string) | undefined
}

export interface First {
  /** Sends the video's URL to the worker, now or once it is found; once, however often it is called. */
  send(registration: ServiceWorkerRegistration): void
}

/** Looks for the first video from now on. */
export function lookForFirst({ isMatched, nameOf }: FirstOptions): First {
  const { serviceWorker } = navigator
  // The worker is there and gets the element's own request.
  if (serviceWorker.controller) return { send() {} }
  let message: AheadMessage | undefined
  let answers: Promise<Answers> | undefined
  let worker: ServiceWorker | null = null
  let isSent = false
  const send = () => {
    if (isSent || !worker || !message) return
    isSent = true
    if (!answers) return worker.postMessage(message)
    worker.postMessage({ ...message, isAsked: true })
    void handOver(worker, message, answers)
  }
  const look = () => {
    const url = firstUrl(isMatched)
    if (!url) return
    observer.disconnect()
    message = { type: 'swarmtag:ahead', version: BRIDGE_VERSION, url }
    if (nameOf) answers = ask(url, nameOf(url))
    send()
  }
  const observer = new MutationObserver(look)
  observer.observe(document, { subtree: true, childList: true })
  // From then on the worker gets the elements' own requests.
  serviceWorker.addEventListener('controllerchange', () => observer.disconnect())
  return {
    send({ installing, waiting, active }) {
      // It may be further already where the page was busy.
      worker = installing ?? waiting ?? active
      send()
    },
  }
}

type Answers = Pick<AheadMessage, 'first' | 'manifest'>

async function handOver(
  worker: ServiceWorker,
  message: AheadMessage,
  answers: Promise<Answers>,
): Promise<void> {
  const handed = await answers
  const bodies = Object.values(handed).map(({ body }) => body)
  try {
    worker.postMessage({ ...message, ...handed }, bodies)
  } catch {
    // This browser cannot transfer streams.
    worker.postMessage(message)
  }
}

async function ask(url: string, name: string): Promise<Answers> {
  const [first, manifest] = await Promise.all([
    answerOf(url, { headers: { range: FIRST_RANGE } }),
    answerOf(...manifestRequest(name)),
  ])
  return { ...(first && { first }), ...(manifest && { manifest }) }
}

async function answerOf(url: string, init: RequestInit): Promise<HandedAnswer | undefined> {
  try {
    const { status, headers, body } = await fetch(url, {
      ...init,
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(ASKED_MS),
    })
    return body ? { status, headers: Object.fromEntries(headers), body } : undefined
  } catch {
    return undefined
  }
}

/** The URL that will be requested first, if it is of this origin. */
function firstUrl(isMatched: (url: URL) => boolean): string | undefined {
  for (const media of document.querySelectorAll<HTMLMediaElement>(LOADING)) {
    if (media.readyState > 0 || media.crossOrigin === 'use-credentials') continue
    const sources = [...media.querySelectorAll<HTMLSourceElement>(':scope > source')]
    const source = media.hasAttribute('src')
      ? media
      : sources.find(({ type }) => !type || media.canPlayType(type))
    const src = source?.getAttribute('src')
    if (!src || !URL.canParse(src, document.baseURI)) continue
    const url = new URL(src, document.baseURI)
    if (url.origin === location.origin && isMatched(url)) return url.href.split('#', 1)[0]
  }
  return undefined
}
