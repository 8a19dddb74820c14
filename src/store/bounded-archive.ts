/**
 * The store within its capacity: chunks are written, and others evicted for them, those of what is being
 * watched last. `core/eviction` chooses which.
 */

import { unwrap } from 'idb'
import { ChunkSet } from '../core/chunk-set.js'
import { SwarmtagError } from '../core/errors.js'
import { chooseEvictions, type Holding, type InUse, neededBytes } from '../core/policy/eviction.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, chunk } from '../core/units.js'
import type { Change } from './changes.js'
import {
  ChunkArchive,
  deleteAll,
  deleteRecords,
  deleteRun,
  type Pack,
  recordsOf,
} from './chunk-archive.js'
import type { VerifiedChunk } from './verify.js'

/** A film counts as watched for this long after the last call of `use`. */
const IN_USE_MS = 60_000
/** How often the time of the last use is written. */
const TOUCH_MS = 60_000

/** Default capacity: a quarter of the browser's quota, at most 2 GiB. */
const QUOTA_SHARE = 0.25
const MAX_DEFAULT_BYTES = 2 ** 31

export interface BoundedArchiveOptions {
  /** Name of the IndexedDB database. @default 'swarmtag' */
  name?: string
  /** Bytes the store may hold. @default a quarter of the browser's quota, at most 2 GiB */
  capacityBytes?: number | undefined
  /** Called with chunks that were accepted or kept, and are gone: the disk was too slow or too full. */
  onLost?: (root: string, runs: readonly ChunkRun[]) => void
  /** Called with `store-failed` when the browser refuses to store; not again before it has stored something. */
  onRefused?: (error: SwarmtagError) => void
}

type Evictions = ReturnType<typeof chooseEvictions>

/** A chunk to be written, with its resource. */
export interface Unwritten {
  readonly root: string
  readonly chunkCount: number
  readonly chunk: VerifiedChunk
  readonly atMs: number
}

export class BoundedArchive extends ChunkArchive {
  protected readonly onLost: (root: string, runs: readonly ChunkRun[]) => void
  protected readonly onRefused: (error: SwarmtagError) => void
  #capacityBytes: number | undefined
  #spareBytes = Number.POSITIVE_INFINITY
  #pack = asBlob
  readonly #uses = new Map<string, { playhead: ChunkIndex; atMs: number; touchedAtMs: number }>()

  constructor(options: BoundedArchiveOptions = {}) {
    const { name, capacityBytes, onLost = () => {}, onRefused = () => {} } = options
    super(name)
    this.onLost = onLost
    this.onRefused = onRefused
    this.#capacityBytes = capacityBytes
  }

  /** Marks a film as being watched, so that eviction spares it. Several videos of a page may be. Never throws. */
  use(root: string, playhead: ChunkIndex): void {
    const atMs = Date.now()
    let { touchedAtMs } = this.#uses.get(root) ?? { touchedAtMs: 0 }
    if (atMs - touchedAtMs >= TOUCH_MS) {
      touchedAtMs = atMs
      void this.#touch(root, atMs)
    }
    this.#uses.set(root, { playhead, atMs, touchedAtMs })
  }

  override async forget(root: string): Promise<void> {
    this.#uses.delete(root)
    await super.forget(root)
  }

  /** The capacity minus what is needed of films being watched, as of the last count; negative if these need more. */
  protected get spareBytes(): number {
    return this.#spareBytes
  }

  /**
   * Writes chunks of one resource and keeps to the capacity, so that nothing is written only to go at once.
   *
   * @param wanted - called for the chunks once the transaction has begun
   */
  protected async put(wanted: () => readonly Unwritten[]): Promise<void> {
    const capacityBytes = await this.#capacity()
    let evictions: Evictions = []
    await this.change(async change => {
      const kept = wanted()
      const [first] = kept
      if (!first) return
      const { root, chunkCount } = first
      const holdings = change.objectStore('holdings')
      const records = await holdings.getAll()
      const held = new ChunkSet(chunkCount, records.find(each => each.root === root)?.runs)
      // Another tab may have written the same, or the stored bytes may have turned out to be corrupt.
      for (const { chunk } of kept)
        if (held.has(chunk.index)) await deleteRun(change, root, runOf(chunk.index))
      for (const { chunk } of kept) held.add(chunk.index)
      const grown = { root, chunkCount, runs: held.runs(), usedAtMs: Date.now() }
      const all = [...records.filter(each => each.root !== root), grown]
      const inUse = this.#inUse()
      evictions = chooseEvictions(all, inUse, bytesOf(all) - capacityBytes)
      const doomed = new ChunkSet(chunkCount, evictions.find(each => each.root === root)?.runs)
      // A failed put aborts the transaction, which rejects; a promise for each costs as much as the put.
      const chunks = unwrap(change.objectStore('chunks'))
      const written = kept.map(({ chunk }) => chunk).filter(({ index }) => !doomed.has(index))
      for (const record of recordsOf(root, written, this.#pack)) chunks.put(record)
      await holdings.put(grown)
      await evict(change, evictions)
      this.#spareBytes = capacityBytes - neededBytes(all, inUse)
    })
    this.#reportEvicted(evictions)
  }

  /**
   * Writes what was refused as blobs as buffers, and goes on so if that succeeds: WebKit keeps no blobs in a private
   * window, and its error does not say so.
   */
  protected async putWithoutBlobs(wanted: () => readonly Unwritten[]): Promise<void> {
    if (this.#pack === asBuffer) throw new SwarmtagError('store-failed', 'buffers are refused too')
    this.#pack = asBuffer
    await this.put(wanted).catch(error => {
      this.#pack = asBlob
      throw error
    })
  }

  /** Evicts what is needed least, also where the capacity is not reached. */
  protected async makeRoom(freeBytes: number): Promise<void> {
    let evictions: Evictions = []
    await this.change(async change => {
      const records = await change.objectStore('holdings').getAll()
      evictions = await Promise.all(
        chooseEvictions(records, this.#inUse(), freeBytes).map(async ({ root, runs }) => {
          // A full disk refuses even a record that is merely shorter than before.
          const gone = await Promise.all(runs.map(run => deleteRecords(change, root, run)))
          return { root, runs: [...runs, ...gone.flat()] }
        }),
      )
      await evict(change, evictions)
    })
    this.#reportEvicted(evictions)
  }

  /** To be called once the transaction is complete: an aborted one has evicted nothing. */
  #reportEvicted(evictions: Evictions): void {
    for (const { root, runs } of evictions) this.onLost(root, runs)
  }

  /** Writes that a film is being watched, and counts anew. */
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

/** Deletes chunks and counts what is left; of a film without chunks everything is deleted. */
async function evict(
  change: Change,
  evictions: { root: string; runs: ChunkRun[] }[],
): Promise<void> {
  const holdings = change.objectStore('holdings')
  const evicting = evictions.map(async ({ root, runs }) => {
    const record = await holdings.get(root)
    if (!record) return
    const held = new ChunkSet(record.chunkCount, record.runs)
    for (const run of runs) held.deleteRun(run)
    if (held.size === 0) return deleteAll(change, root)
    await holdings.put({ ...record, runs: held.runs() })
    // One after the other: two of them may be of one record.
    for (const run of runs) await deleteRun(change, root, run)
  })
  await Promise.all(evicting)
}

const asBlob: Pack = parts => new Blob([...parts])

function asBuffer(parts: Parameters<Pack>[0]): ArrayBuffer {
  const bytes = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes.buffer
}

const runOf = (index: ChunkIndex): ChunkRun => ({ from: index, to: chunk(index + 1) })

const bytesOf = (holdings: readonly Holding[]): number =>
  CHUNK_BYTES *
  holdings.flatMap(({ runs }) => runs).reduce((sum, { from, to }) => sum + to - from, 0)

async function defaultCapacityBytes(): Promise<number> {
  try {
    const { quota = MAX_DEFAULT_BYTES / QUOTA_SHARE } = await navigator.storage.estimate()
    return Math.min(quota * QUOTA_SHARE, MAX_DEFAULT_BYTES)
  } catch {
    // Without an estimate the browser will refuse in time.
    return MAX_DEFAULT_BYTES
  }
}
