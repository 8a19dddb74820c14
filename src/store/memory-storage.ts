/** Chunks kept in memory: for a browser without storage, for live segments, and for tests. */

import { ChunkSet } from '../core/chunk-set.js'
import { type ChunkIndex, type ChunkRun, isInRun, runsOf } from '../core/units.js'
import type { ChunkStorage, OnLost, StoredChunk } from './chunk-storage.js'
import type { VerifiedChunk } from './verify.js'

interface Kept {
  readonly root: string
  readonly chunk: VerifiedChunk
}

export interface MemoryStorageOptions {
  /** Bytes kept at most; the oldest go first. */
  readonly capacityBytes: number
  readonly onLost?: OnLost
}

export class MemoryStorage implements ChunkStorage {
  /** By resource and chunk, oldest first. */
  readonly #kept = new Map<string, Kept>()
  readonly #capacityBytes: number
  readonly #onLost: OnLost
  #bytes = 0

  constructor({ capacityBytes, onLost = () => {} }: MemoryStorageOptions) {
    this.#capacityBytes = capacityBytes
    this.#onLost = onLost
  }

  get roomBytes(): number {
    return Math.max(0, this.#capacityBytes - this.#bytes)
  }

  async holding(root: string, chunkCount: number): Promise<ChunkSet> {
    const held = new ChunkSet(chunkCount)
    for (const { chunk } of this.#of(root)) held.add(chunk.index)
    return held
  }

  async read(root: string, run: ChunkRun): Promise<StoredChunk[]> {
    return this.#of(root)
      .map(({ chunk: { index, bytes } }) => ({ index, bytes }))
      .filter(({ index }) => isInRun(index, run))
      .sort((a, b) => a.index - b.index)
  }

  keep(root: string, _chunkCount: number, chunk: VerifiedChunk): void {
    this.#delete(keyOf(root, chunk.index))
    this.#kept.set(keyOf(root, chunk.index), { root, chunk })
    this.#bytes += chunk.bytes.length
    for (const [key, oldest] of this.#kept) {
      if (this.#bytes <= this.#capacityBytes) break
      this.#delete(key)
      this.#onLost(oldest.root, runsOf([oldest.chunk.index]))
    }
  }

  use(): void {
    // The oldest go first, whatever is watched.
  }

  async flush(): Promise<void> {
    // Nothing is written.
  }

  async forget(root: string): Promise<void> {
    for (const { chunk } of this.#of(root)) this.#delete(keyOf(root, chunk.index))
  }

  async clear(): Promise<void> {
    this.#kept.clear()
    this.#bytes = 0
  }

  #of(root: string): Kept[] {
    return [...this.#kept.values()].filter(each => each.root === root)
  }

  #delete(key: string): void {
    this.#bytes -= this.#kept.get(key)?.chunk.bytes.length ?? 0
    this.#kept.delete(key)
  }
}

const keyOf = (root: string, index: ChunkIndex): string => `${root} ${index}`
