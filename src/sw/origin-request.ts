/** Requests to the origin for parts of a video, made from the request that the page's video made. */

import { SwarmtagError } from '../core/errors.js'

/** Asks the origin for a part of the video; `range` is the header's value. */
export type OriginRequest = (range: string, signal: AbortSignal) => Promise<Response>

/**
 * Makes requests like the one given, apart from the range. The HTTP cache is left out: the store keeps
 * the bytes, and Chromium lets only one request at a time write a URL's cache entry, so that a second
 * range would wait for the first.
 */
export function originRequests(request: Request): OriginRequest {
  const { url, credentials, referrer, referrerPolicy } = request
  return async (range, signal) => {
    const headers = { range }
    const as = { headers, credentials, referrer, referrerPolicy, signal }
    const ask = (redirect: RequestRedirect) =>
      fetch(url, { ...as, mode: 'cors', cache: 'no-store', redirect })
    try {
      return await ask('follow')
    } catch (cause) {
      // Browsers do not tell an origin that is away from one that sends its visitors to where we may not read.
      if (signal.aborted || (await ask('manual')).type !== 'opaqueredirect') throw cause
      const why = 'it is sent to another site, which does not let this one read it'
      throw new SwarmtagError('origin-changed', why, { cause })
    }
  }
}
