/** A set of chunks of one resource: one bit a chunk, so that 4 GiB cost 8 KiB. */

import { type ChunkIndex, type ChunkRun, chunk } from './units.js'

export class ChunkSet {
  readonly #bits: Uint8Array
  #size = 0

  constructor(
    readonly chunkCount: number,
    runs: Iterable<ChunkRun> = [],
  ) {
    this.#bits = new Uint8Array(Math.ceil(chunkCount / 8))
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
    return this.#isInside(index) && ((this.#bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0
  }

  /** Adds a chunk; one outside the resource is ignored. */
  add(index: ChunkIndex): void {
    if (!this.#isInside(index) || this.has(index)) return
    this.#bits[index >> 3] = (this.#bits[index >> 3] ?? 0) | (1 << (index & 7))
    this.#size++
  }

  delete(index: ChunkIndex): void {
    if (!this.has(index)) return
    this.#bits[index >> 3] = (this.#bits[index >> 3] ?? 0) & ~(1 << (index & 7))
    this.#size--
  }

  addRun({ from, to }: ChunkRun): void {
    const end = Math.min(to, this.chunkCount)
    for (let index = Math.max(from, 0); index < end; index++) this.add(chunk(index))
  }

  deleteRun({ from, to }: ChunkRun): void {
    const end = Math.min(to, this.chunkCount)
    for (let index = Math.max(from, 0); index < end; index++) this.delete(chunk(index))
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

  /** The first chunk at or after `from` that is held, or not held; `chunkCount` where there is none. */
  next(from: ChunkIndex, held: boolean): ChunkIndex {
    return chunk(this.#next(from, held))
  }

  /** Bit operations would take another number, e.g. `NaN`, for some chunk. */
  #isInside(index: number): boolean {
    return index >= 0 && index < this.chunkCount && Number.isInteger(index)
  }

  #next(from: number, held: boolean): number {
    const skip = held ? 0x00 : 0xff
    let index = from
    while (index < this.chunkCount) {
      if ((index & 7) === 0 && this.#bits[index >> 3] === skip) index += 8
      else if (this.has(chunk(index)) === held) return index
      else index++
    }
    return this.chunkCount
  }
}
