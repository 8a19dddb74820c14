/** Films that are there as a whole before anybody asks: each reads its chunks where they are, and nothing is kept here. */

import { ChunkSet } from '../core/chunk-set.js'
import { type ChunkRun, run } from '../core/units.js'
import type { ChunkStorage, StoredChunk } from './chunk-storage.js'
import type { Film } from './film.js'

export class FilmStorage implements ChunkStorage {
  readonly #films = new Map<string, Film>()

  /** Nothing is kept here that is not there already. */
  readonly roomBytes = 0

  /** Has a film as the resource of a root; it closes with it. */
  add(root: string, film: Film): void {
    this.#films.set(root, film)
  }

  async holding(root: string, chunkCount: number): Promise<ChunkSet> {
    return new ChunkSet(chunkCount, this.#films.has(root) ? [run(0, chunkCount)] : [])
  }

  async read(root: string, of: ChunkRun): Promise<StoredChunk[]> {
    return (await this.#films.get(root)?.read(of)) ?? []
  }

  keep(): void {
    // It is there already.
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
    await film?.close()
  }

  async clear(): Promise<void> {
    for (const root of [...this.#films.keys()]) await this.forget(root)
  }
}
