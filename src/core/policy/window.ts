/** How far ahead of its video a response asks: little at first, as browsers open several responses after a seek and drop them at once. */

import { type ChunkIndex, type ChunkRun, chunk } from '../units.js'

/** Asked ahead by a new response. */
const FIRST_WINDOW_CHUNKS = 4
/** Asked ahead by one that goes on: 2 MiB, which keeps a fast neighbour busy. */
const LAST_WINDOW_CHUNKS = 32

export class AskAhead {
  #asked: ChunkIndex
  #window = FIRST_WINDOW_CHUNKS

  constructor(readonly run: ChunkRun) {
    this.#asked = run.from
  }

  /** The first chunk that was not asked for yet. */
  get askedTo(): ChunkIndex {
    return this.#asked
  }

  /** The video was given another chunk. */
  handedOver(): void {
    this.#window = Math.min(this.#window + 1, LAST_WINDOW_CHUNKS)
  }

  /**
   * What to ask for now, in strides of a quarter window, so that the store is read in batches.
   *
   * @param cursor - the next chunk that the video takes
   */
  ask(cursor: ChunkIndex): ChunkRun | undefined {
    const to = chunk(Math.min(cursor + this.#window, this.run.to))
    const isStride = to - this.#asked >= this.#window / 4 || to === this.run.to
    if (to <= this.#asked || (this.#asked > cursor && !isStride)) return undefined
    const from = this.#asked
    this.#asked = to
    return { from, to }
  }
}
