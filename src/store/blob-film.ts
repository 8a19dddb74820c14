/** A file that its owner picked in a browser, given as it lies on disk: read when it is asked for, and never copied. */

import { copyOfChunk } from '../core/format/chunk-bytes.js'
import { ChunkMap } from '../core/format/chunk-map.js'
import { CHUNK_BYTES, type ChunkRun, chunksIn } from '../core/units.js'
import type { StoredChunk } from './chunk-storage.js'
import type { Film } from './film.js'

export class BlobFilm implements Film {
  readonly trouble = undefined
  readonly #map: ChunkMap

  constructor(
    readonly name: string,
    readonly blob: Blob,
  ) {
    this.#map = new ChunkMap(blob.size)
  }

  /** What cannot be read is not there: browsers read nothing of a file that was changed since it was picked. */
  async read(of: ChunkRun): Promise<StoredChunk[]> {
    const { from, to } = this.#map.spanOf(of)
    const bytes = await this.#bytes(from, to)
    const found: StoredChunk[] = []
    for (const index of chunksIn([of])) {
      const at = (index - of.from) * CHUNK_BYTES
      const chunk = bytes?.subarray(at, at + CHUNK_BYTES)
      if (!chunk?.length || chunk.length !== this.#map.bytesOf(index)) break
      found.push({ index, bytes: copyOfChunk(chunk) })
    }
    return found
  }

  async change(): Promise<string | undefined> {
    const { size } = this.blob
    return (await this.#bytes(size - 1, size)) ? undefined : 'can no longer be read'
  }

  async close(): Promise<void> {
    // A browser lets go of a file with the last object that names it.
  }

  async #bytes(from: number, to: number): Promise<Uint8Array | undefined> {
    try {
      return new Uint8Array(await this.blob.slice(from, to).arrayBuffer())
    } catch {
      return undefined
    }
  }
}
