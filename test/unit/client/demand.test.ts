import { expect, test, vi } from 'vitest'
import type { PageSays } from '../../../src/bridge/messages.js'
import { OpenDemand } from '../../../src/client/demand.js'
import type { Playhead } from '../../../src/client/playhead.js'
import { type ChunkRun, chunk, run } from '../../../src/core/units.js'
import type { VerifiedChunk } from '../../../src/store/verify.js'

/* A film of 100 chunks and 100 seconds. */
const CHUNKS = 100
const SECOND = 1_000

const playhead = (atMs: number, more: Partial<Playhead> = {}): Playhead => ({
  isPlaying: true,
  isStarved: false,
  isSeeking: false,
  currentMs: atMs,
  durationMs: CHUNKS * SECOND,
  reachedMs: 0,
  rate: 1,
  ...more,
})

/** A chunk as `verify` makes it; nobody here looks at its bytes. */
const verified = (index: number) =>
  ({ index: chunk(index), bytes: new Uint8Array([1, 2, 3]) }) as VerifiedChunk

function demandOf({
  of = run(20, 100),
  isPlayed = true,
  origin = undefined as ChunkRun | undefined,
} = {}) {
  const said: PageSays[] = []
  const channel = { send: (message: PageSays) => void said.push(message), close: vi.fn() }
  return { said, demand: new OpenDemand(7, 'a worker', of, isPlayed, channel, origin) }
}

test('a new demand lacks nothing and stands at its first chunk', () => {
  const { demand } = demandOf()
  expect(demand.facts(undefined, CHUNKS, 0)).toEqual({
    id: 7,
    run: run(20, 100),
    cursor: 20,
    missing: new Set(),
    isPlayed: true,
    bufferedMs: 0,
    chunkMs: undefined,
    origin: undefined,
  })
})

test('what is needed is missing until it is given or fetched', () => {
  const { demand } = demandOf()
  demand.need(chunk(20), [run(20, 24)], 0)
  demand.fetched(chunk(21), 0)
  demand.give(verified(20))
  expect([...demand.facts(undefined, CHUNKS, 0).missing]).toEqual([22, 23])
})

test('what is missing is ascending, in whatever order it was asked for', () => {
  const { demand } = demandOf()
  demand.need(chunk(20), [run(24, 26)], 0)
  demand.need(chunk(20), [run(20, 22)], 0)
  expect([...demand.facts(undefined, CHUNKS, 0).missing]).toEqual([20, 21, 24, 25])
})

test('the cursor goes with the needs, and never back', () => {
  const { demand } = demandOf()
  demand.need(chunk(22), [run(24, 26)], 0)
  demand.need(chunk(20), [run(20, 24)], 0)
  expect(demand.facts(undefined, CHUNKS, 0).cursor).toBe(22)
})

test('a chunk is given as a copy, once, and only where it is missing', () => {
  const { demand, said } = demandOf()
  const given = verified(20)
  demand.need(chunk(20), [run(20, 21)], 0)
  expect(demand.give(verified(21))).toBe(false)
  expect(demand.give(given)).toBe(true)
  expect(demand.give(given)).toBe(false)
  expect(said).toEqual([{ type: 'chunk', index: 20, bytes: given.bytes }])
  expect(said[0]?.type === 'chunk' && said[0].bytes.buffer).not.toBe(given.bytes.buffer)
})

test('the origin is told its run, and what is left of it is known', () => {
  const { demand, said } = demandOf()
  demand.tellOrigin(run(20, 24), 0)
  expect(said).toEqual([{ type: 'origin', run: run(20, 24) }])
  demand.fetched(chunk(20), 0)
  expect(demand.facts(undefined, CHUNKS, 0).origin).toEqual(run(21, 24))
  demand.fetched(chunk(50), 0)
  demand.fetched(chunk(22), 0)
  expect(demand.facts(undefined, CHUNKS, 0).origin).toEqual(run(23, 24))
  demand.fetched(chunk(23), 0)
  expect(demand.facts(undefined, CHUNKS, 0).origin).toBeUndefined()
})

test('the origin is told to stop', () => {
  const { demand, said } = demandOf({ origin: run(20, 28) })
  expect(demand.facts(undefined, CHUNKS, 0).origin).toEqual(run(20, 28))
  demand.tellOrigin(undefined, 0)
  expect(said).toEqual([{ type: 'origin' }])
  expect(demand.facts(undefined, CHUNKS, 0).origin).toBeUndefined()
})

test('an origin that gives nothing for long is planned for no more', () => {
  const { demand } = demandOf()
  demand.tellOrigin(run(20, 24), 1_000)
  expect(demand.facts(undefined, CHUNKS, 1_100).origin).toEqual(run(20, 24))
  demand.fetched(chunk(20), 5_000)
  expect(demand.facts(undefined, CHUNKS, 5_100).origin).toEqual(run(21, 24))
  expect(demand.facts(undefined, CHUNKS, 20_000).origin).toBeUndefined()
})

test('it is thought over once when it stalls, and not again and again while it does', () => {
  const { demand } = demandOf()
  expect(demand.originStallsAtMs(0)).toBeUndefined()
  demand.tellOrigin(run(20, 24), 1_000)
  const stallsAtMs = demand.originStallsAtMs(1_000) ?? 0
  expect(stallsAtMs).toBeGreaterThan(1_000)
  expect(demand.originStallsAtMs(stallsAtMs)).toBeUndefined()
})

test('an origin that has ended is not waited for', () => {
  const { demand } = demandOf({ origin: run(20, 24) })
  demand.originEnded()
  expect(demand.facts(undefined, CHUNKS, 0).origin).toBeUndefined()
  expect(demand.originStallsAtMs(0)).toBeUndefined()
})

test('where the film is not loaded, nothing is known of its time', () => {
  const { demand } = demandOf()
  expect(demand.facts(undefined, CHUNKS, 0)).toMatchObject({ chunkMs: undefined, bufferedMs: 0 })
})

test('what was given and not played is buffered', () => {
  const { demand } = demandOf()
  expect(demand.facts(playhead(20 * SECOND), CHUNKS, 0)).toMatchObject({
    chunkMs: SECOND,
    bufferedMs: 0,
  })
  demand.need(chunk(26), [run(26, 30)], 0)
  expect(demand.facts(playhead(20 * SECOND), CHUNKS, 0).bufferedMs).toBe(6 * SECOND)
  expect(demand.facts(playhead(24 * SECOND), CHUNKS, 0).bufferedMs).toBe(2 * SECOND)
  expect(demand.facts(playhead(27 * SECOND), CHUNKS, 0).bufferedMs).toBe(0)
})

test('where the film plays faster, the same lasts shorter', () => {
  const { demand } = demandOf()
  demand.facts(playhead(20 * SECOND), CHUNKS, 0)
  demand.need(chunk(26), [run(26, 30)], 0)
  expect(demand.facts(playhead(20 * SECOND, { rate: 2 }), CHUNKS, 0).bufferedMs).toBe(3 * SECOND)
})

test('a video that starves though it was given something long ago has nothing left', () => {
  const { demand } = demandOf()
  demand.facts(playhead(20 * SECOND), CHUNKS, 0)
  demand.need(chunk(26), [run(26, 30)], 10 * SECOND)
  const starved = playhead(20 * SECOND, { isStarved: true })
  expect(demand.facts(starved, CHUNKS, 10 * SECOND + 10).bufferedMs).toBe(6 * SECOND)
  expect(demand.facts(starved, CHUNKS, 12 * SECOND).bufferedMs).toBe(0)
})

test('a demand that lacks something while the video has enough tells the worker to wait', () => {
  const { demand, said } = demandOf()
  demand.need(chunk(20), [run(20, 24)], 0)
  const againAtMs = demand.hold(8 * SECOND, 5_000)
  expect(said).toEqual([{ type: 'hold', forMs: expect.any(Number) }])
  const forMs = said[0]?.type === 'hold' ? said[0].forMs : 0
  expect(forMs).toBeGreaterThan(0)
  expect(forMs).toBeLessThanOrEqual(8 * SECOND)
  expect(againAtMs).toBeGreaterThan(5_000)
  expect(againAtMs).toBeLessThan(5_000 + forMs)
})

test('the worker is told again in time, and not each time that something is planned', () => {
  const { demand, said } = demandOf()
  demand.need(chunk(20), [run(20, 24)], 0)
  const againAtMs = demand.hold(8 * SECOND, 0) ?? 0
  expect(demand.hold(8 * SECOND, againAtMs - 1)).toBe(againAtMs)
  expect(said).toHaveLength(1)
  demand.hold(8 * SECOND, againAtMs)
  expect(said).toHaveLength(2)
})

test('a video that waits is not told to', () => {
  const { demand, said } = demandOf()
  expect(demand.hold(8 * SECOND, 0)).toBeUndefined()
  demand.need(chunk(20), [run(20, 24)], 0)
  expect(demand.hold(0, 0)).toBeUndefined()
  expect(said).toEqual([])
})
