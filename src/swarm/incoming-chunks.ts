/** Assembles the chunks that were asked of one neighbour from their fragments, which come in order. */

import { SwarmtagError } from '../core/errors.js'
import { roomForChunk } from '../core/format/chunk-bytes.js'
import type { ChunkMap } from '../core/format/chunk-map.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, isInRun } from '../core/units.js'
import type { PeerMessage } from './messages.js'

/** Smaller fragments, but the last of a chunk, are an offence: each costs as much work as a large one. */
const LEAST_PART_BYTES = 1_024
/** What may come while a chunk is verified: 4 MiB, twice what a neighbour is asked for at a time. */
const MAX_UNREAD_BYTES = 64 * CHUNK_BYTES

type Part = Extract<PeerMessage, { type: 'data' }>

/** A chunk that is not verified yet. */
export interface IncomingChunk {
  readonly index: ChunkIndex
  readonly bytes: Uint8Array<ArrayBuffer>
}

export class IncomingChunks {
  readonly #wanted = new Set<ChunkIndex>()
  /** How often a chunk was cancelled while its bytes may have been on the way. */
  readonly #cancelled = new Map<ChunkIndex, number>()
  readonly #unread: Part[] = []
  #unreadBytes = 0
  #assembling: (IncomingChunk & { filledBytes: number }) | undefined

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
   * Queues a fragment until it is read.
   *
   * @throws SwarmtagError `peer-protocol` if it is undersized, too many wait, or it goes past the end of its chunk
   */
  receive(part: Part): void {
    const { index, offset, bytes } = part
    const beyondBytes = offset + bytes.length - this.map.bytesOf(index)
    if (beyondBytes > 0 || (beyondBytes < 0 && bytes.length < LEAST_PART_BYTES))
      throw new SwarmtagError('peer-protocol', `a part of ${bytes.length} bytes of chunk ${index}`)
    this.#unread.push(part)
    this.#unreadBytes += bytes.length
    if (this.#unreadBytes > MAX_UNREAD_BYTES)
      throw new SwarmtagError('peer-protocol', 'the peer sent more than it was asked for')
  }

  /**
   * Reads one message's bytes: only of a chunk that was asked for, and only its next ones.
   *
   * @returns the chunk once it is complete; `undefined` if nothing is unread
   * @throws SwarmtagError `peer-protocol` if the bytes were not asked for, or are not the next ones
   */
  read(): IncomingChunk | 'incomplete' | undefined {
    const part = this.#unread.shift()
    if (!part) return undefined
    const { index, offset, bytes } = part
    this.#unreadBytes -= bytes.length
    if (!this.#wanted.has(index) && !this.#cancelled.has(index))
      throw new SwarmtagError('peer-protocol', `bytes of chunk ${index} that nobody asked for`)
    const chunkBytes = this.map.bytesOf(index)
    const begun = this.#assembling ?? { index, bytes, filledBytes: 0 }
    if (begun.index !== index || begun.filledBytes !== offset)
      throw new SwarmtagError('peer-protocol', `chunk ${begun.index} breaks off`)
    if (bytes.length === chunkBytes) return this.#complete(part)
    this.#assembling ??= { index, bytes: roomForChunk(chunkBytes), filledBytes: 0 }
    this.#assembling.bytes.set(bytes, offset)
    this.#assembling.filledBytes += bytes.length
    return offset + bytes.length < chunkBytes ? 'incomplete' : this.#complete(this.#assembling)
  }

  /** A chunk that was cancelled too late is accepted as well: it may be of use, or corrupt. */
  #complete({ index, bytes }: IncomingChunk): IncomingChunk {
    this.#assembling = undefined
    if (!this.#wanted.delete(index)) this.#forgive(index)
    return { index, bytes }
  }

  /** Each cancellation lets one copy pass that was on the way. */
  #forgive(index: ChunkIndex): void {
    const times = this.#cancelled.get(index) ?? 1
    if (times > 1) this.#cancelled.set(index, times - 1)
    else this.#cancelled.delete(index)
  }
}
