/** Chunks that were fetched, kept for the next viewers: in one file of a bounded size that goes with the process. */

import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SwarmtagError } from '../core/errors.js'
import { roomForChunk } from '../core/format/chunk-bytes.js'
import { CHUNK_BYTES, type ChunkIndex } from '../core/units.js'
import type { VerifiedChunk } from '../store/verify.js'
import { fill } from './read-file.js'

interface Place {
  /** Where the chunk lies in the file, in chunks. */
  readonly slot: number
  readonly sizeBytes: number
}

export class KeptChunks {
  /** By film and chunk; those that were asked for longest ago come first, and go first. */
  readonly #places = new Map<string, Place>()
  readonly #free: number[] = []
  #usedSlots = 0
  readonly #slots: number

  private constructor(
    readonly path: string,
    readonly file: FileHandle,
    capacityBytes: number,
  ) {
    this.#slots = Math.max(1, Math.floor(capacityBytes / CHUNK_BYTES))
  }

  /** @throws SwarmtagError `file-unwritable` */
  static async open(capacityBytes: number, folder = tmpdir()): Promise<KeptChunks> {
    const path = join(folder, `swarmtag-${randomUUID()}`)
    try {
      const file = await open(path, 'wx+', 0o600)
      // Its bytes go with the process, however that ends; where an open file cannot be removed, when it is closed.
      await unlink(path).catch(() => {})
      return new KeptChunks(path, file, capacityBytes)
    } catch (cause) {
      throw unkept(path, cause)
    }
  }

  has(film: string, index: ChunkIndex): boolean {
    return this.#places.has(keyOf(film, index))
  }

  /** A chunk, to be verified again as a disk may corrupt it; `undefined` where it is not kept, or no longer. */
  async read(film: string, index: ChunkIndex): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const key = keyOf(film, index)
    const place = this.#places.get(key)
    if (!place) return undefined
    this.#places.delete(key)
    this.#places.set(key, place)
    const bytes = roomForChunk(place.sizeBytes)
    const isRead = await fill(this.file, bytes, place.slot * CHUNK_BYTES).catch(() => false)
    // Its place may have become another's meanwhile.
    if (this.#places.get(key) !== place) return undefined
    if (isRead) return bytes
    this.#drop(key)
    return undefined
  }

  /** @throws SwarmtagError `file-unwritable` where the disk takes no more */
  async keep(film: string, { index, bytes }: VerifiedChunk): Promise<void> {
    const key = keyOf(film, index)
    if (this.#places.has(key)) return
    const slot = this.#takeSlot()
    try {
      for (let at = 0; at < bytes.length; ) {
        const from = slot * CHUNK_BYTES + at
        at += (await this.file.write(bytes, at, bytes.length - at, from)).bytesWritten
      }
    } catch (cause) {
      this.#free.push(slot)
      throw unkept(this.path, cause)
    }
    this.#drop(key)
    this.#places.set(key, { slot, sizeBytes: bytes.length })
  }

  forget(film: string): void {
    for (const key of [...this.#places.keys()]) if (key.startsWith(keyOf(film, ''))) this.#drop(key)
  }

  async close(): Promise<void> {
    await this.file.close()
    await unlink(this.path).catch(() => {})
  }

  #takeSlot(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#usedSlots < this.#slots) return this.#usedSlots++
    const oldest = this.#places.keys().next().value
    // All are being written: one more than there should be.
    if (oldest === undefined) return this.#usedSlots++
    this.#drop(oldest)
    return this.#takeSlot()
  }

  #drop(key: string): void {
    const place = this.#places.get(key)
    if (!place) return
    this.#places.delete(key)
    this.#free.push(place.slot)
  }
}

const keyOf = (film: string, index: ChunkIndex | ''): string => `${film} ${index}`

const unkept = (path: string, cause: unknown): SwarmtagError => {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new SwarmtagError('file-unwritable', `cannot keep chunks in ${path}: ${why}`, { cause })
}
