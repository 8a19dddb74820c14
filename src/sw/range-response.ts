/**
 * Builds responses to requests for a video: without a range 200 and the full length, else exactly the range, always with a
 * numeric total.
 */

import { SwarmtagError } from '../core/errors.js'
import { contentRange, resolveRange, unsatisfiedRange } from '../core/format/byte-range.js'
import type { ByteSpan } from '../core/units.js'
import { type AnswerHead, answerInit } from './answer-head.js'

export interface Entity {
  readonly sizeBytes: number
  readonly head: AnswerHead
}

/**
 * Answers a request for an entity or a range of it.
 *
 * @param body - makes the body of a span; not called for `HEAD` or an unsatisfiable range
 */
export function respondRange(
  request: Request,
  { sizeBytes, head }: Entity,
  body: (span: ByteSpan) => ReadableStream<Uint8Array<ArrayBuffer>>,
): Response {
  // HEAD ignores ranges (RFC 9110, section 14.2).
  const isHead = request.method === 'HEAD'
  try {
    const range = resolveRange(isHead ? null : request.headers.get('range'), sizeBytes)
    const isWhole = range === 'whole'
    const span = isWhole ? { from: 0, to: sizeBytes } : range
    const content = {
      contentBytes: span.to - span.from,
      ...(!isWhole && { contentRange: contentRange(span, sizeBytes) }),
    }
    const init = answerInit(request, head, isWhole ? 200 : 206, content)
    return new Response(isHead ? null : body(span), init)
  } catch (error) {
    if (!(error instanceof SwarmtagError) || error.code !== 'range-unsatisfiable') throw error
    const content = { contentBytes: 0, contentRange: unsatisfiedRange(sizeBytes) }
    return new Response(null, answerInit(request, head, 416, content))
  }
}
