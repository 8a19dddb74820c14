import { expect, test } from 'vitest'
import { OpenDemand } from '../../../../src/core/policy/open-demand.js'
import { type ChunkRun, chunk, run } from '../../../../src/core/units.js'
import { playbackOf } from './playbacks.js'

/* A film of 100 chunks and 100 seconds. */
const CHUNKS = 100
const SECOND = 1_000

function demandOf({
  of = run(20, 100),
  isPlayed = true,
  origin = undefined as ChunkRun | undefined,
} = {}): OpenDemand {
  return new OpenDemand({ id: 7, run: of, isPlayed, origin }, 0)
}

test('a new demand lacks nothing and stands at its first chunk', () => {
  const demand = demandOf()
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
  const demand = demandOf()
  demand.need(chunk(20), [run(20, 24)], 0)
  demand.fetched(chunk(21), 0)
  demand.missing.delete(chunk(20))
  expect([...demand.facts(undefined, CHUNKS, 0).missing]).toEqual([22, 23])
})

test('what is missing is ascending, in whatever order it was asked for', () => {
  const demand = demandOf()
  demand.need(chunk(20), [run(24, 26)], 0)
  demand.need(chunk(20), [run(20, 22)], 0)
  expect([...demand.facts(undefined, CHUNKS, 0).missing]).toEqual([20, 21, 24, 25])
})

test('the cursor goes with the needs, and never back', () => {
  const demand = demandOf()
  demand.need(chunk(22), [run(24, 26)], 0)
  demand.need(chunk(20), [run(20, 24)], 0)
  expect(demand.facts(undefined, CHUNKS, 0).cursor).toBe(22)
})

test('the origin is granted its run, and what is left of it is known', () => {
  const demand = demandOf()
  demand.granted(run(20, 24), 0)
  expect(demand.origin).toEqual(run(20, 24))
  demand.fetched(chunk(20), 0)
  expect(demand.facts(undefined, CHUNKS, 0).origin).toEqual(run(21, 24))
  demand.fetched(chunk(50), 0)
  demand.fetched(chunk(22), 0)
  expect(demand.facts(undefined, CHUNKS, 0).origin).toEqual(run(23, 24))
  demand.fetched(chunk(23), 0)
  expect(demand.facts(undefined, CHUNKS, 0).origin).toBeUndefined()
})

test('the origin is stopped', () => {
  const demand = demandOf({ origin: run(20, 28) })
  expect(demand.facts(undefined, CHUNKS, 0).origin).toEqual(run(20, 28))
  demand.granted(undefined, 0)
  expect(demand.origin).toBeUndefined()
  expect(demand.facts(undefined, CHUNKS, 0).origin).toBeUndefined()
})

test('an origin that gives nothing for long is planned for no more', () => {
  const demand = demandOf()
  demand.need(chunk(20), [run(20, 24)], 1_000)
  demand.granted(run(20, 24), 1_000)
  expect(demand.facts(undefined, CHUNKS, 1_100).origin).toEqual(run(20, 24))
  demand.fetched(chunk(20), 5_000)
  expect(demand.facts(undefined, CHUNKS, 5_100).origin).toEqual(run(21, 24))
  expect(demand.facts(undefined, CHUNKS, 20_000).origin).toBeUndefined()
})

test('it is thought over once when it stalls, and not again and again while it does', () => {
  const demand = demandOf()
  expect(demand.originStallsAtMs(0)).toBeUndefined()
  demand.need(chunk(20), [run(20, 24)], 1_000)
  demand.granted(run(20, 24), 1_000)
  const stallsAtMs = demand.originStallsAtMs(1_000) ?? 0
  expect(stallsAtMs).toBeGreaterThan(1_000)
  expect(demand.originStallsAtMs(stallsAtMs)).toBeUndefined()
})

test('an origin that has ended is not waited for', () => {
  const demand = demandOf({ origin: run(20, 24) })
  demand.originEnded()
  expect(demand.facts(undefined, CHUNKS, 0).origin).toBeUndefined()
  expect(demand.originStallsAtMs(0)).toBeUndefined()
})

test('where the film is not loaded, nothing is known of its time', () => {
  const demand = demandOf()
  expect(demand.facts(undefined, CHUNKS, 0)).toMatchObject({ chunkMs: undefined, bufferedMs: 0 })
})

test('what was given and not played is buffered', () => {
  const demand = demandOf()
  expect(demand.facts(playbackOf(20 * SECOND), CHUNKS, 0)).toMatchObject({
    chunkMs: SECOND,
    bufferedMs: 0,
  })
  demand.need(chunk(26), [run(26, 30)], 0)
  expect(demand.facts(playbackOf(20 * SECOND), CHUNKS, 0).bufferedMs).toBe(6 * SECOND)
  expect(demand.facts(playbackOf(24 * SECOND), CHUNKS, 0).bufferedMs).toBe(2 * SECOND)
  expect(demand.facts(playbackOf(27 * SECOND), CHUNKS, 0).bufferedMs).toBe(0)
})

test('where the film plays faster, the same lasts shorter', () => {
  const demand = demandOf()
  demand.facts(playbackOf(20 * SECOND), CHUNKS, 0)
  demand.need(chunk(26), [run(26, 30)], 0)
  expect(demand.facts(playbackOf(20 * SECOND, { rate: 2 }), CHUNKS, 0).bufferedMs).toBe(3 * SECOND)
})

test('a video that starves though it was given something long ago has nothing left', () => {
  const demand = demandOf()
  demand.facts(playbackOf(20 * SECOND), CHUNKS, 0)
  demand.need(chunk(26), [run(26, 30)], 10 * SECOND)
  const starved = playbackOf(20 * SECOND, { isStarved: true })
  expect(demand.facts(starved, CHUNKS, 10 * SECOND + 10).bufferedMs).toBe(6 * SECOND)
  expect(demand.facts(starved, CHUNKS, 12 * SECOND).bufferedMs).toBe(0)
})

test('a response that lacks something while the video has enough is sent a hold', () => {
  const demand = demandOf()
  demand.need(chunk(20), [run(20, 24)], 0)
  const { forMs = 0, againAtMs = 0 } = demand.hold(8 * SECOND, 5_000)
  expect(forMs).toBeGreaterThan(0)
  expect(forMs).toBeLessThanOrEqual(8 * SECOND)
  expect(againAtMs).toBeGreaterThan(5_000)
  expect(againAtMs).toBeLessThan(5_000 + forMs)
})

test('it is sent another in time, and not each time that something is planned', () => {
  const demand = demandOf()
  demand.need(chunk(20), [run(20, 24)], 0)
  const { againAtMs = 0 } = demand.hold(8 * SECOND, 0)
  expect(demand.hold(8 * SECOND, againAtMs - 1)).toEqual({ againAtMs })
  expect(demand.hold(8 * SECOND, againAtMs).forMs).toBeGreaterThan(0)
})

test('it is sent another at once where the origin gave what was not granted', () => {
  const demand = demandOf({ origin: run(20, 22) })
  demand.need(chunk(20), [run(20, 30)], 0)
  demand.hold(8 * SECOND, 0)
  demand.fetched(chunk(20), 10)
  expect(demand.hold(8 * SECOND, 10).forMs).toBeUndefined()
  demand.fetched(chunk(25), 20)
  expect(demand.hold(8 * SECOND, 20).forMs).toBeGreaterThan(0)
})

test('a video that waits is sent none', () => {
  const demand = demandOf()
  expect(demand.hold(8 * SECOND, 0)).toEqual({})
  demand.need(chunk(20), [run(20, 24)], 0)
  expect(demand.hold(0, 0)).toEqual({})
})

test('the cursor is the first chunk that is missing, though the response never reports again', () => {
  const demand = demandOf()
  demand.need(chunk(20), [run(20, 100)], 0)
  for (let index = 20; index < 90; index++) demand.missing.delete(chunk(index))
  expect(demand.cursor).toBe(90)
  expect(demand.facts(playbackOf(20 * SECOND), CHUNKS, 0).bufferedMs).toBe(70 * SECOND)
  demand.missing.delete(chunk(95))
  expect(demand.cursor).toBe(90)
})

test('a response that was given all that it asked for stands where it has not asked yet', () => {
  const demand = demandOf()
  demand.need(chunk(20), [run(20, 24)], 0)
  for (const index of demand.missing) demand.fetched(index, 0)
  expect(demand.cursor).toBe(24)
})

test('an origin that has failed is known to have, until it gives something', () => {
  const demand = demandOf({ origin: run(20, 24) })
  expect(demand.hasOriginFailed).toBe(false)
  demand.originFailed()
  expect(demand.hasOriginFailed).toBe(true)
  expect(demand.origin).toBeUndefined()
  demand.fetched(chunk(20), 0)
  expect(demand.hasOriginFailed).toBe(false)
})

test('an origin is stalled only while something granted is waited for', () => {
  const demand = demandOf()
  expect(demand.isOriginStalled(60_000)).toBe(false)
  demand.granted(run(20, 24), 60_000)
  expect(demand.isOriginStalled(61_000)).toBe(false)
  demand.need(chunk(20), [run(20, 22)], 60_000)
  expect(demand.isOriginStalled(60_999)).toBe(false)
  expect(demand.isOriginStalled(61_000)).toBe(true)
  demand.fetched(chunk(20), 61_500)
  expect(demand.isOriginStalled(61_500)).toBe(false)
  demand.granted(undefined, 61_500)
  expect(demand.isOriginStalled(99_000)).toBe(false)
})

test('what another response waits for is waited for, from then on', () => {
  const demand = demandOf({ origin: run(20, 24) })
  expect(demand.readOn(chunk(22), 60_000)).toBe(true)
  expect(demand.readOn(chunk(22), 60_500)).toBe(false)
  expect(demand.isOriginStalled(60_999)).toBe(false)
  expect(demand.isOriginStalled(61_000)).toBe(true)
})

test('what passed on the way to a response is no part of what was granted', () => {
  const demand = demandOf({ origin: run(20, 24) })
  demand.need(chunk(20), [run(20, 24)], 0)
  demand.hold(8 * SECOND, 0)
  demand.fetched(chunk(18), 10)
  expect(demand.origin).toEqual(run(20, 24))
  // Nor does it say that whoever asks the origin believes itself alone.
  expect(demand.hold(8 * SECOND, 10).forMs).toBeUndefined()
})

test('a loader shows no picture, whatever an element plays beside it', () => {
  const demand = demandOf({ isPlayed: false })
  demand.need(chunk(40), [run(40, 50)], 0)
  expect(demand.facts(playbackOf(20 * SECOND), CHUNKS, 0)).toMatchObject({
    chunkMs: undefined,
    bufferedMs: 0,
  })
})
