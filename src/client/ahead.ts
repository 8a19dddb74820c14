/**
 * On a first visit: which video will be asked for first, so that its first bytes and its manifest are on their way while
 * the worker is installed and takes the page over. The worker asks for them as soon as it runs; or, where the site says
 * so, the page at once, and hands the answers over: a `fetch` of the page is under the site's `connect-src`, and nobody can know
 * that policy without breaking it.
 */

import { type AheadMessage, FIRST_RANGE, type HandedAnswer } from '../bridge/ahead.js'
import { BRIDGE_VERSION } from '../bridge/messages.js'
import { manifestRequest } from '../store/manifest-origin.js'

/** Elements that load by themselves, and not only once somebody presses play. */
const LOADING = ':is(video,audio):is([autoplay],[preload=auto])'

/** Once the worker is there, an answer that the page has asked for is waited for so long. */
const HANDED_MS = 500

/** What the page has asked for, and nobody takes, is let go after this time. */
const ASKED_MS = 10_000

export interface FirstOptions {
  /** Whether the site lets a URL take part. */
  isMatched(url: URL): boolean
  /** The name of a video, where the page asks for its first bytes itself. */
  nameOf?: ((url: string) => string) | undefined
}

export interface First {
  /** Tells the worker, which is being installed: at once, or when the video is found before the page is taken over. */
  tell(registration: ServiceWorkerRegistration): void
  /** What was found by now is said, or is not waited for any longer. */
  told(): Promise<void>
}

/** Looks for the first video from now on. */
export function lookForFirst({ isMatched, nameOf }: FirstOptions): First {
  const { serviceWorker } = navigator
  // A worker that is there already is asked itself.
  if (serviceWorker.controller) return { tell() {}, told: async () => {} }
  let message: AheadMessage | undefined
  let answers: Promise<Answers> | undefined
  let worker: ServiceWorker | null = null
  let telling: Promise<void> | undefined
  const tell = async () => {
    if (!worker || !message) return
    const late = new Promise<void>(go => setTimeout(go, HANDED_MS))
    const handed = await Promise.race([answers, late])
    const bodies = Object.values(handed ?? {}).map(({ body }) => body)
    try {
      worker.postMessage({ ...message, ...handed }, bodies)
    } catch {
      // A browser that hands over no streams.
      worker.postMessage(message)
    }
  }
  const look = () => {
    const url = firstUrl(isMatched)
    if (!url) return
    observer.disconnect()
    message = { type: 'swarmtag:ahead', version: BRIDGE_VERSION, url }
    if (nameOf) answers = ask(url, nameOf(url))
    telling = tell()
  }
  const observer = new MutationObserver(look)
  observer.observe(document, { subtree: true, childList: true })
  // From then on elements ask for themselves.
  serviceWorker.addEventListener('controllerchange', () => observer.disconnect())
  return {
    tell({ installing }) {
      worker = installing
      telling = tell()
    },
    told: async () => telling,
  }
}

type Answers = Pick<AheadMessage, 'first' | 'manifest'>

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

/** The URL that will be asked for first, if it is of this origin. */
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
