/**
 * Requests to the origin for parts of a video, made from the request that the page's video made: its own,
 * with its cookies, for what only the video gets; and public ones, for what is kept and given to others.
 */

import { parseContentRange } from '../core/byte-range.js'
import { SwarmtagError } from '../core/errors.js'
import {
  type FileFacts,
  isRefusal,
  isSameFile,
  mayBeOutage,
  whyPrivate,
} from '../core/shareable.js'

/** Asks the origin for a part of the video; `range` is the header's value. */
export type OriginRequest = (range: string, signal: AbortSignal) => Promise<Response>

/** Makes requests like the one given, apart from the range. Like that one they use the HTTP cache: nothing else may keep their bytes. */
export function ownRequests(
  request: Request,
): (range: string | undefined, signal: AbortSignal) => Promise<Response> {
  const { credentials, cache, headers } = request
  return (range, signal) =>
    ask(request, { credentials, cache, headers: range ? { range } : headers, signal })
}

export interface PublicRequestOptions {
  /** Whether the URL is signed: then a refusal says that the signature has expired, and nothing of the file. */
  readonly isSigned: boolean
  /** What the viewer's own request was told of the file, where it is not known yet whether all are told so. */
  readonly own: FileFacts | undefined
}

/**
 * Makes requests as anybody could: without cookies and other credentials. The HTTP cache is left out: the store keeps
 * the bytes, and Chromium lets only one request at a time write a URL's cache entry, so that a second range would wait
 * for the first.
 *
 * They throw SwarmtagError `not-public` where the origin refuses, answers with what is not for all, or with
 * another file than the viewer's own request was told of.
 */
export function publicRequests(request: Request, options: PublicRequestOptions): OriginRequest {
  return async (range, signal) => {
    // Looked up anew: an earlier request of the same response may have been answered as the viewer's own was.
    const { isSigned, own } = options
    const askPublicly = () =>
      askFresh(request, 'omit', range, signal).catch(cause => {
        // The viewer's own request was answered here, with cookies.
        if (!own || !(cause instanceof SwarmtagError)) throw cause
        throw notPublic(request.url, 'without cookies, it is sent to another site', { cause })
      })
    let response = await askPublicly()
    if (mayBeOutage(response.status) && !isSigned && !own) {
      await response.body?.cancel()
      await askWhetherForMembers(request, range, signal)
      // It is answered with cookies: is it now, or are they what it takes?
      response = await askPublicly()
    }
    const why =
      (isRefusal(response.status) && !isSigned && `without cookies, status ${response.status}`) ||
      whyNotForAll(response) ||
      (response.ok &&
        own &&
        !isSameFile(own, fileFacts(response)) &&
        'without cookies, another file')
    if (!why) return response
    await response.body?.cancel()
    throw notPublic(request.url, why)
  }
}

/**
 * Asks as the viewer himself for what was given to everybody and is refused now.
 *
 * @throws SwarmtagError `origin-failed` where he is refused as well: then the origin does not tell people apart, it fails
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

/** What an answer says of the whole file. */
export function fileFacts({ status, headers }: Pick<Response, 'status' | 'headers'>): FileFacts {
  const range = parseContentRange(headers.get('content-range'))
  const length = headers.has('content-encoding') ? null : headers.get('content-length')
  const wholeBytes = status === 200 && length !== null ? Number(length) : undefined
  return {
    sizeBytes: range?.bodyBytes ?? wholeBytes,
    etag: headers.get('etag'),
    lastModified: headers.get('last-modified'),
  }
}

/** The header by which an answer says that it is not for all. */
export const whyNotForAll = ({ headers }: Response): string | undefined =>
  whyPrivate({ cacheControl: headers.get('cache-control'), vary: headers.get('vary') })

/** Whether a request carries no more than anybody's: another origin gets no cookies unless they are asked for. */
export const isPublicRequest = ({ url, credentials }: Request): boolean =>
  credentials === 'omit' ||
  (credentials === 'same-origin' && new URL(url).origin !== location.origin)

export const notPublic = (name: string, why: string, options?: ErrorOptions): SwarmtagError =>
  new SwarmtagError(
    'not-public',
    `${name}: ${why}; it is not shared. Serve it to everybody, or publish no manifest for it`,
    options,
  )

/** Asks for a part past the HTTP cache. */
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
    // Browsers do not tell an origin that is away from one that sends its visitors to where we may not read.
    if (as.signal.aborted || (await fetchWith('manual')).type !== 'opaqueredirect') throw cause
    const why = 'it is sent to another site, which does not let this one read it'
    throw new SwarmtagError('origin-changed', why, { cause })
  }
}
