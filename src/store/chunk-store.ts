/**
 * Verified chunks, kept across visits and shared by all tabs and the worker. Writes are gathered:
 * one transaction for 16 chunks writes four times as fast as one for each.
 */

import { ChunkSet } from '../core/chunk-set.js'
import { chooseEvictions } from '../core/eviction.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun } from '../core/units.js'
import { type Database, type HoldingRecord, openDatabase } from './database.js'
import type { VerifiedChunk } from './verify.js'

/** Chunks gathered before they are written at once. */
const BATCH_CHUNKS = 16
/** A batch that does not fill is written after this time. */
const BATCH_WAIT_MS = 100
/** After the browser refused to store, chunks wait this long before they are offered to it again. */
const REFUSED_PAUSE_MS = 30_000
/** Unwritten chunks held in memory at most; beyond, the oldest are forgotten rather than hoarded. */
const MAX_UNWRITTEN_CHUNKS = 128

/** How much the store may hold where the site says nothing: a quarter of the browser's quota, at most 2 GiB. */
const QUOTA_SHARE = 0.25
const MAX_DEFAULT_BYTES = 2 ** 31

export interface ChunkStoreOptions {
  /** Name of the IndexedDB database. @default 'swarmtag' */
  name?: string
  /** Bytes the store may hold. @default a quarter of the browser's quota, at most 2 GiB */
  capacityBytes?: number | undefined
}

/** A chunk as it was read back; it must pass `verify` again, as a disk may lie too. */
export interface StoredChunk {
  readonly index: ChunkIndex
  readonly bytes: Uint8Array<ArrayBuffer>
}

export class ChunkStore {
  readonly #name: string
  readonly #capacityBytes: number | undefined
  #database: Promise<Database> | undefined
  #unwritten: { root: string; chunkCount: number; chunk: VerifiedChunk }[] = []
  #flushTimer: ReturnType<typeof setTimeout> | undefined
  #flushing: Promise<void> | undefined
  #refusedUntilMs = 0
  #inUse: { root: string; playhead: ChunkIndex } | undefined

  constructor({ name = 'swarmtag', capacityBytes }: ChunkStoreOptions = {}) {
    this.#name = name
    this.#capacityBytes = capacityBytes
  }

  /** The database, opened at the first use and again after the browser closed it. */
  database(): Promise<Database> {
    if (!this.#database) {
      const forget = () => {
        this.#database = undefined
      }
      this.#database = openDatabase(this.#name, forget)
      this.#database.catch(forget)
    }
    return this.#database
  }

  /** Says what is being watched, so that eviction spares it. */
  use(root: string, playhead: ChunkIndex): void {
    this.#inUse = { root, playhead }
  }

  /** Chunks of a resource that the store holds or is about to write. */
  async holding(root: string, chunkCount: number): Promise<ChunkSet> {
    const database = await this.database()
    const record = await database.get('holdings', root)
    const held = new ChunkSet(chunkCount, record?.chunkCount === chunkCount ? record.runs : [])
    for (const each of this.#unwritten) if (each.root === root) held.add(each.chunk.index)
    return held
  }

  /** Reads the chunks of a run that are there, in order. */
  async read(root: string, { from, to }: ChunkRun): Promise<StoredChunk[]> {
    if (from >= to) return []
    const database = await this.database()
    const records = await database.getAll(
      'chunks',
      IDBKeyRange.bound([root, from], [root, to], false, true),
    )
    const found = new Map(records.map(({ index, bytes }) => [index, bytes]))
    for (const { root: owner, chunk } of this.#unwritten)
      if (owner === root && chunk.index >= from && chunk.index < to)
        found.set(chunk.index, chunk.bytes)
    return [...found]
      .sort(([a], [b]) => a - b)
      .map(([index, bytes]) => ({ index: index as ChunkIndex, bytes }))
  }

  /** Takes a chunk for keeping; it can be read at once and is written soon. Never throws. */
  keep(root: string, chunkCount: number, chunk: VerifiedChunk): void {
    this.#unwritten.push({ root, chunkCount, chunk })
    if (this.#unwritten.length > MAX_UNWRITTEN_CHUNKS) this.#unwritten.shift()
    if (this.#unwritten.length >= BATCH_CHUNKS) void this.flush()
    else this.#flushTimer ??= setTimeout(() => void this.flush(), BATCH_WAIT_MS)
  }

  /** Writes what was gathered. Storage that refuses costs the caching of these chunks, nothing else. */
  flush(): Promise<void> {
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  /** Forgets a resource: its file has changed, or the viewer asked for it. */
  async forget(root: string): Promise<void> {
    this.#unwritten = this.#unwritten.filter(each => each.root !== root)
    const database = await this.database()
    const transaction = database.transaction(['chunks', 'holdings', 'pages'], 'readwrite')
    const all = IDBKeyRange.bound([root], [root, []])
    await Promise.all([
      transaction.objectStore('chunks').delete(all),
      transaction.objectStore('pages').delete(all),
      transaction.objectStore('holdings').delete(root),
      transaction.done,
    ])
  }

  async #writeAll(): Promise<void> {
    do {
      await this.#writeBatches()
      await this.#keepToCapacity()
      // Chunks that came meanwhile found a flush under way and wait for no other.
    } while (this.#unwritten.length > 0 && Date.now() >= this.#refusedUntilMs)
  }

  async #writeBatches(): Promise<void> {
    while (this.#unwritten.length > 0 && Date.now() >= this.#refusedUntilMs) {
      const root = this.#unwritten[0]?.root
      const batch = this.#unwritten.filter(each => each.root === root)
      if (
        !(await this.#write(batch)) &&
        (!(await this.#makeRoom(batch.length)) || !(await this.#write(batch)))
      )
        this.#refusedUntilMs = Date.now() + REFUSED_PAUSE_MS
      this.#unwritten = this.#unwritten.filter(each => !batch.includes(each))
    }
  }

  async #write(
    batch: { root: string; chunkCount: number; chunk: VerifiedChunk }[],
  ): Promise<boolean> {
    const [first] = batch
    if (!first) return true
    const { root, chunkCount } = first
    let abort = () => {}
    try {
      const database = await this.database()
      const transaction = database.transaction(['chunks', 'holdings'], 'readwrite', {
        durability: 'relaxed',
      })
      abort = () => transaction.abort()
      const chunks = transaction.objectStore('chunks')
      const holdings = transaction.objectStore('holdings')
      const writes = batch.map(async ({ chunk: { index, bytes } }) =>
        chunks.put({ root, index, bytes }),
      )
      const updating = holdings.get(root).then(record => {
        const held = new ChunkSet(chunkCount, record?.runs)
        for (const { chunk } of batch) held.add(chunk.index)
        return holdings.put({ root, chunkCount, runs: held.runs(), usedAtMs: Date.now() })
      })
      await Promise.all([...writes, updating, transaction.done])
      return true
    } catch {
      // One put may fail alone (a detached buffer): the others must not stay, as no holding counts them.
      try {
        abort()
      } catch {
        // The browser has aborted it already.
      }
      return false
    }
  }

  async #keepToCapacity(): Promise<void> {
    try {
      const capacityBytes = this.#capacityBytes ?? (await defaultCapacityBytes())
      const holdings = await (await this.database()).getAll('holdings')
      const heldBytes = CHUNK_BYTES * holdings.reduce((sum, each) => sum + chunksOf(each), 0)
      if (heldBytes > capacityBytes) await this.#evict(holdings, heldBytes - capacityBytes)
    } catch {
      // Storage that cannot be counted is full soon enough, and then `#write` makes room.
    }
  }

  async #makeRoom(chunks: number): Promise<boolean> {
    try {
      const holdings = await (await this.database()).getAll('holdings')
      return await this.#evict(holdings, chunks * CHUNK_BYTES)
    } catch {
      return false
    }
  }

  async #evict(holdings: HoldingRecord[], freeBytes: number): Promise<boolean> {
    const evictions = chooseEvictions(holdings, this.#inUse, freeBytes)
    const database = await this.database()
    for (const { root, runs } of evictions) {
      const transaction = database.transaction(['chunks', 'holdings'], 'readwrite')
      const chunks = transaction.objectStore('chunks')
      const holdings = transaction.objectStore('holdings')
      const record = await holdings.get(root)
      if (!record) continue
      const held = new ChunkSet(record.chunkCount, record.runs)
      const deletes = runs.map(({ from, to }) => {
        held.deleteRun({ from, to })
        return chunks.delete(IDBKeyRange.bound([root, from], [root, to], false, true))
      })
      const counted =
        held.size === 0 ? holdings.delete(root) : holdings.put({ ...record, runs: held.runs() })
      await Promise.all([...deletes, counted, transaction.done])
    }
    return evictions.length > 0
  }
}

const chunksOf = ({ runs }: HoldingRecord): number =>
  runs.reduce((sum, { from, to }) => sum + to - from, 0)

async function defaultCapacityBytes(): Promise<number> {
  const { quota = MAX_DEFAULT_BYTES / QUOTA_SHARE } = await navigator.storage.estimate()
  return Math.min(quota * QUOTA_SHARE, MAX_DEFAULT_BYTES)
}
