/** Maps the chunks of a resource to its bytes. */

import { type ByteSpan, CHUNK_BYTES, type ChunkIndex, type ChunkRun, run } from '../units.js'

/** The geometry of a resource of known size. */
export class ChunkMap {
  readonly chunkCount: number

  constructor(readonly sizeBytes: number) {
    this.chunkCount = Math.ceil(sizeBytes / CHUNK_BYTES)
  }

  /** The bytes of a run of chunks; the resource's last chunk may be short. */
  spanOf({ from, to }: ChunkRun): ByteSpan {
    return { from: from * CHUNK_BYTES, to: Math.min(to * CHUNK_BYTES, this.sizeBytes) }
  }

  /** Bytes of one chunk. */
  bytesOf(index: ChunkIndex): number {
    return Math.min(CHUNK_BYTES, this.sizeBytes - index * CHUNK_BYTES)
  }
}

/** The fewest chunks that hold a span. */
export const chunksOf = ({ from, to }: ByteSpan): ChunkRun =>
  run(Math.floor(from / CHUNK_BYTES), Math.ceil(to / CHUNK_BYTES))
