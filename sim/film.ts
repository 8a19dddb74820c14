/** What is watched: only sizes and times matter. */

import { CHUNK_BYTES } from '../src/core/units.js'

export interface Film {
  readonly bitsPerSecond: number
  readonly durationMs: number
  readonly chunkCount: number
  /** Playing time of a chunk. */
  readonly chunkMs: number
}

export function filmOf(bitsPerSecond: number, durationMs: number): Film {
  const bytes = (bitsPerSecond / 8) * (durationMs / 1_000)
  const chunkCount = Math.max(1, Math.round(bytes / CHUNK_BYTES))
  return { bitsPerSecond, durationMs, chunkCount, chunkMs: durationMs / chunkCount }
}
