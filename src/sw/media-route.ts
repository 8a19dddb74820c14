/** Which requests are for a video or a sound file that may have a swarm. Anything else on the site is left alone. */

import { registerRoute } from 'workbox-routing'
import { compileMatch, type SwarmWorkerOptions } from '../bridge/worker-options.js'

/** File types that a page's own loader may fetch; a media element's requests are known by their destination. */
const MEDIA_FILE = /\.(mp4|m4v|mov|webm|mkv|ogv|mp3|m4a|aac|ogg|oga|opus|wav|flac)$/i

export interface MediaRequest {
  readonly url: URL
  readonly request: Request
}

/** Tells media requests from others; `isMatched` narrows them to what the site wants shared. */
export function mediaMatcher(origin: string, isMatched: (url: URL) => boolean) {
  return ({ url, request }: MediaRequest): boolean => {
    if (url.origin !== origin || !isReadable(request)) return false
    const isMedia =
      request.destination === 'video' ||
      request.destination === 'audio' ||
      (request.destination === '' && MEDIA_FILE.test(url.pathname))
    return isMedia && isMatched(url)
  }
}

/**
 * A media element without `crossorigin` is left to the browser, always: one that started before the
 * worker was there breaks when the worker answers it later, and browsers are about to keep such
 * requests from workers altogether (whatwg/fetch#1936). The page sets `crossorigin` early.
 */
const isReadable = (request: Request): boolean =>
  request.mode === 'cors' || request.mode === 'same-origin'

/** Answers media requests with what `answer` makes of them, for as long as `isAnswering`. */
export function routeMedia(
  options: SwarmWorkerOptions,
  isAnswering: () => boolean,
  answer: (request: Request, clientId: string) => Promise<Response>,
): void {
  const isMedia = mediaMatcher(location.origin, compileMatch(options.match ?? [], location.href))
  const matches = (asked: MediaRequest) => isAnswering() && isMedia(asked)
  const handler = ({ request, event }: { request: Request; event: ExtendableEvent }) =>
    answer(request, event instanceof FetchEvent ? event.clientId : '')
  registerRoute(matches, handler, 'GET')
  registerRoute(matches, handler, 'HEAD')
}
