/**
 * A set of chunks of one resource: one bit a chunk, so that 4 GiB cost 8 KiB. Runs are added, deleted and looked
 * for by words of 32 chunks: neighbours say how long they are.
 */

import { type ChunkIndex, type ChunkRun, chunk } from './units.js'

const WORD_CHUNKS = 32
const ALL = 0xffffffff

export class ChunkSet {
  readonly #words: Uint32Array
  #size = 0

  constructor(
    readonly chunkCount: number,
    runs: Iterable<ChunkRun> = [],
  ) {
    this.#words = new Uint32Array(Math.ceil(chunkCount / WORD_CHUNKS))
    for (const each of runs) this.addRun(each)
  }

  /** How many chunks the set holds. */
  get size(): number {
    return this.#size
  }

  get isComplete(): boolean {
    return this.#size === this.chunkCount
  }

  has(index: ChunkIndex): boolean {
    return this.#isInside(index) && ((this.#word(index >> 5) >>> (index & 31)) & 1) === 1
  }

  /** Adds a chunk; one outside the resource is ignored. */
  add(index: ChunkIndex): void {
    if (this.#isInside(index)) this.#set(index >> 5, this.#word(index >> 5) | (1 << (index & 31)))
  }

  delete(index: ChunkIndex): void {
    if (this.#isInside(index)) this.#set(index >> 5, this.#word(index >> 5) & ~(1 << (index & 31)))
  }

  addRun(run: ChunkRun): void {
    this.#visit(run, (at, bits) => this.#set(at, this.#word(at) | bits))
  }

  deleteRun(run: ChunkRun): void {
    this.#visit(run, (at, bits) => this.#set(at, this.#word(at) & ~bits))
  }

  /** The chunks held, as the fewest runs, in order. */
  runs(): ChunkRun[] {
    const runs: ChunkRun[] = []
    let from = this.#next(0, true)
    while (from < this.chunkCount) {
      const to = this.#next(from, false)
      runs.push({ from: chunk(from), to: chunk(to) })
      from = this.#next(to, true)
    }
    return runs
  }

  /** The first chunk at or after `from` that is held, or not held; `chunkCount` if there is none. */
  next(from: ChunkIndex, held: boolean): ChunkIndex {
    return chunk(this.#next(from, held))
  }

  /** The first chunk at or after `from` that one of some others holds and this set does not; `chunkCount` if there is none. */
  nextOf(others: readonly ChunkSet[], from: ChunkIndex): ChunkIndex {
    let mask = ALL << (from & 31)
    for (let at = from >> 5; at < this.#words.length; at++) {
      let offered = 0
      for (const each of others) offered |= each.#word(at)
      const found = offered & ~this.#word(at) & mask
      if (found !== 0) return chunk(at * WORD_CHUNKS + 31 - Math.clz32(found & -found))
      mask = ALL
    }
    return chunk(this.chunkCount)
  }

  /** How many chunks of a run the set does not hold. */
  lackedIn(run: ChunkRun): number {
    let lacked = 0
    this.#visit(run, (at, bits) => {
      lacked += ones(~this.#word(at) & bits)
    })
    return lacked
  }

  /** Bit operations would take another number, e.g. `NaN`, for some chunk. */
  #isInside(index: number): boolean {
    return index >= 0 && index < this.chunkCount && Number.isInteger(index)
  }

  #next(from: number, held: boolean): number {
    let mask = ALL << (from & 31)
    for (let at = from >> 5; at < this.#words.length; at++) {
      const found = (held ? this.#word(at) : ~this.#word(at)) & mask
      if (found !== 0)
        return Math.min(at * WORD_CHUNKS + 31 - Math.clz32(found & -found), this.chunkCount)
      mask = ALL
    }
    return this.chunkCount
  }

  /** Visits the words that a run touches, with the bits of each that are in the run. */
  #visit({ from, to }: ChunkRun, visit: (at: number, bits: number) => void): void {
    const start = Math.max(from, 0)
    const end = Math.min(to, this.chunkCount)
    if (start >= end) return
    for (let at = start >> 5; at * WORD_CHUNKS < end; at++) {
      const first = Math.max(start - at * WORD_CHUNKS, 0)
      const last = Math.min(end - at * WORD_CHUNKS, WORD_CHUNKS) - 1
      visit(at, (ALL << first) & (ALL >>> (31 - last)))
    }
  }

  #word(at: number): number {
    return this.#words[at] ?? 0
  }

  #set(at: number, word: number): void {
    this.#size += ones(word) - ones(this.#word(at))
    this.#words[at] = word
  }
}

/** How many bits of a word are set: in pairs, then in fours, then in octets, which a product sums. */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
