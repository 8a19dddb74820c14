/** Routes requests for video and audio files that may have a swarm. Anything else on the site is left alone. */

import { Route, Router, registerRoute } from 'workbox-routing'
import type { Participation } from '../bridge/video-url.js'
import { hasSecretHeader } from '../core/policy/shareable.js'

/** File types that a page's own loader may fetch; a media element's requests are known by their destination. */
const MEDIA_FILE = /\.(mp4|m4v|mov|webm|mkv|ogv|mp3|m4a|aac|ogg|oga|opus|wav|flac)$/i

export interface MediaRequest {
  readonly url: URL
  readonly request: Request
}

/** Matches media requests that may be shared. */
export function mediaMatcher({ isMatched, signatureOf }: Participation) {
  return ({ url, request }: MediaRequest): boolean => {
    if (!isReadable(request)) return false
    const isMedia =
      request.destination === 'video' ||
      request.destination === 'audio' ||
      (request.destination === '' && MEDIA_FILE.test(url.pathname))
    return isMedia && isMatched(url) && !signatureOf(url) && !isSecret(request)
  }
}

/**
 * A media element without `crossorigin` is left to the browser, always: one that started before the
 * worker was there breaks when the worker answers it later, and browsers are about to keep such
 * requests from workers altogether (whatwg/fetch#1936). The page sets `crossorigin` early.
 */
const isReadable = (request: Request): boolean =>
  (request.mode === 'cors' || request.mode === 'same-origin') &&
  // Not meant for the network.
  request.cache !== 'only-if-cached'

/** What needs a secret to be read is not public. An element's request has no headers of the page's own. */
const isSecret = ({ destination, headers }: Request): boolean =>
  destination === '' && hasSecretHeader(headers.keys())

export interface MediaRoute {
  readonly participation: Participation
  /** Whether anything is answered at all. */
  isAnswering(): boolean
  answer(request: Request, clientId: string): Promise<Response>
  /** In a site's own worker: how media is shared with its other handlers. */
  readonly sharing?: {
    /** Whether a request is for a video that takes part. */
    takesPart(request: Request): boolean
    /** Finds out whether it does, while another handler answers it. */
    look(request: Request): Promise<void>
  }
}

/**
 * Answers media requests. In a site's own worker videos that take part are answered before its other handlers, and the
 * rest after them, so that the site's own caches go on working.
 */
export function routeMedia({ participation, isAnswering, answer, sharing }: MediaRoute): void {
  const isMedia = mediaMatcher(participation)
  const matches = (asked: MediaRequest) => isAnswering() && isMedia(asked)
  const handler = ({ request, event }: { request: Request; event: ExtendableEvent }) =>
    answer(request, event instanceof FetchEvent ? event.clientId : '')
  const isFirst = (asked: MediaRequest & { event: ExtendableEvent }): boolean => {
    if (!matches(asked)) return false
    if (!sharing || sharing.takesPart(asked.request)) return true
    asked.event.waitUntil(sharing.look(asked.request))
    return false
  }
  const last = new Router()
  for (const method of ['GET', 'HEAD'] as const) {
    registerRoute(isFirst, handler, method)
    last.registerRoute(new Route(matches, handler, method))
  }
  // Once the worker's script has run and added all its handlers: the first to respond wins.
  if (sharing) queueMicrotask(() => last.addFetchListener())
}
