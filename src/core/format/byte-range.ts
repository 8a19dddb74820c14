/** HTTP ranges: the only place that knows that HTTP names the last byte where we name the first byte after. */

import { SwarmtagError } from '../errors.js'
import type { ByteSpan } from '../units.js'

const RANGE_SET = /^bytes=(.+)$/i
const RANGE_SPEC = /^(\d*)-(\d*)$/

/**
 * Resolves a `Range` header against a body of known size. Of several ranges the first that holds a byte
 * of the body is taken, as a server may answer any part of what was asked; a header that is no list of
 * byte ranges is ignored.
 *
 * @param header - the header's value, e.g. `bytes=0-499`; its last byte is inclusive
 * @param bodyBytes - size of the whole body
 * @returns the span to send, or `'whole'` where the header is to be ignored
 * @throws SwarmtagError `range-unsatisfiable` where no range holds a byte of the body
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2
 */
export function resolveRange(header: string | null, bodyBytes: number): ByteSpan | 'whole' {
  const list = RANGE_SET.exec(header?.trim() ?? '')?.[1]?.split(',') ?? []
  const specs = list.map(spec => spec.trim()).filter(spec => spec !== '')
  const spans = specs.map(spec => spanOf(spec, bodyBytes)).filter(span => span !== undefined)
  if (spans.length === 0 || spans.length < specs.length) return 'whole'
  const satisfiable = spans.find(({ from, to }) => from < to)
  if (satisfiable) return satisfiable
  throw new SwarmtagError('range-unsatisfiable', `${header} of a body of ${bodyBytes} bytes`)
}

/** What one range holds of a body, perhaps no byte; `undefined` if invalid. */
function spanOf(spec: string, bodyBytes: number): ByteSpan | undefined {
  const [, first = '', last = ''] = RANGE_SPEC.exec(spec) ?? []
  if (first === '' && last === '') return undefined
  if (first === '') return { from: Math.max(0, bodyBytes - Number(last)), to: bodyBytes }
  if (last !== '' && Number(last) < Number(first)) return undefined
  return {
    from: Number(first),
    to: last === '' ? bodyBytes : Math.min(Number(last) + 1, bodyBytes),
  }
}

/** The `Range` header that asks for a span, e.g. `bytes=0-499`. */
export const rangeHeader = (span: ByteSpan): string => `bytes=${span.from}-${span.to - 1}`

/**
 * The `Content-Range` header of a 206 answer, always with a numeric total: Chromium takes a body of
 * unknown total for one that cannot be sought in.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.4
 */
export const contentRange = (span: ByteSpan, bodyBytes: number): string =>
  `bytes ${span.from}-${span.to - 1}/${bodyBytes}`

/** The `Content-Range` header of a 416 answer. */
export const unsatisfiedRange = (bodyBytes: number): string => `bytes */${bodyBytes}`

/**
 * Reads the `Content-Range` header of a 206 answer.
 *
 * @returns the span sent and the size of the whole body; `undefined` if the header is absent,
 * leaves the total open or contradicts itself
 */
export function parseContentRange(
  header: string | null,
): { span: ByteSpan; bodyBytes: number } | undefined {
  const parts = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(header?.trim() ?? '')
  if (!parts) return undefined
  const span = { from: Number(parts[1]), to: Number(parts[2]) + 1 }
  const bodyBytes = Number(parts[3])
  const isSound = span.from < span.to && span.to <= bodyBytes && Number.isSafeInteger(bodyBytes)
  return isSound ? { span, bodyBytes } : undefined
}
