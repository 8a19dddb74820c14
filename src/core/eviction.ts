/** Which stored chunks go when the store is full. */

import { ChunkSet } from './chunk-set.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, chunk } from './units.js'

/** What the store keeps of one resource. */
export interface Holding {
  readonly root: string
  readonly chunkCount: number
  readonly runs: readonly ChunkRun[]
  /** When a viewer last watched it, in milliseconds since the epoch. */
  readonly usedAtMs: number
}

/** Chunks at the head of a film that go last: every new viewer starts there. */
const HEAD_CHUNKS = 16

/**
 * Chooses what to delete so that at least `freeBytes` are won: resources unused for longest go first
 * and whole; of the one in use only what lies furthest behind the playhead, and never its head.
 *
 * @param holdings - everything stored
 * @param inUse - root and playhead of what is being watched; nothing where nothing is
 * @param freeBytes - bytes to win
 * @returns runs to delete, a list a resource; less than asked where the rest is in use
 */
export function chooseEvictions(
  holdings: readonly Holding[],
  inUse: { root: string; playhead: ChunkIndex } | undefined,
  freeBytes: number,
): { root: string; runs: ChunkRun[] }[] {
  const evictions: { root: string; runs: ChunkRun[] }[] = []
  let missingChunks = Math.ceil(freeBytes / CHUNK_BYTES)
  const oldestFirst = holdings
    .filter(each => each.root !== inUse?.root)
    .sort((a, b) => a.usedAtMs - b.usedAtMs)
  for (const { root, runs } of oldestFirst) {
    if (missingChunks <= 0) return evictions
    evictions.push({ root, runs: [...runs] })
    missingChunks -= runs.reduce((sum, { from, to }) => sum + to - from, 0)
  }
  const watched = holdings.find(each => each.root === inUse?.root)
  if (!watched || !inUse || missingChunks <= 0) return evictions
  const behind = new ChunkSet(watched.chunkCount, watched.runs)
  const doomed = new ChunkSet(watched.chunkCount)
  let index = behind.next(chunk(HEAD_CHUNKS), true)
  while (missingChunks > 0 && index < inUse.playhead) {
    doomed.add(index)
    missingChunks--
    index = behind.next(chunk(index + 1), true)
  }
  if (doomed.size > 0) evictions.push({ root: watched.root, runs: doomed.runs() })
  return evictions
}
