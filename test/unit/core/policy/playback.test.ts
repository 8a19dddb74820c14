import { expect, test } from 'vitest'
import { playbackAt, withLength } from '../../../../src/core/policy/playback.js'
import { playbackOf } from './playbacks.js'

test('what plays goes on between two reports, as fast as it plays', () => {
  expect(playbackAt(playbackOf(5_000), 100, 350).currentMs).toBe(5_250)
  expect(playbackAt(playbackOf(5_000, { rate: 2 }), 100, 350).currentMs).toBe(5_500)
  expect(playbackAt(playbackOf(5_000), 350, 100).currentMs).toBe(5_000)
})

test.each([
  ['is paused', { isPlaying: false }],
  ['waits for data', { isStarved: true }],
  ['waits for the picture of another place', { isSeeking: true }],
])('what %s stands still', (_what, more) => {
  const reported = playbackOf(5_000, more)
  expect(playbackAt(reported, 100, 9_000)).toEqual(reported)
})

test('a length that the film states is believed', () => {
  const reported = playbackOf(10_000, { durationMs: 100_000, reachedMs: 20_000 })
  expect(withLength(reported, 40, 1_000)).toEqual(reported)
})

test('a length that it does not state is guessed from what was read', () => {
  const reported = playbackOf(10_000, { durationMs: undefined, reachedMs: 20_000 })
  expect(withLength(reported, 40, 1_000)?.durationMs).toBe(500_000)
})

test.each([
  ['nothing was read', { reachedMs: 20_000 }, 0],
  ['nothing shows of what was read', { reachedMs: 0 }, 40],
  ['it has not begun', { isPlaying: false, currentMs: 0, reachedMs: 20_000 }, 40],
])('nothing is guessed where %s', (_why, more, readChunks) => {
  const reported = playbackOf(10_000, { durationMs: undefined, ...more })
  expect(withLength(reported, readChunks, 1_000)).toEqual(reported)
})

test('what paused in the middle of a film of unknown length has one', () => {
  const reported = playbackOf(10_000, {
    durationMs: undefined,
    isPlaying: false,
    reachedMs: 20_000,
  })
  expect(withLength(reported, 40, 1_000)?.durationMs).toBe(500_000)
})

test('where nobody plays nothing is known', () => {
  expect(withLength(undefined, 40, 1_000)).toBeUndefined()
})
