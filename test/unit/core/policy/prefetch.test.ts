import { expect, test } from 'vitest'
import { OpenDemand } from '../../../../src/core/policy/open-demand.js'
import { type Playback, withLength } from '../../../../src/core/policy/playback.js'
import {
  isWatched,
  prefetchRun,
  type Viewing,
  viewedChunk,
} from '../../../../src/core/policy/prefetch.js'
import { chunk, run } from '../../../../src/core/units.js'
import { playbackOf } from './playbacks.js'

/* A film of 1,000 chunks and 1,000 seconds. */
const CHUNKS = 1_000
const SECOND = 1_000
const NOW_MS = 50 * SECOND

/** A response whose video has been given the chunks from `from` to `cursor`, and lacks the next four. */
function demandOf(from: number, cursor: number): OpenDemand {
  const opened = { id: from, run: run(from, CHUNKS), isPlayed: true, origin: undefined }
  const demand = new OpenDemand(opened, NOW_MS)
  demand.need(chunk(cursor), [run(cursor, cursor + 4)], NOW_MS)
  return demand
}

const filmAt = (seconds: number, more: Partial<Playback> = {}): Playback =>
  playbackOf(seconds * SECOND, { durationMs: CHUNKS * SECOND, ...more })

function viewingOf(
  playback: Playback | undefined,
  demands: readonly OpenDemand[],
  more: Partial<Viewing> = {},
): Viewing {
  const facts = demands.map(each => each.facts(playback, CHUNKS, NOW_MS))
  return {
    ...{ chunkCount: CHUNKS, playback, demands: facts, handedChunks: 40, hasRoom: true },
    ...more,
  }
}

/** What is fetched ahead; a response is looked at while it plays, and again when the viewer has gone elsewhere. */
function prefetchAt(seconds: number, isSeeking: boolean, demands: readonly OpenDemand[]) {
  return prefetchRun(viewingOf(filmAt(seconds, { isSeeking, isStarved: isSeeking }), demands))
}

test('what comes next is fetched ahead: 64 chunks, and a quarter of what the video has taken', () => {
  expect(prefetchAt(500, false, [demandOf(500, 540)])).toEqual({ from: 540, to: 614 })
})

test('no more than 64 MiB are fetched ahead, and nothing beyond the end', () => {
  const viewing = (at: number, chunkCount: number) =>
    prefetchRun({ ...viewingOf(undefined, []), chunkCount, demands: [sought(at)], ...taken })
  const sought = (at: number) => demandOf(at, at).facts(undefined, CHUNKS, NOW_MS)
  const taken = { handedChunks: 100_000 }
  expect(viewing(10, 20_000)).toEqual({ from: 10, to: 1_034 })
  expect(viewing(990, CHUNKS)).toEqual({ from: 990, to: CHUNKS })
})

test('nothing is fetched ahead of the old place once the viewer has gone to another', () => {
  const old = demandOf(500, 540)
  prefetchAt(500, false, [old])
  const { from, to } = prefetchAt(100, true, [old])
  expect(to).toBe(from)
})

test('nothing is fetched ahead of a place that is guessed from the time', () => {
  const { from, to } = prefetchAt(100, true, [])
  expect(to).toBe(from)
})

test('what comes next at the new place is fetched ahead while its picture is waited for', () => {
  expect(prefetchAt(100, true, [demandOf(97, 99)])).toEqual({ from: 99, to: 173 })
})

test('nothing is fetched ahead where the store is full, or nobody plays or loads', () => {
  const { from, to } = prefetchRun(viewingOf(filmAt(500), [demandOf(500, 540)], { hasRoom: false }))
  expect([from, to]).toEqual([540, 540])
  const paused = viewingOf(filmAt(500, { isPlaying: false }), [])
  expect(isWatched(paused)).toBe(false)
  expect(prefetchRun(paused)).toEqual({ from: 500, to: 500 })
})

test('what plays is watched without a response, and what has one without playing', () => {
  expect(isWatched(viewingOf(filmAt(500), []))).toBe(true)
  expect(isWatched(viewingOf(undefined, [demandOf(0, 0)]))).toBe(true)
  expect(isWatched(viewingOf(undefined, []))).toBe(false)
})

test('the chunk that is played is as far in the film as the time is', () => {
  expect(viewedChunk(viewingOf(filmAt(10), []))).toBe(10)
  expect(viewedChunk(viewingOf(filmAt(5_000), []))).toBe(CHUNKS - 1)
  expect(viewedChunk(viewingOf(undefined, []))).toBe(0)
})

test('a film that does not state its length is as long as what was read of it says', () => {
  const facts = (durationMs: number | undefined, reachedMs: number) => {
    const reported = filmAt(10, { durationMs, reachedMs })
    const demands = [demandOf(0, 40)]
    const viewing = viewingOf(withLength(reported, 40, CHUNKS), demands)
    return { viewed: viewedChunk(viewing), chunkMs: viewing.demands[0]?.chunkMs }
  }
  expect(facts(undefined, 20 * SECOND)).toEqual({ viewed: 20, chunkMs: 500 })
  expect(facts(undefined, 0)).toEqual({ viewed: 0, chunkMs: undefined })
  expect(facts(CHUNKS * SECOND, 20 * SECOND)).toEqual({ viewed: 10, chunkMs: SECOND })
})
