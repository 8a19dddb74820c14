/** The facts that the scheduler decides by. */

import type { ChunkSet } from '../chunk-set.js'
import type { ChunkIndex, ChunkRun } from '../units.js'
import type { SourceBook } from './source-book.js'

/** What one open response of the worker still lacks. */
export interface Demand {
  readonly id: number
  /** First and last chunk of the whole response. */
  readonly run: ChunkRun
  /** First chunk that the video has not been given. */
  readonly cursor: ChunkIndex
  /** Chunks that the worker asked for and does not have, ascending. */
  readonly missing: ReadonlySet<ChunkIndex>
  /** Whether a media element plays it; a loader of the page's own wants everything at once. */
  readonly isPlayed: boolean
  /** Time until the video has played all it was given: 0 where it waits. */
  readonly bufferedMs: number
  /** Playing time of a chunk; `undefined` until it is known. */
  readonly chunkMs: number | undefined
  /** What was granted from the origin and has not come yet. */
  readonly origin: ChunkRun | undefined
}

/** What the origin's line has been seen to do. */
export interface Line {
  /** From a request to the first byte. */
  readonly latencyMs: number
  /** From chunk to chunk. */
  readonly chunkMs: number
}

/** How far the search for neighbours has come. */
export type SwarmState = 'off' | 'searching' | 'over'

export interface Situation {
  readonly nowMs: number
  readonly book: SourceBook
  readonly held: ChunkSet
  /** Chunks that the origin gave and that are about to be held: nobody need be asked for them. */
  readonly arriving: ReadonlySet<ChunkIndex>
  readonly demands: readonly Demand[]
  readonly swarm: SwarmState
  /** Chunks that the video was given in this visit. */
  readonly handedChunks: number
  /** Responses that the video has opened while nobody knows how fast it plays. */
  readonly jumps: number
  /** Whether the origin may be asked: not with `data-origin="never"`, nor while it fails. */
  readonly isOriginOpen: boolean
  /** `undefined` until it is known. */
  readonly line?: Line | undefined
  /** First and last chunk that may be fetched ahead of any demand. */
  readonly prefetch: ChunkRun
}
