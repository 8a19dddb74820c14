/**
 * The writing side of the store: verified chunks, kept across visits and shared by all tabs and the
 * worker. Writes are batched: a block of 16 chunks is written in one record once it is complete.
 */

import { ChunkSet } from '../core/chunk-set.js'
import { SwarmtagError } from '../core/errors.js'
import { CHUNK_BYTES, type ChunkRun, isInRun, runsOf } from '../core/units.js'
import { BoundedArchive, type Unwritten } from './bounded-archive.js'
import { BLOCK_CHUNKS, blockOf, type StoredChunk } from './chunk-archive.js'
import { storeFailed } from './database.js'
import type { VerifiedChunk } from './verify.js'

/** An incomplete block is written after this time. */
const BLOCK_WAIT_MS = 2_000
/** After the browser refused to store, nothing is written for this long. */
const REFUSED_PAUSE_MS = 30_000
/** Unwritten chunks held in memory at most; beyond, the oldest are dropped. */
const MAX_UNWRITTEN_CHUNKS = 256

export class ChunkStore extends BoundedArchive {
  #unwritten: Unwritten[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #writing: Promise<void> | undefined
  #isFlushing = false
  #fullUntilMs = 0
  #refusedUntilMs = 0
  #isRefusalReported = false
  #suspensions = 0

  /**
   * How much more can be prefetched and stay, as of the last count: room that is free, or used by what nobody watches or
   * has been watched. At 0, each prefetched chunk evicts another one.
   */
  get roomBytes(): number {
    if (Date.now() < Math.max(this.#fullUntilMs, this.#refusedUntilMs)) return 0
    return Math.max(0, this.spareBytes - this.#unwritten.length * CHUNK_BYTES)
  }

  /**
   * Chunks of a resource that the store holds or is about to write.
   *
   * @throws SwarmtagError `store-failed`
   */
  async holding(root: string, chunkCount: number): Promise<ChunkSet> {
    const record = await this.ask('holdings', database => database.get('holdings', root))
    const held = new ChunkSet(chunkCount, record?.chunkCount === chunkCount ? record.runs : [])
    for (const each of this.#unwritten) if (each.root === root) held.add(each.chunk.index)
    return held
  }

  /** Reads the chunks of a run that are there or about to be written, in order. */
  override async read(root: string, run: ChunkRun): Promise<StoredChunk[]> {
    const unwritten = this.#unwritten.filter(
      each => each.root === root && isInRun(each.chunk.index, run),
    )
    const stored = await super.read(root, run)
    if (unwritten.length === 0) return stored
    const found = new Map(
      [...stored, ...unwritten.map(({ chunk }) => chunk)].map(each => [each.index, each]),
    )
    return [...found.values()].sort((a, b) => a.index - b.index)
  }

  /** Accepts a chunk to keep; it can be read at once and is written soon. Never throws. */
  keep(root: string, chunkCount: number, chunk: VerifiedChunk): void {
    this.#unwritten.push({ root, chunkCount, chunk, atMs: Date.now() })
    if (this.#unwritten.length > MAX_UNWRITTEN_CHUNKS) this.#lose(this.#unwritten.splice(0, 1))
    this.#writeSoon()
  }

  /** Writes what is buffered. Failing storage costs the caching of these chunks, nothing else. */
  flush(): Promise<void> {
    this.#isFlushing = true
    return this.#write()
  }

  /** The page is put aside: nothing is written until `resume`; what is not written yet stays in memory. */
  suspend(): void {
    this.#suspensions++
    this.changes.suspend()
  }

  resume(): void {
    this.changes.resume()
    if (this.#unwritten.length > 0) this.#writeSoon()
  }

  #writeSoon(): void {
    if (this.changes.isSuspended) return
    if (this.#due().length > 0) void this.#write()
    else
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        this.#writeSoon()
      }, BLOCK_WAIT_MS / 2)
  }

  /** What of one resource is to be written now: complete blocks and old ones; all when flushing. */
  #due(): readonly Unwritten[] {
    const blocks = new Map<string, Unwritten[]>()
    for (const each of this.#unwritten) {
      const name = `${each.root} ${blockOf(each.chunk.index)}`
      const block = blocks.get(name)
      if (block) block.push(each)
      else blocks.set(name, [each])
    }
    const sinceMs = Date.now() - BLOCK_WAIT_MS
    const due = [...blocks.values()].filter(
      block => this.#isFlushing || isWhole(block) || block.some(({ atMs }) => atMs <= sinceMs),
    )
    const root = due[0]?.[0]?.root
    return due.flat().filter(each => each.root === root)
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeBatches().finally(() => {
      this.#writing = undefined
      this.#isFlushing = false
      if (this.#unwritten.length > 0 && Date.now() >= this.#refusedUntilMs) this.#writeSoon()
    })
    return this.#writing
  }

  override async forget(root: string): Promise<void> {
    this.#unwritten = this.#unwritten.filter(each => each.root !== root)
    await super.forget(root)
  }

  /**
   * Deletes all that is kept of every resource.
   *
   * @throws SwarmtagError `store-failed`
   */
  async clear(): Promise<void> {
    this.#unwritten = []
    await this.ask('all there is', async database => {
      const names = [...database.objectStoreNames]
      const change = database.transaction(names, 'readwrite')
      const clearing = names.map(name => change.objectStore(name).clear())
      await Promise.all([...clearing, change.done])
    })
  }

  async #writeBatches(): Promise<void> {
    const suspensions = this.#suspensions
    const isCut = () => suspensions !== this.#suspensions
    while (Date.now() >= this.#refusedUntilMs && !this.changes.isSuspended) {
      const batch = this.#due()
      if (batch.length === 0) return
      // Not what was forgotten meanwhile.
      const wanted = () => batch.filter(each => this.#unwritten.includes(each))
      const isWritten = await this.put(wanted)
        .catch(error => (isCut() ? Promise.reject(error) : this.#putAgain(wanted, error)))
        .then(
          () => true,
          error => (isCut() ? undefined : this.#onRefused(error)),
        )
      // It is written once the page is shown again.
      if (isWritten === undefined) return
      if (isWritten) this.#isRefusalReported = false
      const left = this.#unwritten.filter(each => batch.includes(each))
      this.#unwritten = this.#unwritten.filter(each => !batch.includes(each))
      if (!isWritten) this.#lose(left)
    }
  }

  #lose(chunks: readonly Unwritten[]): void {
    for (const { root, chunk } of chunks) this.onLost(root, runsOf([chunk.index]))
  }

  /**
   * Retries what was refused: on a full disk after an eviction, else as buffers, as the browser may keep no blobs.
   */
  async #putAgain(wanted: () => readonly Unwritten[], refusal: unknown): Promise<void> {
    if (refusal instanceof SwarmtagError) throw refusal
    try {
      if (!isFull(refusal)) return await this.putWithoutBlobs(wanted)
      this.#fullUntilMs = Date.now() + REFUSED_PAUSE_MS
      await this.makeRoom(wanted().length * CHUNK_BYTES)
      await this.put(wanted)
    } catch {
      // The first error says why.
      throw refusal
    }
  }

  /** The browser refuses to store: pauses, and reports it once. A `SwarmtagError` (the database did not open) has its own pause. */
  #onRefused(refusal: unknown): false {
    if (refusal instanceof SwarmtagError) return false
    this.#refusedUntilMs = Date.now() + REFUSED_PAUSE_MS
    if (!this.#isRefusalReported) this.onRefused(storeFailed('keeping chunks', refusal))
    this.#isRefusalReported = true
    return false
  }
}

const isFull = (refusal: unknown): boolean =>
  refusal instanceof Error && refusal.name === 'QuotaExceededError'

/** Whether all chunks of a block are there; the last block of a film may be shorter. */
function isWhole([first, ...rest]: readonly Unwritten[]): boolean {
  if (!first) return false
  const from = blockOf(first.chunk.index)
  return rest.length + 1 >= Math.min(BLOCK_CHUNKS, first.chunkCount - from)
}
