/** The sizes and units that every part of Swarmtag agrees on. Bytes and chunks never mix: a `ChunkIndex` is no byte offset. */

/** Bytes of one chunk, the unit that is hashed, stored and traded. The last chunk of a resource may be shorter. */
export const CHUNK_BYTES = 65_536

/** Chunks whose digests make up one digest page: 32 KiB of digests cover 64 MiB. */
export const PAGE_CHUNKS = 1_024

/** Bytes of a SHA-256 digest. */
export const DIGEST_BYTES = 32

/** Position of a chunk in its resource, from 0. */
export type ChunkIndex = number & { readonly unit: 'chunk' }

/** Says that a number counts chunks. */
export const chunk = (index: number): ChunkIndex => index as ChunkIndex

/** Neighbouring chunks; `to` is the first chunk that no longer belongs to the run. */
export interface ChunkRun {
  readonly from: ChunkIndex
  readonly to: ChunkIndex
}

/** Neighbouring bytes; `to` is the first byte that no longer belongs to the span. */
export interface ByteSpan {
  readonly from: number
  readonly to: number
}

/** A run from two plain numbers. */
export const run = (from: number, to: number): ChunkRun => ({ from: chunk(from), to: chunk(to) })

/** Whether a chunk belongs to a run, if there is one. */
export const isInRun = (index: ChunkIndex, run: ChunkRun | undefined): boolean =>
  run !== undefined && index >= run.from && index < run.to

/** Joins ascending chunk indices into the fewest runs. */
export function runsOf(ascending: Iterable<ChunkIndex>): ChunkRun[] {
  const runs: { from: ChunkIndex; to: ChunkIndex }[] = []
  for (const index of ascending) {
    const last = runs.at(-1)
    if (last && last.to === index) last.to = chunk(index + 1)
    else runs.push(run(index, index + 1))
  }
  return runs
}

/** The chunks of some runs, one by one. */
export function* chunksIn(runs: Iterable<ChunkRun>): Generator<ChunkIndex> {
  for (const { from, to } of runs)
    for (let index = from; index < to; index = chunk(index + 1)) yield index
}
