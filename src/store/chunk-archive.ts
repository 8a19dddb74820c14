/** The reading end of the store, which is all that the worker needs: chunks of earlier visits, and those that a page has just written. */

import type { IDBPTransaction } from 'idb'
import { SwarmtagError } from '../core/errors.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun } from '../core/units.js'
import {
  type ChunkRecord,
  type Database,
  openDatabase,
  type SwarmtagSchema,
  storeFailed,
} from './database.js'
import { DATABASE_NAME, deleteDatabase } from './deletion.js'

/** A database that did not open, or that was deleted, is left alone for this long. */
const REOPEN_PAUSE_MS = 30_000

/**
 * A chunk is kept in two records: Chromium makes a file of each value above 64 KiB, which takes the
 * thread that writes it six times as long (`IDBValueWrapper`; docs/performance.md).
 */
const PART_BYTES = CHUNK_BYTES / 2

/** A chunk as it was read back; it must pass `verify` again, as a disk may lie too. */
export interface StoredChunk {
  readonly index: ChunkIndex
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** What changes together, so that holdings tell what is there. */
const CHANGING: ('chunks' | 'holdings' | 'pages')[] = ['chunks', 'holdings', 'pages']
export type Change = IDBPTransaction<SwarmtagSchema, typeof CHANGING, 'readwrite'>

export class ChunkArchive {
  readonly #name: string
  #database: Promise<Database> | undefined
  #reopenAtMs = Number.POSITIVE_INFINITY

  /** @param name - the IndexedDB database; pages and worker of a site share one */
  constructor(name = DATABASE_NAME) {
    this.#name = name
  }

  /**
   * The database, opened at the first use and again after the browser closed it.
   *
   * @throws SwarmtagError `store-failed`, for a while at once where it did not open before
   */
  database(): Promise<Database> {
    if (this.#database && Date.now() < this.#reopenAtMs) return this.#database
    const opening = openDatabase(this.#name, isDeleted => {
      if (this.#database !== opening) return
      if (isDeleted) this.#doWithout(REOPEN_PAUSE_MS)
      else this.#database = undefined
    })
    this.#database = opening
    this.#reopenAtMs = Number.POSITIVE_INFINITY
    opening.catch(() => {
      this.#reopenAtMs = Date.now() + REOPEN_PAUSE_MS
    })
    return opening
  }

  /** Deletes all that is kept, and keeps nothing from now on. */
  async destroy(): Promise<void> {
    this.#doWithout(Number.POSITIVE_INFINITY)
    await deleteDatabase(this.#name)
  }

  /** Whoever deleted the database wants it gone: it is not to come back with the next chunk. */
  #doWithout(ms: number): void {
    const gone = Promise.reject(
      new SwarmtagError('store-failed', `database ${this.#name} was deleted`),
    )
    gone.catch(() => {})
    this.#database = gone
    this.#reopenAtMs = Date.now() + ms
  }

  /**
   * Reads the chunks of a run that are there, in order.
   *
   * @throws SwarmtagError `store-failed`
   */
  async read(root: string, run: ChunkRun): Promise<StoredChunk[]> {
    if (run.from >= run.to) return []
    const records = await this.ask('chunks', database =>
      database.getAll('chunks', keysOf(root, run)),
    )
    return join(records)
  }

  /**
   * Runs of chunks that are there, at least: asked once, it saves looking for what is not.
   *
   * @throws SwarmtagError `store-failed`
   */
  async runs(root: string): Promise<readonly ChunkRun[]> {
    const record = await this.ask('holdings', database => database.get('holdings', root))
    return record?.runs ?? []
  }

  /**
   * Forgets a resource: its file has changed, or the viewer asked for it.
   *
   * @throws SwarmtagError `store-failed`
   */
  async forget(root: string): Promise<void> {
    try {
      await this.change(change => deleteAll(change, root))
    } catch (cause) {
      throw storeFailed(`forgetting ${root}`, cause)
    }
  }

  /** Reads, and names what the browser throws. */
  protected async ask<Found>(
    what: string,
    ask: (database: Database) => Promise<Found>,
  ): Promise<Found> {
    try {
      return await ask(await this.database())
    } catch (cause) {
      throw storeFailed(`reading ${what}`, cause)
    }
  }

  /** Changes the database wholly or not at all. */
  protected async change(work: (change: Change) => Promise<unknown>): Promise<void> {
    const database = await this.database()
    const change = database.transaction(CHANGING, 'readwrite', { durability: 'relaxed' })
    try {
      await Promise.all([work(change), change.done])
    } catch (error) {
      try {
        change.abort()
      } catch {
        // The browser has aborted it already, and its reason is the better one.
      }
      await change.done.catch(() => {})
      throw change.error ?? error
    }
  }
}

/** Deletes all that is kept of a resource. */
export async function deleteAll(change: Change, root: string): Promise<void> {
  const all = IDBKeyRange.bound([root], [root, []])
  await Promise.all([
    change.objectStore('chunks').delete(all),
    change.objectStore('pages').delete(all),
    change.objectStore('holdings').delete(root),
  ])
}

/** The records of a chunk. Each has bytes of its own: a view is stored with all that lies behind it. */
export function recordsOf(root: string, { index, bytes }: StoredChunk): ChunkRecord[] {
  // At least one: bytes that were given away have no length, and refuse to be copied.
  const length = Math.max(1, Math.ceil(bytes.length / PART_BYTES))
  return Array.from({ length }, (_, part) => {
    const from = part * PART_BYTES
    return { root, index, part, bytes: bytes.slice(from, from + PART_BYTES) }
  })
}

/** Puts chunks together again, of records in order; one that lacks a part is too short for `verify`. */
function join(records: readonly ChunkRecord[]): StoredChunk[] {
  const chunks: { index: ChunkIndex; parts: Uint8Array<ArrayBuffer>[] }[] = []
  for (const { index, bytes } of records) {
    const last = chunks.at(-1)
    if (last?.index === index) last.parts.push(bytes)
    else chunks.push({ index: index as ChunkIndex, parts: [bytes] })
  }
  return chunks.map(({ index, parts }) => ({ index, bytes: concat(parts) }))
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0))
  let filled = 0
  for (const part of parts) {
    bytes.set(part, filled)
    filled += part.length
  }
  return bytes
}

/** Keys of the chunks of a run. */
export const keysOf = (root: string, { from, to }: ChunkRun): IDBKeyRange =>
  IDBKeyRange.bound([root, from], [root, to], false, true)
