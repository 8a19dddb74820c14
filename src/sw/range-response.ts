/**
 * The head of every answer to a video, by the response contract: without a range 200 and the full
 * length, else exactly what was asked, always with a numeric total, always a constructed response.
 * Chromium fails an element that is given constructed and native responses in turn
 * (resource_multi_buffer_data_provider.cc), so there is no other kind.
 */

import { contentRange, resolveRange, unsatisfiedRange } from '../core/byte-range.js'
import { SwarmtagError } from '../core/errors.js'
import type { ByteSpan } from '../core/units.js'

/** Headers that pass from the origin's answer to ours. */
const PASSED_HEADERS = ['cache-control', 'content-type', 'etag', 'last-modified']

export interface Entity {
  readonly sizeBytes: number
  readonly headers: Record<string, string>
}

/**
 * Answers a request for (a part of) an entity.
 *
 * @param body - makes the body of a span; not called for `HEAD` or a range that cannot be answered
 */
export function respondRange(
  request: Request,
  entity: Entity,
  body: (span: ByteSpan) => ReadableStream<Uint8Array<ArrayBuffer>>,
): Response {
  const { sizeBytes } = entity
  const headers = new Headers({ ...entity.headers, 'accept-ranges': 'bytes' })
  // HEAD ignores ranges (RFC 9110, section 14.2).
  const isHead = request.method === 'HEAD'
  try {
    const range = resolveRange(isHead ? null : request.headers.get('range'), sizeBytes)
    const span = range === 'whole' ? { from: 0, to: sizeBytes } : range
    headers.set('content-length', String(span.to - span.from))
    if (range !== 'whole') headers.set('content-range', contentRange(span, sizeBytes))
    return new Response(isHead ? null : body(span), {
      status: range === 'whole' ? 200 : 206,
      headers,
    })
  } catch (error) {
    if (!(error instanceof SwarmtagError) || error.code !== 'range-unsatisfiable') throw error
    headers.set('content-range', unsatisfiedRange(sizeBytes))
    headers.set('content-length', '0')
    return new Response(null, { status: 416, headers })
  }
}

/** The headers of an origin's answer that describe the video. */
export function entityHeaders(response: Response): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of PASSED_HEADERS) {
    const value = response.headers.get(name)
    if (value) headers[name] = value
  }
  return headers
}

/**
 * Passes an origin's answer on as it is, though constructed. One of another origin cannot be: headers that CORS
 * hides from us, and not from the element, would be lost.
 */
export function rewrap(response: Response): Response {
  if (response.type !== 'basic' && response.type !== 'default') return response
  const { status, statusText, headers } = response
  return new Response(response.body, { status, statusText, headers })
}
