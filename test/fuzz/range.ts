/** Ranges in HTTP headers: what a page's request, or any server's answer, may say. */

import fc from 'fast-check'
import {
  contentRange,
  parseContentRange,
  rangeHeader,
  resolveRange,
} from '../../src/core/format/byte-range.js'
import type { ByteSpan } from '../../src/core/units.js'
import { type Fuzzed, must, mustEqual, unlessRefused } from './decoder.js'

interface Headers {
  readonly header: string
  readonly bodyBytes: number
}

/** The first most of the time: what is nearly right goes further than what is not. */
const mostly = (right: string, ...wrong: string[]) =>
  fc.oneof({ arbitrary: fc.constant(right), weight: 12 }, fc.constantFrom(...wrong))

const number = fc.oneof(
  { arbitrary: fc.nat(300).map(String), weight: 8 },
  { arbitrary: fc.constant(''), weight: 2 },
  fc.constantFrom('00', '9007199254740991', '9007199254740993', '9'.repeat(400), '1e3', '-1', '٣'),
)
const space = mostly('', ' ', '\t', '  ')
const spec = fc.tuple(space, number, mostly('-', '', '--'), number, space)
const request = fc
  .tuple(
    mostly('bytes', 'Bytes', 'items', ''),
    mostly('=', ' ', ''),
    fc.array(spec, { minLength: 1, maxLength: 3 }),
  )
  .map(([unit, is, specs]) => unit + is + specs.map(parts => parts.join('')).join(','))
const answer = fc
  .tuple(mostly('bytes ', 'bytes', 'bytes='), number, number, number, space)
  .map(([unit, first, last, total, end]) => `${unit}${first}-${last}/${total}${end}`)
const noise = fc.string({ unit: fc.constantFrom(...'0123456789-,/* \t=bytes\n'), maxLength: 24 })

export const range: Fuzzed<Headers> = {
  inputs: fc.record({
    header: fc.oneof(
      request,
      answer,
      noise,
      noise.map(rest => `bytes=${rest}`),
      fc.string({ maxLength: 16 }),
    ),
    bodyBytes: fc.oneof(fc.nat(300), fc.constantFrom(2 ** 32, Number.MAX_SAFE_INTEGER)),
  }),
  check({ header, bodyBytes }) {
    const asked = unlessRefused('range-unsatisfiable', () => resolveRange(header, bodyBytes))
    if (asked !== undefined && asked !== 'whole') {
      mustLieWithin(asked, bodyBytes)
      mustEqual(resolveRange(rangeHeader(asked), bodyBytes), asked, 'it would be asked otherwise')
    }
    const given = parseContentRange(header)
    if (given) {
      mustLieWithin(given.span, given.bodyBytes)
      const written = contentRange(given.span, given.bodyBytes)
      mustEqual(parseContentRange(written), given, 'it would be answered otherwise')
    }
    return (asked !== undefined && asked !== 'whole') || given !== undefined
  },
}

function mustLieWithin({ from, to }: ByteSpan, bodyBytes: number): void {
  must(Number.isSafeInteger(from) && Number.isSafeInteger(to), 'no number of bytes')
  must(0 <= from && from < to && to <= bodyBytes, 'a span outside the body')
}
