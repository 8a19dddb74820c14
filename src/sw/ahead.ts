/**
 * What a page on its first visit will ask for: asked of the origin while this worker is being installed, and the page taken
 * over, or by the page itself and handed over. The page's own request then finds the answer on its way.
 */

import { type AheadMessage, FIRST_RANGE, type HandedAnswer, readAhead } from '../bridge/ahead.js'
import type { NameOf } from '../bridge/video-url.js'
import { manifestRequest } from '../store/manifest-origin.js'

declare const self: ServiceWorkerGlobalScope

/** An answer that nobody has asked for after this time is let go. */
const AHEAD_LIFE_MS = 5_000

interface Asking {
  readonly abort: AbortController
  /** Nothing where it is no answer to go on with: whoever wants it asks again. */
  readonly answer: Promise<Response | undefined>
}

export interface AheadOptions {
  /** Whether the origin may be asked for this video, of its own origin. */
  readonly mayAsk: (url: URL) => boolean
  readonly nameOf: NameOf
  /** Called with the name of such a video. */
  readonly onAhead: (name: string) => void
}

export class Ahead {
  readonly #asking = new Map<string, Asking>()

  constructor(readonly options: AheadOptions) {
    self.addEventListener('message', ({ data, source }) => {
      const message = readAhead(data)
      if (message && source instanceof Client) this.#begin(message, source.id)
    })
  }

  /** What is on its way for a media element's own request; `abort` ends it. */
  takeFirst(
    { url, credentials }: Request,
    range: string,
    clientId: string,
    abort: AbortController,
  ): Promise<Response | undefined> | undefined {
    // As an element with `crossorigin="anonymous"` asks, and in no other way.
    if (range !== FIRST_RANGE || credentials !== 'same-origin') return undefined
    const asking = this.#take(keyOf(clientId, url))
    if (asking) abort.signal.addEventListener('abort', () => asking.abort.abort())
    return asking?.answer.then(answer => (answer?.ok ? answer : undefined))
  }

  /** Asks for a manifest, or takes the answer that is on its way. */
  readonly fetch: typeof fetch = async (input, init) =>
    (await this.#take(String(input))?.answer) ?? fetch(input, init)

  #begin({ url, first, manifest }: AheadMessage, clientId: string): void {
    const { mayAsk, nameOf, onAhead } = this.options
    const video = new URL(url)
    // Of another origin cookies and CORS would have to be known.
    if (video.origin !== location.origin || !mayAsk(video)) return
    const name = nameOf(url)
    onAhead(name)
    const own = {
      credentials: 'same-origin',
      // Where to, and whether that may be read, is for the page's own request to find out.
      redirect: 'error',
      headers: { range: FIRST_RANGE },
    } as const
    this.#ask(keyOf(clientId, url), first, [url, own])
    const [manifestUrl, anybody] = manifestRequest(name)
    this.#ask(manifestUrl, manifest, [manifestUrl, anybody])
  }

  #ask(
    key: string,
    handed: HandedAnswer | undefined,
    [url, init]: readonly [string, RequestInit],
  ): void {
    const abort = new AbortController()
    const { signal } = abort
    const answer = handed
      ? Promise.resolve(responseOf(handed, signal))
      : fetch(url, { ...init, signal }).catch(() => undefined)
    const asking = { abort, answer }
    this.#asking.set(key, asking)
    setTimeout(() => {
      if (this.#asking.get(key) === asking) this.#take(key)?.abort.abort()
    }, AHEAD_LIFE_MS)
  }

  #take(key: string): Asking | undefined {
    const asking = this.#asking.get(key)
    this.#asking.delete(key)
    return asking
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
    // A status that has no body, or none at all.
    return undefined
  }
}
