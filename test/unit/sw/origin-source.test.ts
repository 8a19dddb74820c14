import { once } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { SwarmtagError } from '../../../src/core/errors.js'
import { chunk, run } from '../../../src/core/units.js'
import { Manifest } from '../../../src/store/manifest.js'
import { type OriginEvents, OriginSource } from '../../../src/sw/origin-source.js'
import { TransferCache } from '../../../src/sw/transfer-cache.js'
import { publish, publishInvented } from '../store/resources.js'
import { type Answer, type Origin, serving, startOrigin } from './origin-server.js'

const CHUNK = 65_536

/* Twelve chunks, the last of a hundred bytes. */
const SIZE = 11 * CHUNK + 100
const LAST = 11
const { manifest, bytesOf } = await publish(SIZE)
const file = new Uint8Array(SIZE)
for (let index = 0; index <= LAST; index++) file.set(bytesOf(index), index * CHUNK)

/** A source at an origin, and what came of it. */
async function sourceAt(
  answer: Answer = serving(file),
  isHeldBack = false,
  shared: { origin?: Origin; transferCache?: TransferCache } = {},
) {
  const origin = shared.origin ?? (await startOrigin(answer))
  const arrived: number[] = []
  const passed: number[] = []
  const failures: SwarmtagError[] = []
  const tally = { answered: 0, wasted: 0, ended: 0 }
  const waiting: (() => void)[] = []
  let wantedTo = isHeldBack ? 0 : Number.POSITIVE_INFINITY
  const events: OriginEvents = {
    answered: () => {
      tally.answered++
    },
    arrived: (index, bytes) => {
      expect(Buffer.compare(bytes, bytesOf(index)), `chunk ${index}`).toBe(0)
      arrived.push(index)
    },
    passed: index => passed.push(index),
    wasted: bytes => {
      expect(bytes).toBeGreaterThan(0)
      tally.wasted += bytes
    },
    ended: () => {
      tally.ended++
    },
    failed: error => failures.push(error),
  }
  const source = new OriginSource({
    manifest,
    request: origin.request,
    untilWanted: async index => {
      while (index >= wantedTo) await new Promise<void>(resolve => waiting.push(resolve))
    },
    transferCache: shared.transferCache,
    events,
  })
  onTestFinished(() => source.stop())
  return {
    origin,
    source,
    arrived,
    passed,
    failures,
    tally,
    /** Lets the video want chunks up to this one. */
    want: (to: number) => {
      wantedTo = to
      for (const wake of waiting.splice(0)) wake()
    },
    until: (...indices: number[]) => vi.waitFor(() => expect(arrived).toEqual(indices)),
    untilEnded: () => vi.waitFor(() => expect(tally.ended).toBe(1)),
    untilFailed: () =>
      vi.waitFor(() => {
        expect(failures).toHaveLength(1)
        return failures[0]
      }),
  }
}

const soon = (ms = 60) => new Promise(resolve => setTimeout(resolve, ms))

/** Sends the head of a good answer and some bytes of it, and then nothing more. */
const stalling =
  (bytes: number): Answer =>
  (request, response) => {
    const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0])
    response.writeHead(206, { 'content-range': `bytes ${from}-${SIZE - 1}/${SIZE}` })
    response.write(file.subarray(from, from + bytes))
  }

test('a run is asked for in one request of exactly its bytes, and its chunks come in order', async () => {
  const { source, origin, until, untilEnded, tally } = await sourceAt()
  source.give(run(2, 6))
  await until(2, 3, 4, 5)
  await untilEnded()
  expect(origin.ranges).toEqual([`bytes=${2 * CHUNK}-${6 * CHUNK - 1}`])
  expect(tally.wasted).toBe(0)
})

test('the last run ends with the last byte, without a further request', async () => {
  const { source, origin, until, untilEnded, failures } = await sourceAt()
  source.give(run(10, 12))
  await until(10, LAST)
  await untilEnded()
  expect(origin.ranges).toEqual([`bytes=${10 * CHUNK}-${SIZE - 1}`])
  expect(failures).toEqual([])
})

test('a run that is made longer goes on with another request where the first one ends', async () => {
  const { source, origin, until, want } = await sourceAt(serving(file), true)
  source.give(run(0, 3))
  want(2)
  await until(0, 1)
  source.give(run(2, 6))
  want(12)
  await until(0, 1, 2, 3, 4, 5)
  expect(origin.ranges).toEqual([`bytes=0-${3 * CHUNK - 1}`, `bytes=${3 * CHUNK}-${6 * CHUNK - 1}`])
})

test('a run that is granted again changes nothing', async () => {
  const { source, origin, until, want } = await sourceAt(serving(file), true)
  source.give(run(0, 6))
  want(2)
  await until(0, 1)
  source.give(run(1, 6))
  source.give(run(2, 6))
  want(12)
  await until(0, 1, 2, 3, 4, 5)
  expect(origin.ranges).toHaveLength(1)
})

test('a run that is cut short ends there', async () => {
  const { source, origin, until, want } = await sourceAt(serving(file), true)
  source.give(run(0, 10))
  want(2)
  await until(0, 1)
  source.give(run(2, 4))
  want(12)
  await until(0, 1, 2, 3)
  await soon()
  expect(origin.ranges).toHaveLength(1)
})

test('a run elsewhere takes the place of the one before', async () => {
  const { source, origin, arrived, want } = await sourceAt(serving(file), true)
  source.give(run(0, 4))
  want(1)
  await vi.waitFor(() => expect(arrived).toEqual([0]))
  source.give(run(8, 10))
  want(12)
  await vi.waitFor(() => expect(arrived).toEqual([0, 8, 9]))
  expect(origin.ranges.at(-1)).toBe(`bytes=${8 * CHUNK}-${10 * CHUNK - 1}`)
})

test('after a run has ended another is fetched', async () => {
  const { source, until } = await sourceAt()
  source.give(run(0, 2))
  await until(0, 1)
  await soon(10)
  source.give(run(1, 3))
  await until(0, 1, 1, 2)
})

test('nothing is asked of the origin before the video is near', async () => {
  const { source, origin, until, want } = await sourceAt(serving(file), true)
  source.give(run(4, 6))
  await soon()
  expect(origin.ranges).toEqual([])
  want(12)
  await until(4, 5)
})

test('no chunk is handed over before the video is near', async () => {
  const { source, arrived, want, until } = await sourceAt(serving(file), true)
  source.give(run(0, 12))
  want(3)
  await until(0, 1, 2)
  await soon()
  expect(arrived).toEqual([0, 1, 2])
})

test('what another video waits for is read on, and no further', async () => {
  const { source, arrived, want, until } = await sourceAt(serving(file), true)
  source.give(run(0, 12))
  want(2)
  await until(0, 1)
  source.readOn(chunk(5))
  await until(0, 1, 2, 3, 4)
  await soon()
  expect(arrived).toEqual([0, 1, 2, 3, 4])
  want(7)
  await until(0, 1, 2, 3, 4, 5, 6)
})

test('no more is asked for at a time than a sixteenth of what was given, from 4 to 16 MiB', async () => {
  const { bytes } = await publishInvented(5)
  const manifest = await Manifest.open(bytes, () => {
    throw new Error('nobody asks for digests')
  })
  const { sizeBytes } = manifest.descriptor
  const asked: number[] = []
  let given = 0
  await new Promise<void>((ended, failed) => {
    const source = new OriginSource({
      manifest,
      request: async range => {
        const [from = 0, last = 0] = range.match(/\d+/g)?.map(Number) ?? []
        asked.push(Math.ceil((last + 1 - from) / CHUNK))
        if (asked.length > 1) expect(asked.at(-1)).toBeLessThanOrEqual(Math.max(64, given / 16))
        const headers = { 'content-range': `bytes ${from}-${last}/${sizeBytes}` }
        return new Response(new Uint8Array(last + 1 - from), { status: 206, headers })
      },
      untilWanted: async () => {},
      events: {
        ...{ answered: () => {}, passed: () => {}, wasted: () => {}, ended, failed },
        arrived: () => void given++,
      },
    })
    source.give(run(0, Math.ceil(sizeBytes / CHUNK)))
  })
  expect(asked[0]).toBe(64)
  expect(Math.max(...asked)).toBe(256)
})

test('an origin that has much to send is slowed down to the pace of the video', async () => {
  const endless: Answer = async (_request, response) => {
    const body = new Uint8Array(CHUNK)
    const { sizeBytes } = long.manifest.descriptor
    response.writeHead(206, { 'content-range': `bytes 0-${sizeBytes - 1}/${sizeBytes}` })
    while (!response.destroyed) if (!response.write(body)) await once(response, 'drain')
  }
  const long = await publish(1_024 * CHUNK)
  const origin = await startOrigin(endless)
  const arrived = vi.fn()
  const source = new OriginSource({
    manifest: long.manifest,
    request: origin.request,
    untilWanted: index => (index < 4 ? Promise.resolve() : new Promise(() => {})),
    events: {
      answered: () => {},
      arrived,
      passed: () => {},
      wasted: () => {},
      ended: () => {},
      failed: () => {},
    },
  })
  onTestFinished(() => source.stop())
  source.give(run(0, 1_024))
  await vi.waitFor(() => expect(arrived).toHaveBeenCalledTimes(4))
  await soon(300)
  expect(origin.sentBytes()).toBeLessThan(40 * 1_048_576)
})

test('stopping hangs up, and nothing comes or fails any more', async () => {
  const { source, origin, arrived, failures, until } = await sourceAt(stalling(1.5 * CHUNK))
  source.give(run(0, 12))
  await until(0)
  source.stop()
  await vi.waitFor(() => expect(origin.hungUp()).toBe(1))
  expect(arrived).toEqual([0])
  expect(failures).toEqual([])
})

test('an order without a run stops as well', async () => {
  const { source, origin, until } = await sourceAt(stalling(CHUNK))
  source.give(run(0, 12))
  await until(0)
  source.give(undefined)
  await vi.waitFor(() => expect(origin.hungUp()).toBe(1))
})

test('what was stopped can begin again', async () => {
  const { source, until } = await sourceAt()
  source.give(run(0, 2))
  source.stop()
  source.give(run(1, 3))
  await until(1, 2)
})

test('an origin that ignores the range is read from its start, and is not used for what is further on', async () => {
  const whole: Answer = (_request, response) =>
    void response.writeHead(200, { 'content-length': SIZE }).end(file)
  const { source, until, untilFailed } = await sourceAt(whole)
  source.give(run(0, 2))
  await until(0, 1)
  source.give(run(4, 6))
  expect(await untilFailed()).toMatchObject({ code: 'origin-changed' })
})

test('a page in place of the file is no part of it', async () => {
  const portal: Answer = (_request, response) =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in</h1>')
  const { source, arrived, untilFailed } = await sourceAt(portal)
  source.give(run(0, 2))
  expect(await untilFailed()).toMatchObject({ code: 'origin-changed' })
  expect(arrived).toEqual([])
})

test('an answer that starts earlier than asked is taken from where it was asked', async () => {
  const early: Answer = (_request, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-${SIZE - 1}/${SIZE}` })
    response.end(file)
  }
  const { source, tally, until } = await sourceAt(early)
  source.give(run(3, 5))
  await until(3, 4)
  expect(tally.wasted).toBeGreaterThanOrEqual(3 * CHUNK)
})

test('of an answer that gives less than was asked, the rest is asked for', async () => {
  const sparing: Answer = (request, response) => {
    const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0])
    const to = Math.min(from + 2 * CHUNK, SIZE)
    response.writeHead(206, { 'content-range': `bytes ${from}-${to - 1}/${SIZE}` })
    response.end(file.subarray(from, to))
  }
  const { source, origin, until } = await sourceAt(sparing)
  source.give(run(0, 5))
  await until(0, 1, 2, 3, 4)
  expect(origin.ranges).toHaveLength(3)
})

test('an answer that ends in the middle of a chunk is gone on with from that chunk, while it gives any', async () => {
  const short: Answer = (request, response) => {
    const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0])
    response.writeHead(206, { 'content-range': `bytes ${from}-${SIZE - 1}/${SIZE}` })
    response.end(file.subarray(from, Math.min(from + 1.5 * CHUNK, 2.5 * CHUNK)))
  }
  const { source, arrived, tally, untilFailed } = await sourceAt(short)
  source.give(run(0, 4))
  expect(await untilFailed()).toMatchObject({ code: 'origin-failed' })
  expect(arrived).toEqual([0, 1])
  expect(tally.wasted).toBe(1.5 * CHUNK)
})

test('a connection that breaks time and again is a failure', async () => {
  const breaking: Answer = (_request, response) => {
    response.writeHead(206, { 'content-range': `bytes 0-${SIZE - 1}/${SIZE}` })
    response.write(file.subarray(0, 1.5 * CHUNK), () => response.destroy())
  }
  const { source, untilFailed } = await sourceAt(breaking)
  source.give(run(0, 12))
  expect(await untilFailed()).toMatchObject({ code: 'origin-failed' })
})

test.each([
  ['206', 206, { 'content-range': `bytes 0-${SIZE - 1}/${SIZE}` }],
  ['200', 200, {}],
])(
  'an answer of %s without bytes is a failure, and not asked for again and again',
  async (_name, status, headers) => {
    const empty: Answer = (_request, response) => void response.writeHead(status, headers).end()
    const { source, origin, failures } = await sourceAt(empty)
    source.give(run(0, 12))
    await vi.waitUntil(() => failures.length > 0 || origin.ranges.length > 5)
    expect(failures).toMatchObject([{ code: 'origin-failed' }])
  },
)

test.each([
  [404, 'origin-failed'],
  [403, 'origin-failed'],
  [500, 'origin-failed'],
  [503, 'origin-failed'],
  [416, 'origin-changed'],
])('a status of %i is %s', async (status, code) => {
  const { source, untilFailed } = await sourceAt(
    (_request, response) => void response.writeHead(status).end(),
  )
  source.give(run(0, 2))
  expect(await untilFailed()).toMatchObject({ code })
})

test.each([
  ['does not say which part it is', undefined, 'origin-changed'],
  ['contradicts itself', 'bytes 5-4/100', 'origin-changed'],
  ['leaves the size open', 'bytes 0-131071/*', 'origin-changed'],
  ['starts later than asked', `bytes 65536-131071/${SIZE}`, 'origin-changed'],
  ['is part of a longer file', `bytes 0-131071/${SIZE + 1}`, 'origin-changed'],
  ['is part of a shorter file', 'bytes 0-131071/131072', 'origin-changed'],
])('a partial answer that %s is refused', async (_how, range, code) => {
  const { source, arrived, untilFailed } = await sourceAt((_request, response) => {
    response.writeHead(206, range ? { 'content-range': range } : {})
    response.end(file.subarray(0, 2 * CHUNK))
  })
  source.give(run(0, 2))
  expect(await untilFailed()).toMatchObject({ code })
  expect(arrived).toEqual([])
})

test('a whole answer of another size is another file', async () => {
  const { source, untilFailed } = await sourceAt(
    (_request, response) => void response.writeHead(200, { 'content-length': 9 }).end('something'),
  )
  source.give(run(0, 2))
  expect(await untilFailed()).toMatchObject({ code: 'origin-changed' })
})

test('an origin that cannot be reached is a failure', async () => {
  const failed = vi.fn()
  const source = new OriginSource({
    manifest,
    request: (_range, signal) => fetch('http://127.0.0.1:1/movie.mp4', { signal }),
    untilWanted: async () => {},
    events: {
      answered: () => {},
      arrived: () => {},
      passed: () => {},
      wasted: () => {},
      ended: () => {},
      failed,
    },
  })
  source.give(run(0, 2))
  await vi.waitFor(() =>
    expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: 'origin-failed' })),
  )
})

test('after a failure another run is tried', async () => {
  const onceBroken: Answer = (request, response, attempt) =>
    attempt === 1 ? void response.writeHead(503).end() : serving(file)(request, response, attempt)
  const { source, until, untilFailed } = await sourceAt(onceBroken)
  source.give(run(0, 2))
  await untilFailed()
  source.give(run(0, 2))
  await until(0, 1)
})

test('an answer that was asked for before is gone on with', async () => {
  const { source, origin, until } = await sourceAt()
  const abort = new AbortController()
  const response = await origin.request(`bytes=0-${4 * CHUNK - 1}`, abort.signal)
  source.adopt(response, abort, run(0, 4))
  await until(0, 1, 2, 3)
  expect(origin.ranges).toHaveLength(1)
})

test('stopping hangs up on an adopted answer too', async () => {
  const { source, origin, until } = await sourceAt(stalling(1.5 * CHUNK))
  const abort = new AbortController()
  const response = await origin.request(`bytes=0-${4 * CHUNK - 1}`, abort.signal)
  source.adopt(response, abort, run(0, 4))
  await until(0)
  source.stop()
  await vi.waitFor(() => expect(origin.hungUp()).toBe(1))
})

test('a chunk index is no byte: a run far into a file asks for bytes far into it', async () => {
  const { source, origin, until } = await sourceAt()
  source.give({ from: chunk(11), to: chunk(12) })
  await until(LAST)
  expect(origin.ranges).toEqual([`bytes=${11 * CHUNK}-${SIZE - 1}`])
})

/** A response that has read some chunks and ended, and the one that follows. */
async function followed(answer: Answer = serving(file)) {
  const transferCache = new TransferCache()
  const first = await sourceAt(answer, true, { transferCache })
  first.source.give(run(0, 12))
  first.want(2)
  await first.until(0, 1)
  first.source.leave()
  const { origin } = first
  const next = await sourceAt(answer, false, { origin, transferCache })
  return { origin, next, transferCache }
}

test('a response that begins where the last one ended goes on with its answer', async () => {
  const { origin, next } = await followed()
  next.source.give(run(2, 12))
  await next.until(2, 3, 4, 5, 6, 7, 8, 9, 10, LAST)
  expect(origin.ranges).toHaveLength(1)
  expect(origin.hungUp()).toBe(0)
  expect(next.passed).toEqual([])
})

test('one that begins a little further on reads on to there, and what it passes is not lost', async () => {
  const { origin, next, transferCache } = await followed()
  // An origin on this machine answers at once, and a busy machine reads on for longer than that.
  transferCache.reach.latencyMs = 2_000
  next.source.give(run(6, 8))
  await next.until(6, 7)
  expect(origin.ranges).toHaveLength(1)
  await expect.poll(() => [...next.passed].sort((a, b) => a - b)).toEqual([2, 3, 4, 5])
})

/** Stalls at first. */
const stallingOnce =
  (bytes: number): Answer =>
  (request, response, attempt) =>
    (attempt === 1 ? stalling(bytes) : serving(file))(request, response, attempt)

test('one that begins elsewhere asks anew, and hangs up on the answer that was left', async () => {
  const { origin, next } = await followed(stallingOnce(3 * CHUNK))
  next.source.give(run(0, 2))
  await vi.waitFor(() => expect(origin.hungUp()).toBe(1), { timeout: 200 })
  await next.until(0, 1)
  expect(origin.ranges).toHaveLength(2)
})

test('an answer that does not come on is not waited for longer than another takes', async () => {
  const { origin, next } = await followed(stallingOnce(3.5 * CHUNK))
  next.source.give(run(8, 10))
  await next.until(8, 9)
  expect(origin.ranges).toHaveLength(2)
  await vi.waitFor(() => expect(origin.hungUp()).toBe(1))
})

test('an answer that nobody goes on with is hung up on', async () => {
  const { origin } = await followed(stalling(3 * CHUNK))
  await vi.waitFor(() => expect(origin.hungUp()).toBe(1))
})
