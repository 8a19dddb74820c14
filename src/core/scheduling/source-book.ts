/** The neighbours of one resource: the facts about them that the scheduler decides by. */

import type { ChunkIndex } from '../units.js'
import { Neighbour } from './neighbour.js'

export class SourceBook {
  readonly #neighbours = new Map<string, Neighbour>()
  #letDownSinceMs = Number.NEGATIVE_INFINITY

  constructor(readonly chunkCount: number) {}

  get neighbours(): Iterable<Neighbour> {
    return this.#neighbours.values()
  }

  get size(): number {
    return this.#neighbours.size
  }

  get(id: string): Neighbour | undefined {
    return this.#neighbours.get(id)
  }

  join(id: string, maxWants: number, nowMs: number): void {
    this.#neighbours.set(id, new Neighbour(id, maxWants, this.chunkCount, nowMs))
  }

  leave(id: string): void {
    this.#neighbours.delete(id)
  }

  /** When a neighbour was asked, the last time that a viewer waited for one in vain: since then others may have given as little. */
  get letDownSinceMs(): number {
    return this.#letDownSinceMs
  }

  letDown(sinceMs = Number.NEGATIVE_INFINITY): void {
    this.#letDownSinceMs = Math.max(this.#letDownSinceMs, sinceMs)
  }

  /** The peers asked for each chunk, or that gave it and it is not verified yet. */
  asked(): Map<ChunkIndex, Neighbour> {
    const asked = new Map<ChunkIndex, Neighbour>()
    for (const each of this.#neighbours.values())
      for (const indices of [each.unchecked, each.asks.keys()])
        for (const index of indices) if (!asked.has(index)) asked.set(index, each)
    return asked
  }
}
