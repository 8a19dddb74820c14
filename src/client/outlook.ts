/** What the scheduler is to know of the viewer: where he is, what his video lacks, and how far ahead to fetch. */

import type { NameOf } from '../bridge/video-url.js'
import type { Demand } from '../core/situation.js'
import { type ChunkIndex, type ChunkRun, chunk } from '../core/units.js'
import type { Manifest } from '../store/manifest.js'
import type { OpenDemand } from './demand.js'
import type { Keeper } from './keeper.js'
import { type Playhead, readPlayhead } from './playhead.js'

/**
 * How far ahead of the video neighbours are asked for more: 4 MiB and a quarter of what it has taken, up to 64 MiB. Each
 * chunk costs processor time now; a quarter more than is played brings half of what twice the pace would
 * (docs/decisions/scheduling.md).
 */
const FIRST_PREFETCH_CHUNKS = 64
const PREFETCH_SHARE = 0.25
const MOST_PREFETCH_CHUNKS = 1_024

/** A response that has given no more than this may be the one that a seek waits for; that of the place before is further ahead. */
const MOST_SOUGHT_MS = 10_000

export interface Viewing {
  /** The video's name. */
  readonly url: string
  readonly nameOf: NameOf
  readonly manifest: Manifest
  readonly keeper: Keeper
  readonly demands: readonly OpenDemand[]
  /** Chunks that the video was given in this visit. */
  readonly handedChunks: number
}

export interface Outlook {
  /** Whether somebody plays or loads the video. */
  readonly isWatched: boolean
  /** The chunk that is played now, as far as the time tells. */
  readonly viewed: ChunkIndex
  /** The facts of each demand, in the same order. */
  readonly demands: readonly Demand[]
  readonly prefetch: ChunkRun
}

export function lookAhead(viewing: Viewing, nowMs: number): Outlook {
  const { url, nameOf, manifest, keeper, demands, handedChunks } = viewing
  const { chunkCount } = manifest.map
  const cursors = demands.map(each => each.cursor)
  const playhead = withLength(readPlayhead(url, nameOf), Math.max(0, ...cursors), chunkCount)
  const share = playhead?.durationMs ? playhead.currentMs / playhead.durationMs : 0
  const viewed = chunk(Math.min(Math.floor(share * chunkCount), chunkCount - 1))
  const isWatched = demands.length > 0 || playhead?.isPlaying === true
  // Where a film is in its bytes is known from what the video takes, and guessed from the time.
  const next = cursors.length > 0 ? chunk(Math.min(...cursors)) : viewed
  const ahead = Math.min(
    FIRST_PREFETCH_CHUNKS + Math.floor(handedChunks * PREFETCH_SHARE),
    MOST_PREFETCH_CHUNKS,
  )
  const facts = demands.map(each => each.facts(playhead, chunkCount, nowMs))
  // The place that the viewer has gone to is not known until something is lacking there.
  const isKnown = !playhead?.isSeeking || facts.some(isForSeek)
  const end = isWatched && isKnown && keeper.hasRoom ? next + ahead : next
  return {
    isWatched,
    viewed,
    demands: facts,
    prefetch: { from: next, to: chunk(Math.min(end, chunkCount)) },
  }
}

/**
 * A film whose head does not tell how long it is, is as long as what was read of it says: less than it is, as more was read
 * than shows. Not before it plays: Chromium begins with such a film only when it has taken in as much as it wants.
 */
function withLength(
  playhead: Playhead | undefined,
  readChunks: number,
  chunkCount: number,
): Playhead | undefined {
  if (!playhead || playhead.durationMs !== undefined || readChunks === 0) return playhead
  if (!playhead.isPlaying && playhead.currentMs === 0) return playhead
  const durationMs = (playhead.reachedMs / readChunks) * chunkCount
  return durationMs > 0 ? { ...playhead, durationMs } : playhead
}

const isForSeek = ({ missing, bufferedMs }: Demand): boolean =>
  missing.size > 0 && bufferedMs < MOST_SOUGHT_MS
