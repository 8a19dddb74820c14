/** Which stored chunks go when the store is full. */

import { ChunkSet } from '../chunk-set.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, chunk } from '../units.js'

/** What the store keeps of one resource. */
export interface Holding {
  readonly root: string
  readonly chunkCount: number
  readonly runs: readonly ChunkRun[]
  /** When a viewer last watched it, in milliseconds since the epoch. */
  readonly usedAtMs: number
}

/** The playheads of what is being watched, by root. */
export type InUse = ReadonlyMap<string, ChunkIndex>

/** Chunks at the head of a film that go last: every new viewer starts there. */
const HEAD_CHUNKS = 16

/**
 * Chooses what to delete so that `freeBytes` are won: first of what nobody watches, the film unused for
 * longest from its tail on; then of what is watched, furthest behind the playhead first, then furthest
 * ahead of it, and the head at last.
 *
 * @param holdings - everything stored
 * @param freeBytes - bytes to win
 * @returns runs to delete, a list a resource; no more than asked, all there is where that is less
 */
export function chooseEvictions(
  holdings: readonly Holding[],
  inUse: InUse,
  freeBytes: number,
): { root: string; runs: ChunkRun[] }[] {
  let missingChunks = Math.ceil(freeBytes / CHUNK_BYTES)
  if (missingChunks <= 0) return []
  const doomed = new Map<string, ChunkSet>()
  for (const [{ root, chunkCount }, index] of leastNeededFirst(holdings, inUse)) {
    const chunks = doomed.get(root) ?? new ChunkSet(chunkCount)
    chunks.add(index)
    doomed.set(root, chunks)
    if (--missingChunks === 0) break
  }
  return [...doomed].map(([root, chunks]) => ({ root, runs: chunks.runs() }))
}

/** Bytes of what is being watched that should not go: the heads, and what is not behind a playhead. */
export function neededBytes(holdings: readonly Holding[], inUse: InUse): number {
  let chunks = 0
  for (const holding of holdings) {
    const playhead = playheadIn(holding, inUse)
    if (playhead === undefined) continue
    for (const { from, to } of holding.runs)
      chunks += to - from - Math.max(0, Math.min(to, playhead) - Math.max(from, HEAD_CHUNKS))
  }
  return chunks * CHUNK_BYTES
}

function* leastNeededFirst(
  holdings: readonly Holding[],
  inUse: InUse,
): Generator<[holding: Holding, index: ChunkIndex]> {
  const oldestFirst = [...holdings].sort((a, b) => a.usedAtMs - b.usedAtMs)
  for (const holding of oldestFirst)
    if (!inUse.has(holding.root))
      for (const { from, to } of [...holding.runs].reverse())
        for (let index = to - 1; index >= from; index--) yield [holding, chunk(index)]

  const watched = oldestFirst.flatMap(holding => {
    const playhead = playheadIn(holding, inUse)
    const held = new ChunkSet(holding.chunkCount, holding.runs)
    return playhead === undefined ? [] : [{ holding, playhead, held }]
  })
  const farthest = Math.max(0, ...watched.map(({ held }) => held.chunkCount))
  for (const isBehind of [true, false])
    for (let distance = farthest; distance >= 0; distance--)
      for (const { holding, playhead, held } of watched) {
        const index = chunk(isBehind ? playhead - 1 - distance : playhead + distance)
        if (index >= HEAD_CHUNKS && held.has(index)) yield [holding, index]
      }
  for (let index = chunk(HEAD_CHUNKS - 1); index >= 0; index = chunk(index - 1))
    for (const { holding, held } of watched) if (held.has(index)) yield [holding, index]
}

/** A playhead is read from a media element, which may know nothing yet. */
function playheadIn({ root, chunkCount }: Holding, inUse: InUse): ChunkIndex | undefined {
  const playhead = inUse.get(root)
  return playhead === undefined
    ? undefined
    : chunk(Math.max(0, Math.min(playhead || 0, chunkCount)))
}
