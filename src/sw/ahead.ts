/**
 * What a page on its first visit will request: fetched while this worker is being installed, or by the page itself and
 * transferred. The element's own request then finds the response in flight.
 */

import { type AheadMessage, FIRST_RANGE, type HandedAnswer, readAhead } from '../bridge/ahead.js'
import type { NameOf } from '../bridge/video-url.js'
import { manifestRequest } from '../store/manifest-origin.js'
import { within } from './within.js'

declare const self: ServiceWorkerGlobalScope

/** A response that was not used within this time is aborted. */
const AHEAD_LIFE_MS = 5_000
/** A response that the page has requested is waited for so long, and then requested here. */
const HANDED_MS = 2_000

interface InFlight {
  readonly abort: AbortController
  /** `undefined` if it failed. */
  readonly response: Promise<Response | undefined>
}

export interface AheadOptions {
  /** Whether this video may be requested. */
  readonly mayAsk: (url: URL) => boolean
  readonly nameOf: NameOf
  /** Called with the name of such a video. */
  readonly onAhead: (name: string) => void
}

export class Ahead {
  readonly #inFlight = new Map<string, InFlight>()
  /** What the page has requested and will hand over. */
  readonly #awaited = new Map<string, (handed: HandedAnswer | undefined) => void>()

  constructor(readonly options: AheadOptions) {
    self.addEventListener('message', ({ data, source }) => {
      const message = readAhead(data)
      if (message && source instanceof Client) this.#begin(message, source.id)
    })
  }

  /** The response in flight for a media element's own request, handed out once; `abort` ends it. */
  claimFirst(
    { url, credentials }: Request,
    range: string,
    clientId: string,
    abort: AbortController,
  ): Promise<Response | undefined> | undefined {
    // Only for a request as an element with `crossorigin="anonymous"` makes it.
    if (range !== FIRST_RANGE || credentials !== 'same-origin') return undefined
    const inFlight = this.#claim(keyOf(clientId, url))
    if (inFlight) abort.signal.addEventListener('abort', () => inFlight.abort.abort())
    return inFlight?.response.then(response => (response?.ok ? response : undefined))
  }

  /** Requests a manifest, unless its response is in flight. */
  readonly fetch: typeof fetch = async (input, init) =>
    (await this.#claim(String(input))?.response) ?? fetch(input, init)

  #begin({ url, isAsked, first, manifest }: AheadMessage, clientId: string): void {
    const { mayAsk, nameOf, onAhead } = this.options
    const video = new URL(url)
    // For another origin, cookies and CORS would have to be known.
    if (video.origin !== location.origin || !mayAsk(video)) return
    const name = nameOf(url)
    onAhead(name)
    const own = {
      credentials: 'same-origin',
      // Redirects are left to the element's own request.
      redirect: 'error',
      headers: { range: FIRST_RANGE },
    } as const
    this.#note(keyOf(clientId, url), isAsked, first, [url, own])
    const [manifestUrl, init] = manifestRequest(name)
    this.#note(manifestUrl, isAsked, manifest, [manifestUrl, init])
  }

  /** Resolves to what the page hands over later; to nothing where that does not come in time. */
  #untilHanded(key: string): Promise<HandedAnswer | undefined> {
    const handing = new Promise<HandedAnswer | undefined>(hand => this.#awaited.set(key, hand))
    return within(HANDED_MS, handing, undefined).finally(() => this.#awaited.delete(key))
  }

  /** Notes a response that the page has handed over, or will; without one, requests it. */
  #note(
    key: string,
    isAsked: boolean | undefined,
    handed: HandedAnswer | undefined,
    [url, init]: readonly [string, RequestInit],
  ): void {
    const hand = this.#awaited.get(key)
    // Two pages may have asked for the same manifest: what either hands over is for both.
    if (hand) return isAsked ? undefined : hand(handed)
    const abort = new AbortController()
    const { signal } = abort
    const handing = isAsked ? this.#untilHanded(key) : Promise.resolve(handed)
    const response = handing.then(answer =>
      answer ? responseOf(answer, signal) : fetch(url, { ...init, signal }).catch(() => undefined),
    )
    const inFlight = { abort, response }
    this.#inFlight.set(key, inFlight)
    setTimeout(() => {
      if (this.#inFlight.get(key) === inFlight) this.#claim(key)?.abort.abort()
    }, AHEAD_LIFE_MS)
  }

  #claim(key: string): InFlight | undefined {
    const inFlight = this.#inFlight.get(key)
    this.#inFlight.delete(key)
    return inFlight
  }
}

const keyOf = (clientId: string, url: string): string => `${clientId} ${url.split('#', 1)[0]}`

function responseOf(
  { status, headers, body }: HandedAnswer,
  signal: AbortSignal,
): Response | undefined {
  try {
    return new Response(body.pipeThrough(new TransformStream(), { signal }), { status, headers })
  } catch {
    // An invalid status, or one without a body.
    return undefined
  }
}
