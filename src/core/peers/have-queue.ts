/** Chunks gained, until they are sent to the neighbours: several in one message. */

import { type ChunkIndex, type ChunkRun, isInRun, runsOf } from '../units.js'

/** From the first chunk gained to the message: a message for each would double the messages. */
export const HAVE_WAIT_MS = 50

export class HaveQueue {
  #indices: ChunkIndex[] = []
  #isDue = false

  /** Adds a chunk; whether it is the first, so that the queue is due after `HAVE_WAIT_MS`. */
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

  /** Empties the queue; returns what to send now. */
  take(): ChunkRun[] {
    const runs = runsOf(this.#indices.sort((a, b) => a - b))
    this.#indices = []
    this.#isDue = false
    return runs
  }
}
