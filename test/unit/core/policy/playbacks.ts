/** Playbacks to test with. */

import type { Playback } from '../../../../src/core/policy/playback.js'

/** What plays at a time of a film of 100 seconds. */
export const playbackOf = (currentMs: number, more: Partial<Playback> = {}): Playback => ({
  isPlaying: true,
  isStarved: false,
  isSeeking: false,
  currentMs,
  durationMs: 100_000,
  reachedMs: 0,
  rate: 1,
  ...more,
})
