import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import type { ByteSpan } from '../../../src/core/units.js'
import type { AnswerHead } from '../../../src/sw/answer-head.js'
import { respondRange } from '../../../src/sw/range-response.js'

const SIZE = 1_000
const file = new Uint8Array(SIZE).map((_, at) => at % 251)
const head: AnswerHead = {
  status: 206,
  statusText: 'Partial Content',
  headers: [
    ['accept-ranges', 'bytes'],
    ['content-type', 'video/mp4'],
    ['etag', '"7"'],
  ],
  hidesRange: false,
}
const entity = { sizeBytes: SIZE, head }

const bodyOf = ({ from, to }: ByteSpan): ReadableStream<Uint8Array<ArrayBuffer>> =>
  new ReadableStream({
    start: controller => {
      controller.enqueue(file.slice(from, to))
      controller.close()
    },
  })

const asked = (range?: string, method = 'GET') =>
  new Request('https://site.example/movie.mp4', { method, headers: range ? { range } : {} })

/* RFC 9110, section 14: what is asked, and what is answered. */
test.each([
  { range: undefined, status: 200, from: 0, to: 1_000 },
  { range: 'bytes=0-', status: 206, from: 0, to: 1_000 },
  { range: 'bytes=0-0', status: 206, from: 0, to: 1 },
  { range: 'bytes=0-999', status: 206, from: 0, to: 1_000 },
  { range: 'bytes=0-1000', status: 206, from: 0, to: 1_000 },
  { range: 'bytes=1-3', status: 206, from: 1, to: 4 },
  { range: 'bytes=500-', status: 206, from: 500, to: 1_000 },
  { range: 'bytes=999-', status: 206, from: 999, to: 1_000 },
  { range: 'bytes=999-99999', status: 206, from: 999, to: 1_000 },
  { range: 'bytes=-1', status: 206, from: 999, to: 1_000 },
  { range: 'bytes=-500', status: 206, from: 500, to: 1_000 },
  { range: 'bytes=-1000', status: 206, from: 0, to: 1_000 },
  { range: 'bytes=-5000', status: 206, from: 0, to: 1_000 },
  { range: 'Bytes=1-3', status: 206, from: 1, to: 4 },
  /* Of several ranges one is answered: section 14.2 lets a server choose. */
  { range: 'bytes=10-19,30-39', status: 206, from: 10, to: 20 },
  { range: 'bytes=10-19, 5-', status: 206, from: 10, to: 20 },
  /* A header that is no range is ignored. */
  { range: 'bytes=3-1', status: 200, from: 0, to: 1_000 },
  { range: 'bytes=', status: 200, from: 0, to: 1_000 },
  { range: 'bytes=-', status: 200, from: 0, to: 1_000 },
  { range: 'bytes=a-b', status: 200, from: 0, to: 1_000 },
  { range: 'chunks=0-1', status: 200, from: 0, to: 1_000 },
])(
  '$range is answered with $status and bytes $from to $to',
  async ({ range, status, from, to }) => {
    const response = respondRange(asked(range), entity, bodyOf)
    expect(response.status).toBe(status)
    expect(response.headers.get('accept-ranges')).toBe('bytes')
    expect(response.headers.get('content-length')).toBe(String(to - from))
    expect(response.headers.get('content-range')).toBe(
      status === 206 ? `bytes ${from}-${to - 1}/1000` : null,
    )
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(file.slice(from, to))
  },
)

test.each(['bytes=1000-', 'bytes=1000-1001', 'bytes=99999-', 'bytes=-0'])(
  '%s is answered with 416 and the size',
  async range => {
    const body = vi.fn(bodyOf)
    const response = respondRange(asked(range), entity, body)
    expect(response.status).toBe(416)
    expect(response.headers.get('content-range')).toBe('bytes */1000')
    expect(response.headers.get('content-length')).toBe('0')
    expect(await response.text()).toBe('')
    expect(body).not.toHaveBeenCalled()
  },
)

test.each([undefined, 'bytes=1-3', 'bytes=5000-'])(
  'HEAD with the range %s is answered as a whole, without a body',
  async range => {
    const body = vi.fn(bodyOf)
    const response = respondRange(asked(range, 'HEAD'), entity, body)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-length')).toBe('1000')
    expect(response.headers.get('content-range')).toBeNull()
    expect(response.body).toBeNull()
    expect(body).not.toHaveBeenCalled()
  },
)

test('what describes the video goes with every answer', () => {
  for (const range of [undefined, 'bytes=1-3', 'bytes=5000-']) {
    const { headers } = respondRange(asked(range), entity, bodyOf)
    expect(headers.get('content-type')).toBe('video/mp4')
    expect(headers.get('etag')).toBe('"7"')
  }
})

test('a fault while the body is made is not taken for a range that cannot be answered', () => {
  const broken = () => {
    throw new RangeError('a fault')
  }
  expect(() => respondRange(asked(), entity, broken)).toThrow(RangeError)
})

test('any span asked for is the span answered', () => {
  fc.assert(
    fc.property(fc.nat(SIZE - 1), fc.nat(2 * SIZE), (from, more) => {
      const { headers } = respondRange(asked(`bytes=${from}-${from + more}`), entity, bodyOf)
      const last = Math.min(from + more, SIZE - 1)
      expect(headers.get('content-range')).toBe(`bytes ${from}-${last}/${SIZE}`)
      expect(headers.get('content-length')).toBe(String(last - from + 1))
    }),
  )
})
