/** What one neighbour gives: chunks that were asked of it, put together from the parts in which they come. */

import type { ChunkMap } from '../core/chunk-map.js'
import { SwarmtagError } from '../core/errors.js'
import { type ChunkIndex, type ChunkRun, isInRun } from '../core/units.js'

/** Parts of a chunk, but the last, are no smaller: each costs as much work as a whole one. */
const LEAST_PART_BYTES = 1_024

export class IncomingChunks {
  readonly #wanted = new Set<ChunkIndex>()
  /** How often a chunk was cancelled while its bytes may have been on the way. */
  readonly #cancelled = new Map<ChunkIndex, number>()
  #assembling: { index: ChunkIndex; bytes: Uint8Array<ArrayBuffer>; filled: number } | undefined

  constructor(readonly map: ChunkMap) {}

  want(indices: readonly ChunkIndex[]): void {
    for (const index of indices) this.#wanted.add(index)
  }

  /** Wants chunks no longer; returns those that were wanted. */
  cancel(indices: readonly ChunkIndex[]): ChunkIndex[] {
    const cancelled = indices.filter(index => this.#wanted.delete(index))
    for (const index of cancelled) this.#cancelled.set(index, (this.#cancelled.get(index) ?? 0) + 1)
    return cancelled
  }

  /** The neighbour does not give these. */
  refuse(runs: readonly ChunkRun[]): void {
    for (const index of this.#wanted)
      if (runs.some(each => isInRun(index, each))) this.#wanted.delete(index)
  }

  /**
   * Takes bytes only for a chunk that was asked for, and only its next ones.
   *
   * @returns the chunk's bytes once all are there, which are not verified yet
   * @throws SwarmtagError `peer-protocol` where the bytes are none that could be on the way
   */
  take(
    index: ChunkIndex,
    offset: number,
    part: Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer> | 'incomplete' | 'unwanted' {
    const chunkBytes = this.map.bytesOf(index)
    const end = offset + part.length
    const isWhole = offset === 0 && part.length === chunkBytes
    if (!this.#wanted.has(index) && !isWhole) return this.#discard(index, end >= chunkBytes)
    if (isWhole) return this.#complete(index, part)
    if (offset === 0 && this.#assembling)
      throw new SwarmtagError('peer-protocol', `chunk ${this.#assembling.index} breaks off`)
    if (part.length < LEAST_PART_BYTES && end < chunkBytes)
      throw new SwarmtagError('peer-protocol', `a part of ${part.length} bytes`)
    if (offset === 0) this.#assembling = { index, bytes: new Uint8Array(chunkBytes), filled: 0 }
    const assembling = this.#assembling
    if (assembling?.index !== index || assembling.filled !== offset || end > chunkBytes)
      // Wanted again while the rest of what was cancelled is on the way.
      return this.#discard(index, end >= chunkBytes)
    assembling.bytes.set(part, offset)
    assembling.filled = end
    if (end < chunkBytes) return 'incomplete'
    this.#assembling = undefined
    return this.#complete(index, assembling.bytes)
  }

  /** A chunk that was cancelled too late is as good as any. */
  #complete(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (!this.#wanted.delete(index)) this.#forgive(index, true)
    return bytes
  }

  #discard(index: ChunkIndex, isLastPart: boolean): 'unwanted' {
    this.#forgive(index, isLastPart)
    if (this.#assembling?.index === index) this.#assembling = undefined
    return 'unwanted'
  }

  /** Lets bytes pass that were on the way when their chunk was cancelled; others are an offence. */
  #forgive(index: ChunkIndex, isLastPart: boolean): void {
    const times = this.#cancelled.get(index)
    if (!times)
      throw new SwarmtagError('peer-protocol', `bytes of chunk ${index} that nobody asked for`)
    if (isLastPart && times > 1) this.#cancelled.set(index, times - 1)
    else if (isLastPart) this.#cancelled.delete(index)
  }
}
