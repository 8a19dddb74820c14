/** The chunks that one response has requested and not received yet. */

import { type ChunkIndex, type ChunkRun, chunk, chunksIn, runsOf } from '../core/units.js'

export class Needs {
  readonly #needed = new Set<ChunkIndex>()
  #cursor: ChunkIndex
  #askedTo: ChunkIndex

  constructor(from: ChunkIndex) {
    this.#cursor = from
    this.#askedTo = from
  }

  /** The chunk that the video waits for. */
  get cursor(): ChunkIndex {
    return this.#cursor
  }

  get isEmpty(): boolean {
    return this.#needed.size === 0
  }

  get runs(): ChunkRun[] {
    return runsOf(this.#needed)
  }

  add(cursor: ChunkIndex, runs: readonly ChunkRun[]): void {
    this.#cursor = cursor
    for (const index of chunksIn(runs)) {
      this.#needed.add(index)
      this.#askedTo = chunk(index + 1)
    }
  }

  /** Whether a chunk is beyond all that was requested. */
  isAhead(index: ChunkIndex): boolean {
    return index >= this.#askedTo
  }

  /** Removes a chunk that has come; returns whether it was needed. */
  settle(index: ChunkIndex): boolean {
    return this.#needed.delete(index)
  }

  /** What of some runs is still needed. */
  within(runs: readonly ChunkRun[]): ChunkRun[] {
    return runsOf([...chunksIn(runs)].filter(index => this.#needed.has(index)))
  }

  /** The first chunk needed from the cursor on. */
  first(): ChunkIndex {
    for (const index of this.#needed) if (index >= this.#cursor) return index
    return this.#cursor
  }

  /** What of a run has not come yet: the page may have decided before the last chunks were reported. */
  lacking(run: ChunkRun): ChunkRun | undefined {
    let from = run.from
    while (from < this.#askedTo && !this.#needed.has(from)) from = chunk(from + 1)
    return from < run.to ? { from, to: run.to } : undefined
  }
}
