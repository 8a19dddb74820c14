/**
 * Requests to the origin for parts of a video, made from the request that the page's video made: its own,
 * with its cookies, for what only the video gets; and public ones, for what is kept and given to others.
 */

import { SwarmtagError } from '../core/errors.js'
import { type FileFacts, mayBeOutage, whyNotPublic } from '../core/policy/shareable.js'
import { notPublic } from './audience.js'

/** Asks the origin for a part of the video; `range` is the header's value. */
export type OriginRequest = (range: string, signal: AbortSignal) => Promise<Response>

/** Makes requests like the given one, but for the range. They use the HTTP cache like that one: nothing else may keep their bytes. */
export function ownRequests(
  request: Request,
): (range: string | undefined, signal: AbortSignal) => Promise<Response> {
  const { credentials, cache, headers } = request
  return (range, signal) =>
    ask(request, { credentials, cache, headers: range ? { range } : headers, signal })
}

export interface PublicRequestOptions {
  /** Whether the URL is signed: then a refusal means that the signature has expired, and nothing about the file. */
  readonly isSigned: boolean
  /** What the viewer's own request returned of the file, until that is confirmed public. */
  readonly own: FileFacts | undefined
}

/**
 * Makes requests without cookies and other credentials. They bypass the HTTP cache: the store keeps the bytes, and Chromium
 * lets only one request at a time write a URL's cache entry, so that a second range would wait for the first.
 *
 * They throw SwarmtagError `not-public` if the origin refuses, marks the response private, or returns another file than to
 * the viewer's own request.
 */
export function publicRequests(request: Request, options: PublicRequestOptions): OriginRequest {
  return async (range, signal) => {
    // Read for each request: an earlier one of the same response may have confirmed the file public.
    const { isSigned, own } = options
    const askPublicly = () =>
      askFresh(request, 'omit', range, signal).catch(cause => {
        // The viewer's own request succeeded, with cookies.
        if (!own || !(cause instanceof SwarmtagError)) throw cause
        throw notPublic(request.url, 'without cookies, it is sent to another site', { cause })
      })
    let response = await askPublicly()
    if (mayBeOutage(response.status) && !isSigned && !own) {
      await response.body?.cancel()
      await askWhetherForMembers(request, range, signal)
      // It succeeds with cookies: does it now succeed without, or does it need them?
      response = await askPublicly()
    }
    const why = whyNotPublic(response, { isSigned, own })
    if (!why) return response
    await response.body?.cancel()
    throw notPublic(request.url, why)
  }
}

/**
 * Requests with the viewer's credentials what was public and is refused now.
 *
 * @throws SwarmtagError `origin-failed` if that is refused as well: then the origin fails, and does not distinguish viewers
 */
async function askWhetherForMembers(
  request: Request,
  range: string,
  signal: AbortSignal,
): Promise<void> {
  const { ok, status, body } = await askFresh(request, request.credentials, range, signal)
  await body?.cancel()
  if (!ok) throw new SwarmtagError('origin-failed', `status ${status}, with cookies and without`)
}

/** Requests a range, bypassing the HTTP cache. */
const askFresh = (
  request: Request,
  credentials: RequestCredentials,
  range: string,
  signal: AbortSignal,
): Promise<Response> => ask(request, { credentials, cache: 'no-store', headers: { range }, signal })

async function ask(
  { url, referrer, referrerPolicy }: Request,
  as: RequestInit & { readonly signal: AbortSignal },
): Promise<Response> {
  const fetchWith = (redirect: RequestRedirect) =>
    fetch(url, { ...as, referrer, referrerPolicy, mode: 'cors', redirect })
  try {
    return await fetchWith('follow')
  } catch (cause) {
    // `fetch` throws the same error for an origin that is away and for a redirect to where CORS is not allowed.
    if (as.signal.aborted || (await fetchWith('manual')).type !== 'opaqueredirect') throw cause
    const why = 'it is sent to another site, which does not let this one read it'
    throw new SwarmtagError('origin-changed', why, { cause })
  }
}
