/** Playback facts: the last known position and state of a resource's viewer. */

/** Reported when something changes, and some times a second while it plays. */
export interface Playback {
  readonly isPlaying: boolean
  /** Whether the picture stands still for want of data. */
  readonly isStarved: boolean
  /** Whether the viewer has gone to another place, whose picture is not there yet. */
  readonly isSeeking: boolean
  readonly currentMs: number
  /** Playing time of the whole film; `undefined` where it is not known, as of a live recording. */
  readonly durationMs: number | undefined
  /** The latest time that the video has data of. */
  readonly reachedMs: number
  /** Speed of playing; 1 where it is paused. */
  readonly rate: number
}

/** A playback goes on by itself between two reports. */
export function playbackAt(reported: Playback, reportedAtMs: number, nowMs: number): Playback {
  if (!reported.isPlaying || reported.isStarved || reported.isSeeking) return reported
  return {
    ...reported,
    currentMs: reported.currentMs + Math.max(0, nowMs - reportedAtMs) * reported.rate,
  }
}

/**
 * A film without a duration, such as a recording, is as long as what was read of it says: less than it is,
 * as more was read than shows. Not before it plays: Chromium begins with such a film only when it has taken in as much as it
 * wants.
 *
 * @param readChunks - how far the video has read
 */
export function withLength(
  playback: Playback | undefined,
  readChunks: number,
  chunkCount: number,
): Playback | undefined {
  if (!playback || playback.durationMs !== undefined || readChunks === 0) return playback
  if (!playback.isPlaying && playback.currentMs === 0) return playback
  const durationMs = (playback.reachedMs / readChunks) * chunkCount
  return durationMs > 0 ? { ...playback, durationMs } : playback
}
