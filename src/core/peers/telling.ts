/** Chunks gained that neighbours are not told of yet: several are told together. */

import { type ChunkIndex, type ChunkRun, isInRun, runsOf } from '../units.js'

/** After the first one that was gained: a message for each would double the messages. */
export const TELL_WAIT_MS = 50

export class Untold {
  #indices: ChunkIndex[] = []
  #isDue = false

  /** A chunk was gained; whether all are to be told after `TELL_WAIT_MS`, as none were. */
  gained(index: ChunkIndex): boolean {
    this.#indices.push(index)
    const isFirst = !this.#isDue
    this.#isDue = true
    return isFirst
  }

  /** Chunks are no longer held. */
  lost(runs: readonly ChunkRun[]): void {
    this.#indices = this.#indices.filter(index => !runs.some(each => isInRun(index, each)))
  }

  /** What is to be told now. */
  take(): ChunkRun[] {
    const runs = runsOf(this.#indices.sort((a, b) => a - b))
    this.#indices = []
    this.#isDue = false
    return runs
  }
}
