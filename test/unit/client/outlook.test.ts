import { expect, test, vi } from 'vitest'
import { OpenDemand } from '../../../src/client/demand.js'
import type { Keeper } from '../../../src/client/keeper.js'
import { lookAhead } from '../../../src/client/outlook.js'
import type { Playhead } from '../../../src/client/playhead.js'
import { chunk, run } from '../../../src/core/units.js'
import type { Manifest } from '../../../src/store/manifest.js'

/* A film of 1,000 chunks and 1,000 seconds; the element that plays it is what the test says. */
const CHUNKS = 1_000
const SECOND = 1_000
const NOW_MS = 50 * SECOND
const element = vi.hoisted(() => ({ playhead: undefined as unknown }))

vi.mock('../../../src/client/playhead.js', () => ({ readPlayhead: () => element.playhead }))

/** A response whose video has been given the chunks from `from` to `cursor`, and lacks the next four. */
function demandOf(from: number, cursor: number): OpenDemand {
  const channel = { send() {}, close() {} }
  const demand = new OpenDemand(from, 'a worker', run(from, CHUNKS), true, channel, undefined)
  demand.need(chunk(cursor), [run(cursor, cursor + 4)], NOW_MS)
  return demand
}

function prefetchAt(seconds: number, isSeeking: boolean, demands: readonly OpenDemand[]) {
  element.playhead = {
    isPlaying: true,
    isStarved: isSeeking,
    isSeeking,
    currentMs: seconds * SECOND,
    durationMs: CHUNKS * SECOND,
    reachedMs: 0,
    rate: 1,
  } satisfies Playhead
  const manifest = { map: { chunkCount: CHUNKS } } as Manifest
  const keeper = { hasRoom: true } as Keeper
  const viewing = { url: '/film.mp4', nameOf: String, manifest, keeper, demands, handedChunks: 40 }
  return lookAhead(viewing, NOW_MS).prefetch
}

test('what comes next is fetched ahead: 64 chunks, and a quarter of what the video has taken', () => {
  expect(prefetchAt(500, false, [demandOf(500, 540)])).toEqual({ from: 540, to: 614 })
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

test('a film that does not tell how long it is, is as long as what was read of it says', () => {
  const facts = (durationMs: number | undefined, reachedMs: number) => {
    element.playhead = {
      ...{ isPlaying: true, isStarved: false, isSeeking: false, currentMs: 10 * SECOND, rate: 1 },
      ...{ durationMs, reachedMs },
    } satisfies Playhead
    const manifest = { map: { chunkCount: CHUNKS } } as Manifest
    const keeper = { hasRoom: true } as Keeper
    const demands = [demandOf(0, 40)]
    const viewing = {
      url: '/film.webm',
      nameOf: String,
      manifest,
      keeper,
      demands,
      handedChunks: 40,
    }
    const {
      viewed,
      demands: [demand],
    } = lookAhead(viewing, NOW_MS)
    return { viewed, chunkMs: demand?.chunkMs }
  }
  expect(facts(undefined, 20 * SECOND)).toEqual({ viewed: 20, chunkMs: 500 })
  expect(facts(undefined, 0)).toEqual({ viewed: 0, chunkMs: undefined })
  expect(facts(CHUNKS * SECOND, 20 * SECOND)).toEqual({ viewed: 10, chunkMs: SECOND })
})
