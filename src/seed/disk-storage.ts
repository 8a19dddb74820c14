/** Films on disk, given away as they lie there: read when they are asked for, and never copied. */

import type { FileHandle } from 'node:fs/promises'
import { roomForChunk } from '../core/chunk-bytes.js'
import { ChunkMap } from '../core/chunk-map.js'
import { ChunkSet } from '../core/chunk-set.js'
import { type ChunkRun, chunksIn, run } from '../core/units.js'
import type { ChunkStorage, StoredChunk } from '../store/chunk-storage.js'
import { fill } from './read-file.js'

interface Film {
  readonly map: ChunkMap
  readonly file: FileHandle
}

export class DiskStorage implements ChunkStorage {
  readonly #films = new Map<string, Film>()

  /** Nothing is kept here that is not there already. */
  readonly roomBytes = 0

  /** Has an open file as the resource of a root, which closes with it. */
  add(root: string, file: FileHandle, sizeBytes: number): void {
    this.#films.set(root, { file, map: new ChunkMap(sizeBytes) })
  }

  async holding(root: string, chunkCount: number): Promise<ChunkSet> {
    const film = this.#films.get(root)
    return new ChunkSet(chunkCount, film ? [run(0, film.map.chunkCount)] : [])
  }

  /** What cannot be read is not there: the file may have been cut. */
  async read(root: string, { from, to }: ChunkRun): Promise<StoredChunk[]> {
    const film = this.#films.get(root)
    if (!film) return []
    const found: StoredChunk[] = []
    for (const index of chunksIn([{ from, to }])) {
      const bytes = roomForChunk(film.map.bytesOf(index))
      const span = film.map.spanOf(run(index, index + 1))
      if (!(await fill(film.file, bytes, span.from).catch(() => false))) break
      found.push({ index, bytes })
    }
    return found
  }

  keep(): void {
    // It is on disk already.
  }

  use(): void {
    // Nothing is ever evicted.
  }

  async flush(): Promise<void> {
    // Nothing is written.
  }

  async forget(root: string): Promise<void> {
    const film = this.#films.get(root)
    this.#films.delete(root)
    await film?.file.close()
  }

  async clear(): Promise<void> {
    for (const root of [...this.#films.keys()]) await this.forget(root)
  }
}
