import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { SwarmtagError } from '../../../src/core/errors.js'
import { chunksOf } from '../../../src/core/format/chunk-map.js'
import { type ByteSpan, type ChunkRun, chunksIn, run } from '../../../src/core/units.js'
import type { VerifiedChunk } from '../../../src/store/verify.js'
import { ChunkStream, type Filler } from '../../../src/sw/chunk-stream.js'
import { publish } from '../store/resources.js'

const CHUNK = 65_536

/* Sixty chunks, the last of a hundred bytes. */
const SIZE = 59 * CHUNK + 100
const { manifest, bytesOf, verified } = await publish(SIZE)
const chunks: VerifiedChunk[] = await Promise.all(
  Array.from({ length: 60 }, (_, at) => verified(at)),
)
const file = Buffer.concat(Array.from({ length: 60 }, (_, at) => bytesOf(at)))

const chunkAt = (index: number): VerifiedChunk => {
  const found = chunks[index]
  if (!found) throw new RangeError(`chunk ${index}`)
  return found
}

function streamOf(span: ByteSpan = { from: 0, to: SIZE }) {
  const needs: { cursor: number; runs: readonly ChunkRun[] }[] = []
  const done = vi.fn()
  const stream = new ChunkStream(manifest, span, {
    need: (cursor, runs) => needs.push({ cursor, runs }),
    done,
  })
  const reader = stream.body.getReader()
  return {
    stream,
    reader,
    done,
    needs,
    /** Chunks asked for so far. */
    asked: () => needs.flatMap(({ runs }) => [...chunksIn(runs)]),
    put: (...indices: number[]) => {
      for (const index of indices) stream.put(chunkAt(index))
    },
    readAll: async () => {
      const parts: Uint8Array[] = []
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return Buffer.concat(parts)
        parts.push(value)
      }
    },
  }
}

const soon = () => new Promise(resolve => setTimeout(resolve, 5))

const isPending = async (promise: Promise<unknown>): Promise<boolean> =>
  (await Promise.race([
    promise.then(
      () => false,
      () => false,
    ),
    soon().then(() => true),
  ])) === true

test('nothing is asked for before the video pulls', async () => {
  const { needs } = streamOf()
  await soon()
  expect(needs).toEqual([])
})

test('the first pull asks for a few chunks from the first on, each once', async () => {
  const { reader, asked, needs } = streamOf()
  void reader.read()
  await soon()
  expect(needs[0]?.cursor).toBe(0)
  expect(asked().slice(0, 2)).toEqual([0, 1])
  expect(asked().length).toBeLessThan(16)
})

test('more is asked for as the video takes what came, ever further ahead, within bounds', async () => {
  const { reader, asked, put } = streamOf()
  let widest = 0
  const ahead: number[] = []
  for (let index = 0; index < 50; index++) {
    const reading = reader.read()
    await Promise.resolve()
    put(index)
    await reading
    ahead.push(asked().length - index - 1)
    widest = Math.max(widest, asked().length - index - 1)
  }
  expect(asked()).toEqual(Array.from({ length: asked().length }, (_, at) => at))
  expect(ahead[20]).toBeGreaterThan(ahead[0] ?? Number.POSITIVE_INFINITY)
  expect(widest).toBeLessThanOrEqual(32)
})

test('a video that does not pull is asked nothing for', async () => {
  const { reader, asked, put } = streamOf()
  const reading = reader.read()
  await soon()
  const before = asked().length
  put(...asked())
  await reading
  await soon()
  expect(asked()).toHaveLength(before)
})

test('the cursor is the chunk that the video takes next', async () => {
  const { reader, needs, put, asked } = streamOf()
  for (let index = 0; index < 12; index++) {
    const reading = reader.read()
    await soon()
    expect(needs.at(-1)?.cursor).toBeLessThanOrEqual(index)
    put(index)
    await reading
  }
  expect(needs.length).toBeGreaterThan(1)
  expect(asked().length).toBeGreaterThan(12)
  for (const { cursor, runs } of needs) expect(cursor).toBeLessThanOrEqual(runs[0]?.from ?? 0)
})

test('chunks that come in any order come out in order', async () => {
  const few = { from: 0, to: 8 * CHUNK }
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }),
      async order => {
        const { put, readAll } = streamOf(few)
        const reading = readAll()
        for (const index of order) {
          put(index)
          await Promise.resolve()
        }
        expect(Buffer.compare(await reading, file.subarray(0, 8 * CHUNK))).toBe(0)
      },
    ),
    { numRuns: 40 },
  )
})

test.each([
  ['within one chunk', { from: 10, to: 20 }],
  ['of one byte', { from: CHUNK, to: CHUNK + 1 }],
  ['of exactly one chunk', { from: CHUNK, to: 2 * CHUNK }],
  ['around a boundary', { from: CHUNK - 1, to: CHUNK + 1 }],
  ['of parts of three chunks', { from: CHUNK - 5, to: 2 * CHUNK + 7 }],
  ['up to the end', { from: SIZE - 150, to: SIZE }],
  ['of the last byte', { from: SIZE - 1, to: SIZE }],
])('a span %s is cut out exactly', async (_which, span) => {
  const { put, readAll, asked, done } = streamOf(span)
  const reading = readAll()
  await soon()
  put(...asked())
  expect(Buffer.compare(await reading, file.subarray(span.from, span.to))).toBe(0)
  expect(asked()).toEqual([...chunksIn([chunksOf(span)])])
  expect(done).toHaveBeenCalledTimes(1)
})

test('a stream closes only when every byte was handed over', async () => {
  const { reader, put } = streamOf({ from: 0, to: 2 * CHUNK })
  put(0)
  await reader.read()
  const last = reader.read()
  expect(await isPending(last)).toBe(true)
  put(1)
  expect((await last).done).toBe(false)
  expect((await reader.read()).done).toBe(true)
})

test('a chunk that comes twice, too late or out of the response changes nothing', async () => {
  const { reader, put } = streamOf({ from: CHUNK, to: 3 * CHUNK })
  put(0, 3, 1)
  const first = await reader.read()
  put(1, 0)
  const second = reader.read()
  expect(await isPending(second)).toBe(true)
  put(2)
  await second
  expect(Buffer.compare(first.value ?? Buffer.of(), bytesOf(1))).toBe(0)
  expect((await reader.read()).done).toBe(true)
})

test('a video that goes away frees everything at once', async () => {
  const { stream, reader, done, needs } = streamOf()
  void reader.read()
  await soon()
  const waiting = stream.untilWanted(run(59, 60).from)
  await reader.cancel()
  expect(done).toHaveBeenCalledTimes(1)
  await waiting
  const before = needs.length
  stream.put(chunkAt(0))
  stream.fail(new SwarmtagError('origin-failed', 'too late'))
  expect(needs).toHaveLength(before)
  expect(done).toHaveBeenCalledTimes(1)
})

test('a failure reaches the video, and ends the supply', async () => {
  const { stream, reader, done } = streamOf()
  const reading = reader.read()
  await soon()
  const error = new SwarmtagError('origin-failed', 'nobody has it')
  stream.fail(error)
  await expect(reading).rejects.toBe(error)
  await expect(reader.read()).rejects.toBe(error)
  expect(done).toHaveBeenCalledTimes(1)
})

test('a failure between two pulls reaches the next one', async () => {
  const { stream, reader, put } = streamOf()
  put(0)
  await reader.read()
  stream.fail(new SwarmtagError('origin-failed', 'nobody has it'))
  await expect(reader.read()).rejects.toMatchObject({ code: 'origin-failed' })
})

test('after the end a failure is no failure', async () => {
  const { stream, put, readAll, done } = streamOf({ from: 0, to: CHUNK })
  const reading = readAll()
  put(0)
  await reading
  stream.fail(new SwarmtagError('origin-failed', 'too late'))
  expect(done).toHaveBeenCalledTimes(1)
})

test('a chunk is wanted once it is within what was asked for', async () => {
  const { stream, reader, asked, put } = streamOf()
  const first = stream.untilWanted(run(0, 1).from)
  expect(await isPending(first)).toBe(true)
  void reader.read()
  await first
  const next = asked().length
  const later = stream.untilWanted(run(next, next + 1).from)
  expect(await isPending(later)).toBe(true)
  put(...asked())
  while (asked().length <= next) {
    await reader.read()
    put(...asked())
  }
  await later
})

/** Fills with the file's own bytes, a few at a time. */
function fillerOf(span: ByteSpan) {
  const filler = { startedAt: -1, pulls: 0, cancel: vi.fn(), make: (from: number) => make(from) }
  const make = (from: number): Filler => {
    filler.startedAt = from
    let next = from
    return {
      pull: async controller => {
        filler.pulls++
        await Promise.resolve()
        const to = Math.min(next + 50_000, span.to)
        controller.enqueue(new Uint8Array(file.subarray(next, to)))
        next = to
        if (next === span.to) controller.close()
      },
      cancel: filler.cancel,
    }
  }
  return filler
}

test.each([0, 1, 3])('a successor goes on at the right byte after %i chunks', async handed => {
  const span = { from: 1_000, to: 5 * CHUNK - 7 }
  const { stream, reader, put, done } = streamOf(span)
  const parts: Uint8Array[] = []
  put(0, 1, 2, 3, 4)
  for (let count = 0; count < handed; count++) parts.push((await reader.read()).value as Uint8Array)
  const filler = fillerOf(span)
  stream.succeed(filler.make)
  expect(done).toHaveBeenCalledTimes(1)
  for (;;) {
    const { value, done } = await reader.read()
    if (done) break
    parts.push(value)
  }
  expect(filler.startedAt).toBe(handed === 0 ? 1_000 : handed * CHUNK)
  expect(Buffer.compare(Buffer.concat(parts), file.subarray(span.from, span.to))).toBe(0)
})

test('a successor also serves a video that waits already', async () => {
  const span = { from: 0, to: 3 * CHUNK }
  const { stream, readAll } = streamOf(span)
  const reading = readAll()
  await soon()
  stream.succeed(fillerOf(span).make)
  expect(Buffer.compare(await reading, file.subarray(0, 3 * CHUNK))).toBe(0)
})

test('a successor is pulled only as the video pulls', async () => {
  const span = { from: 0, to: SIZE }
  const { stream, reader } = streamOf(span)
  const filler = fillerOf(span)
  stream.succeed(filler.make)
  await soon()
  expect(filler.pulls).toBe(0)
  await reader.read()
  await soon()
  expect(filler.pulls).toBe(1)
})

test('a video that goes away frees the successor too', async () => {
  const { stream, reader } = streamOf()
  const filler = fillerOf({ from: 0, to: SIZE })
  stream.succeed(filler.make)
  await reader.cancel()
  expect(filler.cancel).toHaveBeenCalledTimes(1)
})

test('after the end nobody succeeds', async () => {
  const { stream, reader } = streamOf()
  await reader.cancel()
  const make = vi.fn()
  stream.succeed(make)
  expect(make).not.toHaveBeenCalled()
})
