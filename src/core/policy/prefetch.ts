/** How far ahead of the video neighbours are asked for chunks that nobody needs yet. */

import type { Demand } from '../scheduling/situation.js'
import { type ChunkIndex, type ChunkRun, chunk } from '../units.js'
import type { Playback } from './playback.js'

/**
 * 4 MiB and a quarter of what the video has read, up to 64 MiB. Each chunk costs processor time now; a quarter more than
 * is played brings half of what twice the pace would (docs/decisions/scheduling.md).
 */
const FIRST_PREFETCH_CHUNKS = 64
const PREFETCH_SHARE = 0.25
const MOST_PREFETCH_CHUNKS = 1_024

/** A response that has given no more than this may be the one that a seek waits for; that of the place before is further ahead. */
const MOST_SOUGHT_MS = 10_000

export interface Viewing {
  readonly chunkCount: number
  readonly playback: Playback | undefined
  readonly demands: readonly Demand[]
  /** Chunks that the video was given in this visit. */
  readonly handedChunks: number
  /** Whether the store has room for what is not needed yet. */
  readonly hasRoom: boolean
}

/** Whether somebody plays or loads the resource. */
export const isWatched = ({ demands, playback }: Viewing): boolean =>
  demands.length > 0 || playback?.isPlaying === true

/** The chunk that is played now, estimated from the time. */
export function viewedChunk({ playback, chunkCount }: Viewing): ChunkIndex {
  const { currentMs = 0, durationMs } = playback ?? {}
  const viewed = durationMs ? Math.floor((currentMs / durationMs) * chunkCount) : 0
  return chunk(Math.min(viewed, chunkCount - 1))
}

/** The chunks that may be asked for ahead of any need. */
export function prefetchRun(viewing: Viewing): ChunkRun {
  const { chunkCount, playback, demands, handedChunks, hasRoom } = viewing
  // Where a film is in its bytes is known from what the video takes, and guessed from the time.
  const cursors = demands.map(each => each.cursor)
  const next = cursors.length > 0 ? chunk(Math.min(...cursors)) : viewedChunk(viewing)
  const aheadChunks = Math.min(
    FIRST_PREFETCH_CHUNKS + Math.floor(handedChunks * PREFETCH_SHARE),
    MOST_PREFETCH_CHUNKS,
  )
  // The place that the viewer has gone to is not known until something is lacking there.
  const isPlaceKnown = !playback?.isSeeking || demands.some(isForSeek)
  const end = isWatched(viewing) && isPlaceKnown && hasRoom ? next + aheadChunks : next
  return { from: next, to: chunk(Math.min(end, chunkCount)) }
}

const isForSeek = ({ missing, bufferedMs }: Demand): boolean =>
  missing.size > 0 && bufferedMs < MOST_SOUGHT_MS
