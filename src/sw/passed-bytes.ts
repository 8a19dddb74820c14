/** What a body gave over plain HTTP before its manifest came: kept for a while, for the page to share once it can be verified. */

import type { ChunkMap } from '../core/format/chunk-map.js'
import { CHUNK_BYTES, type ChunkIndex, chunk } from '../core/units.js'

/** What comes after is not kept: 4 MiB. */
const MOST_BYTES = 64 * CHUNK_BYTES

export class PassedBytes {
  #parts: Uint8Array<ArrayBuffer>[] = []
  #bytes = 0
  #isFull = false

  /** @param fromByte - place of the first byte in the file */
  constructor(readonly fromByte: number) {}

  get keptBytes(): number {
    return this.#bytes
  }

  /** Notes the bytes that follow those before. */
  add(bytes: Uint8Array<ArrayBuffer>): void {
    this.#isFull ||= this.#bytes + bytes.length > MOST_BYTES
    if (this.#isFull) return
    this.#parts.push(bytes)
    this.#bytes += bytes.length
  }

  /** Hands out the whole chunks, not verified, and keeps nothing from now on. */
  *take(map: ChunkMap): Generator<{ index: ChunkIndex; bytes: Uint8Array<ArrayBuffer> }> {
    const bytes = new Uint8Array(this.#bytes)
    let at = 0
    for (const part of this.#parts) {
      bytes.set(part, at)
      at += part.length
    }
    this.drop()
    const first = Math.ceil(this.fromByte / CHUNK_BYTES)
    for (let index = first; index < map.chunkCount; index++) {
      const from = index * CHUNK_BYTES - this.fromByte
      const to = from + map.bytesOf(chunk(index))
      if (to > bytes.length) return
      yield { index: chunk(index), bytes: bytes.slice(from, to) }
    }
  }

  /** Keeps nothing from now on. */
  drop(): void {
    this.#isFull = true
    this.#parts = []
    this.#bytes = 0
  }
}
