/** Which requests are for a video or a sound file that may have a swarm. Anything else on the site is left alone. */

import { registerRoute } from 'workbox-routing'
import type { Participation } from '../bridge/video-url.js'
import { hasSecretHeader } from '../core/shareable.js'

/** File types that a page's own loader may fetch; a media element's requests are known by their destination. */
const MEDIA_FILE = /\.(mp4|m4v|mov|webm|mkv|ogv|mp3|m4a|aac|ogg|oga|opus|wav|flac)$/i

export interface MediaRequest {
  readonly url: URL
  readonly request: Request
}

/** Tells media requests that may be shared from others. */
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
  // A question to the HTTP cache, and to nobody else.
  request.cache !== 'only-if-cached'

/** What needs a secret to be read is nobody else's. An element's request has no headers of the page's own. */
const isSecret = ({ destination, headers }: Request): boolean =>
  destination === '' && hasSecretHeader(headers.keys())

/** Answers media requests with what `answer` makes of them, for as long as `isAnswering`. */
export function routeMedia(
  participation: Participation,
  isAnswering: () => boolean,
  answer: (request: Request, clientId: string) => Promise<Response>,
): void {
  const isMedia = mediaMatcher(participation)
  const matches = (asked: MediaRequest) => isAnswering() && isMedia(asked)
  const handler = ({ request, event }: { request: Request; event: ExtendableEvent }) =>
    answer(request, event instanceof FetchEvent ? event.clientId : '')
  registerRoute(matches, handler, 'GET')
  registerRoute(matches, handler, 'HEAD')
}
