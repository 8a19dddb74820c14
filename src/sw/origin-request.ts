/** Requests to the origin for parts of a video, made from the request that the page's video made. */

/** Asks the origin for a part of the video; `range` is the header's value. */
export type OriginRequest = (range: string, signal: AbortSignal) => Promise<Response>

/**
 * Makes requests like the one given, apart from the range. The HTTP cache is left out: the store keeps
 * the bytes, and Chromium lets only one request at a time write a URL's cache entry, so that a second
 * range would wait for the first.
 */
export function originRequests(request: Request): OriginRequest {
  const { url, credentials, referrer, referrerPolicy } = request
  return (range, signal) =>
    fetch(url, {
      headers: { range },
      mode: 'cors',
      cache: 'no-store',
      credentials,
      referrer,
      referrerPolicy,
      signal,
    })
}
