import { expect, test, vi } from 'vitest'
import type { ByteSpan } from '../../../src/core/units.js'
import { PlainBody } from '../../../src/sw/plain-body.js'
import { type Answer, type Origin, serving, startOrigin } from './origin-server.js'

const SIZE = 300_000
const file = new Uint8Array(SIZE).map((_, at) => (at * 7) % 251)

/** The body as the browser would read it. */
function bodyOf(origin: Origin, span: ByteSpan, begun?: Response): ReadableStream<Uint8Array> {
  const plain = new PlainBody(origin.request, span, begun)
  return new ReadableStream(
    { pull: controller => plain.pull(controller), cancel: () => plain.cancel() },
    { highWaterMark: 0 },
  )
}

const readAll = async (body: ReadableStream<Uint8Array>): Promise<Buffer> =>
  Buffer.from(await new Response(body as BodyInit).arrayBuffer())

const expectSpan = (read: Buffer, { from, to }: ByteSpan) =>
  expect(Buffer.compare(read, file.subarray(from, to))).toBe(0)

test.each([
  ['the whole', { from: 0, to: SIZE }],
  ['a part', { from: 1_000, to: 250_000 }],
  ['a byte', { from: 7, to: 8 }],
  ['the last byte', { from: SIZE - 1, to: SIZE }],
])('passes on %s of the file', async (_what, span) => {
  const origin = await startOrigin(serving(file))
  expectSpan(await readAll(bodyOf(origin, span)), span)
  expect(origin.ranges).toEqual([`bytes=${span.from}-${span.to - 1}`])
})

test('nothing is asked for before the video pulls', async () => {
  const origin = await startOrigin(serving(file))
  bodyOf(origin, { from: 0, to: SIZE })
  await new Promise(resolve => setTimeout(resolve, 30))
  expect(origin.ranges).toEqual([])
})

test('an answer that has begun is gone on with, and then the rest is asked for', async () => {
  const origin = await startOrigin(serving(file))
  const begun = await origin.request('bytes=0-99999', new AbortController().signal)
  const span = { from: 500, to: 280_000 }
  expectSpan(await readAll(bodyOf(origin, span, begun)), span)
  expect(origin.ranges).toEqual(['bytes=0-99999', 'bytes=100000-279999'])
})

test('an answer that has begun and goes further than asked is cut', async () => {
  const origin = await startOrigin(serving(file))
  const begun = await origin.request('bytes=0-99999', new AbortController().signal)
  const span = { from: 10, to: 20 }
  expectSpan(await readAll(bodyOf(origin, span, begun)), span)
})

test('an origin that ignores the range is passed over up to where it matters', async () => {
  const whole: Answer = (_request, response) => void response.writeHead(200).end(file)
  const origin = await startOrigin(whole)
  const span = { from: 200_000, to: 250_000 }
  expectSpan(await readAll(bodyOf(origin, span)), span)
})

test('an origin that gives little at a time is asked until all is there', async () => {
  const sparing: Answer = (request, response) => {
    const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0])
    const to = Math.min(from + 70_000, SIZE)
    response.writeHead(206, { 'content-range': `bytes ${from}-${to - 1}/${SIZE}` })
    response.end(file.subarray(from, to))
  }
  const origin = await startOrigin(sparing)
  const span = { from: 0, to: SIZE }
  expectSpan(await readAll(bodyOf(origin, span)), span)
  expect(origin.ranges).toHaveLength(5)
})

test.each([404, 416, 500])('a status of %i fails the body', async status => {
  const origin = await startOrigin((_request, response) => void response.writeHead(status).end())
  await expect(readAll(bodyOf(origin, { from: 0, to: SIZE }))).rejects.toMatchObject({
    code: 'origin-failed',
  })
})

test('an answer that starts later than asked fails the body', async () => {
  const late: Answer = (_request, response) => {
    response.writeHead(206, { 'content-range': `bytes 10-19/${SIZE}` })
    response.end(file.subarray(10, 20))
  }
  const origin = await startOrigin(late)
  await expect(readAll(bodyOf(origin, { from: 0, to: SIZE }))).rejects.toMatchObject({
    code: 'origin-failed',
  })
})

test('a connection that breaks fails the body', async () => {
  const breaking: Answer = (_request, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-${SIZE - 1}/${SIZE}` })
    response.write(file.subarray(0, 1_000), () => response.destroy())
  }
  const origin = await startOrigin(breaking)
  await expect(readAll(bodyOf(origin, { from: 0, to: SIZE }))).rejects.toMatchObject({
    code: 'origin-failed',
  })
})

test('an answer without bytes fails the body, and is not asked for again and again', async () => {
  const empty: Answer = (_request, response) =>
    void response.writeHead(206, { 'content-range': `bytes 0-${SIZE - 1}/${SIZE}` }).end()
  const origin = await startOrigin(empty)
  const reader = bodyOf(origin, { from: 0, to: SIZE }).getReader()
  const failed = vi.fn()
  void reader.read().catch(failed)
  await vi.waitUntil(() => failed.mock.lastCall || origin.ranges.length > 5)
  await reader.cancel().catch(() => {
    // It has failed, as it should.
  })
  expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: 'origin-failed' }))
})

test('a video that goes away hangs up', async () => {
  const stalling: Answer = (_request, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-${SIZE - 1}/${SIZE}` })
    response.write(file.subarray(0, 1_000))
  }
  const origin = await startOrigin(stalling)
  const reader = bodyOf(origin, { from: 0, to: SIZE }).getReader()
  await reader.read()
  await reader.cancel()
  await vi.waitFor(() => expect(origin.hungUp()).toBe(1))
})

test('a video that goes away does not wait for an answer', async () => {
  const origin = await startOrigin(() => {})
  const reader = bodyOf(origin, { from: 0, to: SIZE }).getReader()
  void reader.read()
  await vi.waitFor(() => expect(origin.ranges).toHaveLength(1))
  await reader.cancel()
  await vi.waitFor(() => expect(origin.hungUp()).toBe(1))
})

test('a video that goes away hangs up on an answer that had begun', async () => {
  const stalling: Answer = (_request, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-${SIZE - 1}/${SIZE}` })
    response.write(file.subarray(0, 1_000))
  }
  const origin = await startOrigin(stalling)
  const begun = await origin.request('bytes=0-', new AbortController().signal)
  await bodyOf(origin, { from: 0, to: SIZE }, begun).cancel()
  await vi.waitFor(() => expect(origin.hungUp()).toBe(1))
})
