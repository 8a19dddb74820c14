/**
 * The writing end of the store: verified chunks, kept across visits and shared by all tabs and the
 * worker. Writes are gathered: one transaction for 32 chunks writes four times as fast as one for each.
 */

import { unwrap } from 'idb'
import { ChunkSet } from '../core/chunk-set.js'
import { chooseEvictions, type Holding, type InUse, neededBytes } from '../core/eviction.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, isInRun, runsOf } from '../core/units.js'
import {
  type Change,
  ChunkArchive,
  deleteAll,
  keysOf,
  recordsOf,
  type StoredChunk,
} from './chunk-archive.js'
import type { VerifiedChunk } from './verify.js'

/** Chunks gathered before they are written at once. */
const BATCH_CHUNKS = 32
/** A batch that does not fill is written after this time. */
const BATCH_WAIT_MS = 200
/** After the browser refused to store, chunks wait this long before they are offered to it again. */
const REFUSED_PAUSE_MS = 30_000
/** Unwritten chunks held in memory at most; beyond, the oldest are forgotten rather than hoarded. */
const MAX_UNWRITTEN_CHUNKS = 256
/** A film counts as watched for this long after the last that was heard of its playhead. */
const IN_USE_MS = 60_000
/** That a film is being watched is written down this often. */
const TOUCH_MS = 60_000

/** How much the store may hold where the site says nothing: a quarter of the browser's quota, at most 2 GiB. */
const QUOTA_SHARE = 0.25
const MAX_DEFAULT_BYTES = 2 ** 31

export interface ChunkStoreOptions {
  /** Name of the IndexedDB database. @default 'swarmtag' */
  name?: string
  /** Bytes the store may hold. @default a quarter of the browser's quota, at most 2 GiB */
  capacityBytes?: number | undefined
  /** Told of chunks that were taken for keeping, or kept, and are gone: the disk was too slow or too full. */
  onLost?: (root: string, runs: readonly ChunkRun[]) => void
}

type Evictions = ReturnType<typeof chooseEvictions>

interface Unwritten {
  readonly root: string
  readonly chunkCount: number
  readonly chunk: VerifiedChunk
}

export class ChunkStore extends ChunkArchive {
  readonly #onLost: (root: string, runs: readonly ChunkRun[]) => void
  #capacityBytes: number | undefined
  #unwritten: Unwritten[] = []
  #flushTimer: ReturnType<typeof setTimeout> | undefined
  #writing: Promise<void> | undefined
  #isFlushing = false
  #fullUntilMs = 0
  #refusedUntilMs = 0
  #spareBytes = Number.POSITIVE_INFINITY
  readonly #uses = new Map<string, { playhead: ChunkIndex; atMs: number; touchedAtMs: number }>()

  constructor({ name, capacityBytes, onLost = () => {} }: ChunkStoreOptions = {}) {
    super(name)
    this.#onLost = onLost
    this.#capacityBytes = capacityBytes
  }

  /**
   * How much more can be fetched ahead and stay, as of the last count: room that is free or taken by what
   * nobody watches or has been watched. At 0, a chunk fetched ahead costs another one.
   */
  get roomBytes(): number {
    if (Date.now() < this.#fullUntilMs) return 0
    return Math.max(0, this.#spareBytes - this.#unwritten.length * CHUNK_BYTES)
  }

  /** Says what is being watched, so that eviction spares it. Several videos of a page may be. Never throws. */
  use(root: string, playhead: ChunkIndex): void {
    const atMs = Date.now()
    let { touchedAtMs } = this.#uses.get(root) ?? { touchedAtMs: 0 }
    if (atMs - touchedAtMs >= TOUCH_MS) {
      touchedAtMs = atMs
      void this.#touch(root, atMs)
    }
    this.#uses.set(root, { playhead, atMs, touchedAtMs })
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

  /** Takes a chunk for keeping; it can be read at once and is written soon. Never throws. */
  keep(root: string, chunkCount: number, chunk: VerifiedChunk): void {
    this.#unwritten.push({ root, chunkCount, chunk })
    if (this.#unwritten.length > MAX_UNWRITTEN_CHUNKS) this.#lose(this.#unwritten.splice(0, 1))
    this.#writeSoon()
  }

  /** Writes what was gathered. Storage that refuses costs the caching of these chunks, nothing else. */
  flush(): Promise<void> {
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    this.#isFlushing = true
    return this.#write()
  }

  #writeSoon(): void {
    if (this.#unwritten.length >= BATCH_CHUNKS) void this.#write()
    else this.#flushTimer ??= setTimeout(() => void this.flush(), BATCH_WAIT_MS)
  }

  /** Writes whole batches, and what is left where it is flushed. */
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
    this.#uses.delete(root)
    await super.forget(root)
  }

  /**
   * Deletes all that is known and kept of every resource.
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
    const isDue = () => this.#unwritten.length >= (this.#isFlushing ? 1 : BATCH_CHUNKS)
    while (isDue() && Date.now() >= this.#refusedUntilMs) {
      const root = this.#unwritten[0]?.root
      const batch = this.#unwritten.filter(each => each.root === root)
      const isWritten = await this.#writeBatch(batch).then(
        () => true,
        error => this.#onRefused(batch, error),
      )
      const left = this.#unwritten.filter(each => batch.includes(each))
      this.#unwritten = this.#unwritten.filter(each => !batch.includes(each))
      if (!isWritten) this.#lose(left)
    }
  }

  /** Told only once they are gone for certain: a change that is undone has evicted nothing. */
  #tellEvicted(evictions: Evictions): void {
    for (const { root, runs } of evictions) this.#onLost(root, runs)
  }

  #lose(chunks: readonly Unwritten[]): void {
    for (const { root, chunk } of chunks) this.#onLost(root, runsOf([chunk.index]))
  }

  /** Writes chunks of one resource and keeps to the capacity, so that nothing is written only to go at once. */
  async #writeBatch(batch: readonly Unwritten[]): Promise<void> {
    const capacityBytes = await this.#capacity()
    let evictions: Evictions = []
    await this.change(async change => {
      // What was forgotten meanwhile stays forgotten.
      const kept = batch.filter(each => this.#unwritten.includes(each))
      const [first] = kept
      if (!first) return
      const { root, chunkCount } = first
      const holdings = change.objectStore('holdings')
      const records = await holdings.getAll()
      const held = new ChunkSet(chunkCount, records.find(each => each.root === root)?.runs)
      for (const { chunk } of kept) held.add(chunk.index)
      const grown = { root, chunkCount, runs: held.runs(), usedAtMs: Date.now() }
      const all = [...records.filter(each => each.root !== root), grown]
      const inUse = this.#inUse()
      evictions = chooseEvictions(all, inUse, bytesOf(all) - capacityBytes)
      const doomed = new ChunkSet(chunkCount, evictions.find(each => each.root === root)?.runs)
      // A put that fails ends its change, which tells; a promise for each costs as much as the put.
      const chunks = unwrap(change.objectStore('chunks'))
      for (const { chunk } of kept)
        if (!doomed.has(chunk.index))
          for (const record of recordsOf(root, chunk)) chunks.put(record)
      await holdings.put(grown)
      await evict(change, evictions)
      this.#spareBytes = capacityBytes - neededBytes(all, inUse)
    })
    this.#tellEvicted(evictions)
  }

  /** A disk that is full before the capacity is reached is asked once more after others made room. */
  async #onRefused(batch: readonly Unwritten[], error: unknown): Promise<boolean> {
    if (!(error instanceof Error) || error.name !== 'QuotaExceededError') return false
    this.#fullUntilMs = Date.now() + REFUSED_PAUSE_MS
    let evictions: Evictions = []
    try {
      await this.change(async change => {
        const records = await change.objectStore('holdings').getAll()
        evictions = chooseEvictions(records, this.#inUse(), batch.length * CHUNK_BYTES)
        await evict(change, evictions)
      })
      this.#tellEvicted(evictions)
      await this.#writeBatch(batch)
      return true
    } catch {
      this.#refusedUntilMs = Date.now() + REFUSED_PAUSE_MS
      return false
    }
  }

  /** Notes that a film is being watched, also where nothing new is written, and counts anew. */
  async #touch(root: string, usedAtMs: number): Promise<void> {
    try {
      const capacityBytes = await this.#capacity()
      await this.change(async change => {
        const holdings = change.objectStore('holdings')
        const records = await holdings.getAll()
        const record = records.find(each => each.root === root)
        if (record) await holdings.put({ ...record, usedAtMs })
        this.#spareBytes = capacityBytes - neededBytes(records, this.#inUse())
      })
    } catch {
      // The film counts as unused for longer than it is.
    }
  }

  #inUse(): InUse {
    const sinceMs = Date.now() - IN_USE_MS
    for (const [root, { atMs }] of this.#uses) if (atMs < sinceMs) this.#uses.delete(root)
    return new Map([...this.#uses].map(([root, { playhead }]) => [root, playhead]))
  }

  async #capacity(): Promise<number> {
    this.#capacityBytes ??= await defaultCapacityBytes()
    return this.#capacityBytes
  }
}

/** Deletes chunks and counts what is left; a film of which nothing is left goes with all that is kept of it. */
async function evict(
  change: Change,
  evictions: { root: string; runs: ChunkRun[] }[],
): Promise<void> {
  const chunks = change.objectStore('chunks')
  const holdings = change.objectStore('holdings')
  const evicting = evictions.map(async ({ root, runs }) => {
    const record = await holdings.get(root)
    if (!record) return
    const held = new ChunkSet(record.chunkCount, record.runs)
    for (const run of runs) held.deleteRun(run)
    if (held.size === 0) return deleteAll(change, root)
    await Promise.all([
      holdings.put({ ...record, runs: held.runs() }),
      ...runs.map(run => chunks.delete(keysOf(root, run))),
    ])
  })
  await Promise.all(evicting)
}

const bytesOf = (holdings: readonly Holding[]): number =>
  CHUNK_BYTES *
  holdings.flatMap(({ runs }) => runs).reduce((sum, { from, to }) => sum + to - from, 0)

async function defaultCapacityBytes(): Promise<number> {
  try {
    const { quota = MAX_DEFAULT_BYTES / QUOTA_SHARE } = await navigator.storage.estimate()
    return Math.min(quota * QUOTA_SHARE, MAX_DEFAULT_BYTES)
  } catch {
    // A browser that does not tell its quota refuses in time.
    return MAX_DEFAULT_BYTES
  }
}
