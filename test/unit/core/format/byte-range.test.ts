import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  contentRange,
  parseContentRange,
  rangeHeader,
  resolveRange,
  unsatisfiedRange,
} from '../../../../src/core/format/byte-range.js'
import type { ByteSpan } from '../../../../src/core/units.js'
import { holds } from '../../../fuzz/decoder.js'
import { range } from '../../../fuzz/range.js'

interface Row {
  section: string
  that: string
  header: string | null
  bodyBytes: number
  is: [from: number, to: number] | 'whole' | 'unsatisfiable'
}

const row = (
  section: string,
  that: string,
  header: string | null,
  bodyBytes: number,
  is: Row['is'],
): Row => ({ section, that, header, bodyBytes, is })

const HUGE = '9'.repeat(400)

test.each<Row>([
  row('§14.1.2', 'both ends are named, the last one included', 'bytes=0-499', 10_000, [0, 500]),
  row('§14.1.2', 'a range may start in the middle', 'bytes=500-999', 10_000, [500, 1_000]),
  row('§14.1.2', 'an open range goes to the end', 'bytes=9500-', 10_000, [9_500, 10_000]),
  row('§14.1.2', 'an open range from 0 is the body, as a range', 'bytes=0-', 100, [0, 100]),
  row('§14.1.2', 'a suffix counts from the end', 'bytes=-500', 10_000, [9_500, 10_000]),
  row('§14.1.2', 'a suffix longer than the body is all of it', 'bytes=-500', 100, [0, 100]),
  row('§14.1.2', 'a suffix as long as the body is all of it', 'bytes=-100', 100, [0, 100]),
  row('§14.1.2', 'a suffix may be one byte', 'bytes=-1', 100, [99, 100]),
  row('§14.1.2', 'a suffix of no byte is not satisfiable', 'bytes=-0', 100, 'unsatisfiable'),
  row('§14.1.2', 'no byte can be sent of an empty body', 'bytes=-5', 0, 'unsatisfiable'),
  row('§14.1.2', 'an empty body has no first byte', 'bytes=0-', 0, 'unsatisfiable'),
  row('§14.1.2', 'the last byte may be asked for alone', 'bytes=99-99', 100, [99, 100]),
  row('§14.1.2', 'a last byte past the end is cut', 'bytes=90-100', 100, [90, 100]),
  row('§14.1.2', 'a last byte far past the end is cut', `bytes=0-${HUGE}`, 100, [0, 100]),
  row('§14.1.2', 'a start at the end holds no byte', 'bytes=100-', 100, 'unsatisfiable'),
  row('§14.1.2', 'a start past the end holds no byte', 'bytes=100-200', 100, 'unsatisfiable'),
  row('§14.1.2', 'a start far past the end', `bytes=${HUGE}-`, 100, 'unsatisfiable'),
  row('§14.1.2', 'a huge suffix is the whole body', `bytes=-${HUGE}`, 100, [0, 100]),
  row('§14.1.2', 'a last byte before the first is invalid', 'bytes=500-499', 10_000, 'whole'),
  row('§14.1.2', 'invalid comes before unsatisfiable', 'bytes=500-499', 100, 'whole'),
  row('§14.1.2', 'players probe with the first two bytes', 'bytes=0-1', 10_000, [0, 2]),
  row('§14.1.2', 'players probe with the first eight bytes', 'bytes=0-7', 10_000, [0, 8]),
  row('§14.1.2', 'a probe of a body of one byte is cut', 'bytes=0-1', 1, [0, 1]),
  row('§14.1.2', 'leading zeros are digits like others', 'bytes=000-007', 100, [0, 8]),
  row('§14.1.2', 'sizes above 32 bits keep every byte', 'bytes=4294967295-', 2 ** 33, [
    4_294_967_295,
    2 ** 33,
  ]),
  row('§14.1.1', 'the unit has no case', 'BYTES=0-499', 10_000, [0, 500]),
  row('§14.1.1', 'another unit is ignored', 'chunks=0-499', 10_000, 'whole'),
  row('§14.1.1', 'a unit that only ends like ours is ignored', 'xbytes=0-1', 100, 'whole'),
  row('§14.1.1', 'of several ranges the first is taken', 'bytes=0-9,20-29', 100, [0, 10]),
  row('§14.1.2', 'one that holds no byte is passed over', 'bytes=100-,20-29', 100, [20, 30]),
  row('§14.1.2', 'several that hold none, too', 'bytes=100-,-0,200-300,-5', 100, [95, 100]),
  row('§14.1.2', 'one later that holds none is no matter', 'bytes=0-9,100-', 100, [0, 10]),
  row('§14.1.2', 'none of several holds a byte', 'bytes=100-, -0, 200-', 100, 'unsatisfiable'),
  row('§14.1.1', 'one that is invalid spoils all', 'bytes=0-9,9-8', 100, 'whole'),
  row('§14.1.1', 'so does one that is no range', 'bytes=0-9,x', 100, 'whole'),
  row('§14.1.1', 'also where no other holds a byte', 'bytes=100-,9-8', 100, 'whole'),
  row('§5.6.1', 'empty list elements are passed over', 'bytes=, ,0-9,', 100, [0, 10]),
  row('§5.6.1', 'a list of nothing is no range', 'bytes=, ,', 100, 'whole'),
  row('§14.1.1', 'the first named, not the first in the body', 'bytes=-1, 0-9', 100, [99, 100]),
  row('§14.2', 'no header asks for the whole', null, 100, 'whole'),
  row('§14.2', 'an empty header is ignored', '', 100, 'whole'),
  row('§14.2', 'a unit without a range is ignored', 'bytes=', 100, 'whole'),
  row('§14.2', 'a lone dash is ignored', 'bytes=-', 100, 'whole'),
  row('§14.2', 'a number without a dash is ignored', 'bytes=5', 100, 'whole'),
  row('§14.2', 'a sign is no digit', 'bytes=+1-5', 100, 'whole'),
  row('§14.2', 'a suffix has one dash', 'bytes=--5', 100, 'whole'),
  row('§14.2', 'a fraction is no digit', 'bytes=0.5-9', 100, 'whole'),
  row('§14.2', 'an exponent is no digit', 'bytes=1e1-20', 100, 'whole'),
  row('§14.2', 'hexadecimal is not read', 'bytes=0x1-0x9', 100, 'whole'),
  row('§14.2', 'other digits of Unicode are not read', 'bytes=٠-٩', 100, 'whole'),
  row('§14.2', 'words are ignored', 'bytes=first-last', 100, 'whole'),
  row('§14.2', 'no equals sign, no range', 'bytes 0-499', 10_000, 'whole'),
  row('§5.5', 'whitespace around the value is no part of it', '  bytes=0-9\t', 100, [0, 10]),
  row('§14.1.1', 'whitespace after the equals sign is forgiven', 'bytes= \t0-9', 100, [0, 10]),
  row('§5.6.1', 'whitespace around a list element is allowed', 'bytes=0-9 , 20-29', 100, [0, 10]),
  row('§14.1.1', 'whitespace inside a range is not', 'bytes=0 - 9', 100, 'whole'),
])('RFC 9110 $section: $that ($header of $bodyBytes)', ({ header, bodyBytes, is }) => {
  if (is === 'unsatisfiable')
    expect(() => resolveRange(header, bodyBytes)).toThrow(
      expect.objectContaining({ name: 'SwarmtagError', code: 'range-unsatisfiable' }),
    )
  else
    expect(resolveRange(header, bodyBytes)).toEqual(
      is === 'whole' ? 'whole' : { from: is[0], to: is[1] },
    )
})

/** The bytes of a body that a range names, found by looking at each of them. */
function naiveRange(first: number | '', last: number | '', bodyBytes: number): number[] | 'whole' {
  const body = Array.from({ length: bodyBytes }, (_, byte) => byte)
  if (first === '') return last === '' ? 'whole' : last === 0 ? [] : body.slice(-last)
  if (last !== '' && last < first) return 'whole'
  return body.filter(byte => byte >= first && (last === '' || byte <= last))
}

const bytesIn = ({ from, to }: ByteSpan) => Array.from({ length: to - from }, (_, i) => from + i)

test('a resolved span holds exactly the bytes that the header names', () => {
  const end = fc.oneof(fc.constant<''>(''), fc.nat(80))
  fc.assert(
    fc.property(end, end, fc.nat(64), (first, last, bodyBytes) => {
      const header = `bytes=${first}-${last}`
      const expected = naiveRange(first, last, bodyBytes)
      if (expected !== 'whole' && expected.length === 0) {
        expect(() => resolveRange(header, bodyBytes)).toThrow(/^range-unsatisfiable/)
        return
      }
      const span = resolveRange(header, bodyBytes)
      expect(span === 'whole' ? span : bytesIn(span)).toEqual(expected)
    }),
    { numRuns: 2_000 },
  )
})

test('whatever the header says, a span lies within the body and is not empty', () => {
  fc.assert(holds(range), { numRuns: 20_000 })
})

test.each([
  ['ranges', `bytes=${'0-1,'.repeat(250_000)}`],
  ['spaces', `bytes=${' '.repeat(1_000_000)}`],
  ['spaces and a line', `bytes=${'\t'.repeat(20_000)}\n0-1`],
  ['digits', `bytes ${'9'.repeat(1_000_000)}`],
])('a header of endless %s takes no time', (_what, header) => {
  const startMs = performance.now()
  expect(resolveRange(header, 100)).toBeDefined()
  expect(parseContentRange(header)).toBeUndefined()
  expect(performance.now() - startMs).toBeLessThan(10_000)
})

const spanWithin = fc
  .tuple(fc.nat(2 ** 40), fc.integer({ min: 1, max: 2 ** 32 }), fc.nat(2 ** 40))
  .map(([from, bytes, rest]) => ({
    span: { from, to: from + bytes },
    bodyBytes: from + bytes + rest,
  }))

test('the header that asks for a span resolves to that span', () => {
  fc.assert(
    fc.property(spanWithin, ({ span, bodyBytes }) => {
      expect(resolveRange(rangeHeader(span), bodyBytes)).toEqual(span)
    }),
  )
})

test('the header of a 206 answer reads back as span and total', () => {
  fc.assert(
    fc.property(spanWithin, ({ span, bodyBytes }) => {
      expect(parseContentRange(contentRange(span, bodyBytes))).toEqual({ span, bodyBytes })
    }),
  )
})

test('the header of a 416 answer names the size alone', () => {
  expect(unsatisfiedRange(1_234)).toBe('bytes */1234')
})

test.each([
  ['§14.4', 'the last byte is included', 'bytes 0-499/1234', 0, 500, 1_234],
  ['§14.4', 'the range may end the body', 'bytes 734-1233/1234', 734, 1_234, 1_234],
  ['§14.4', 'one byte of one', 'bytes 0-0/1', 0, 1, 1],
  ['§14.1', 'the unit has no case', 'Bytes 0-0/1', 0, 1, 1],
  ['§5.5', 'whitespace around the value is no part of it', ' bytes 0-0/1\t', 0, 1, 1],
])('RFC 9110 %s: in an answer, %s (%s)', (_section, _that, header, from, to, bodyBytes) => {
  expect(parseContentRange(header)).toEqual({ span: { from, to }, bodyBytes })
})

test.each([
  ['no header', null],
  ['an empty header', ''],
  ['an open total', 'bytes 0-499/*'],
  ['a 416 answer', 'bytes */1234'],
  ['a last byte before the first', 'bytes 5-4/10'],
  ['a last byte past the total', 'bytes 0-10/10'],
  ['an empty body', 'bytes 0-0/0'],
  ['another unit', 'chunks 0-1/2'],
  ['the form of the request header', 'bytes=0-499/1234'],
  ['a missing total', 'bytes 0-499'],
  ['a sign', 'bytes -1-5/10'],
  ['a fraction', 'bytes 0-1.5/10'],
  ['two answers joined', 'bytes 0-1/4, bytes 2-3/4'],
  ['something after it', 'bytes 0-1/4 or so'],
  ['a second line', 'bytes 0-1/4\nbytes 0-1/4'],
  ['numbers without end', `bytes 0-${HUGE}/${HUGE}`],
  ['numbers that cannot be told apart', 'bytes 9007199254740992-9007199254740993/9007199254740995'],
])('in an answer, %s is no statement about a span', (_what, header) => {
  expect(parseContentRange(header)).toBeUndefined()
})
