/** The reading side of the store, which is all that the worker needs: chunks of earlier visits, and those just written by a page. */

import { SwarmtagError } from '../core/errors.js'
import { copyOfChunk } from '../core/format/chunk-bytes.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, chunk, runsOf } from '../core/units.js'
import { type Change, Changes } from './changes.js'
import {
  type ChunkRecord,
  type Database,
  openDatabase,
  type Packed,
  storeFailed,
} from './database.js'
import { DATABASE_NAME, deleteDatabase } from './deletion.js'

/** Pause before opening again a database that did not open, or that was deleted. */
const REOPEN_PAUSE_MS = 30_000

/**
 * A record has a run of chunks within one block of 16, and no two records the same chunk. Chromium makes a file of each
 * blob; records small enough to be stored inline cost three times the processor time to write (docs/performance.md).
 */
export const BLOCK_CHUNKS = 16

/** A chunk as it was read back; it must pass `verify` again, as it may be corrupt. */
export interface StoredChunk {
  readonly index: ChunkIndex
  readonly bytes: Uint8Array<ArrayBuffer>
}

export class ChunkArchive {
  protected readonly changes = new Changes()
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
   * @throws SwarmtagError `store-failed`; at once during the pause after a failure
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

  /** A deleted database must not come back with the next chunk. */
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
    const found = await Promise.all(records.map(each => readRecord(each, run)))
    return found.flat()
  }

  /**
   * Runs of chunks that are there at least, to save reading what is not.
   *
   * @throws SwarmtagError `store-failed`
   */
  async runs(root: string): Promise<readonly ChunkRun[]> {
    const record = await this.ask('holdings', database => database.get('holdings', root))
    return record?.runs ?? []
  }

  /**
   * Deletes all that is kept of a resource: its file has changed, or the viewer asked for it.
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

  /** Reads, and wraps what the browser throws. */
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

  /** Runs one transaction. */
  protected async change(work: (change: Change) => Promise<unknown>): Promise<void> {
    await this.changes.run(await this.database(), work)
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

/** Concatenates bytes. */
export type Pack = (parts: readonly Uint8Array<ArrayBuffer>[]) => Packed

/** The records of chunks of one resource, without duplicates. */
export function recordsOf(root: string, chunks: readonly StoredChunk[], pack: Pack): ChunkRecord[] {
  const bytesOf = new Map(chunks.map(({ index, bytes }) => [index, bytes]))
  return runsOf([...bytesOf.keys()].sort((a, b) => a - b)).flatMap(run =>
    withinBlocks(run).map(({ from, to }) => {
      const parts = Array.from({ length: to - from }, (_, at) => bytesOf.get(chunk(from + at)))
      const given = parts.filter(each => each !== undefined).filter(each => each.length > 0)
      // A transferred buffer has no length, which would shift all that follows it.
      if (given.length < parts.length)
        throw new SwarmtagError('store-failed', `bytes of chunks ${from} to ${to} are gone`)
      return { root, from, to, bytes: pack(given) }
    }),
  )
}

/** Deletes a run of chunks, and keeps what else is in their records. */
export async function deleteRun(change: Change, root: string, run: ChunkRun): Promise<void> {
  const chunks = change.objectStore('chunks')
  for (const { from, to, bytes } of await recordsIn(change, root, run)) {
    await chunks.delete([root, from])
    for (const kept of [
      { from, to: Math.min(to, run.from) },
      { from: Math.max(from, run.to), to },
    ])
      if (kept.from < kept.to)
        await chunks.put({ root, ...kept, bytes: sliceOf(bytes, from, kept) })
  }
}

/** Deletes all records that hold anything of a run; returns what they held. */
export async function deleteRecords(
  change: Change,
  root: string,
  run: ChunkRun,
): Promise<ChunkRun[]> {
  const records = await recordsIn(change, root, run)
  for (const { from } of records) await change.objectStore('chunks').delete([root, from])
  return records.map(({ from, to }) => ({ from: chunk(from), to: chunk(to) }))
}

async function recordsIn(change: Change, root: string, run: ChunkRun): Promise<ChunkRecord[]> {
  const records = await change.objectStore('chunks').getAll(keysOf(root, run))
  return records.filter(({ to }) => to > run.from)
}

/** What a record has of a run; nothing if its blob is gone by now. */
async function readRecord(record: ChunkRecord, run: ChunkRun): Promise<StoredChunk[]> {
  const from = Math.max(record.from, run.from)
  const to = Math.min(record.to, run.to)
  if (from >= to) return []
  try {
    const packed = sliceOf(record.bytes, record.from, { from, to })
    const bytes = new Uint8Array(packed instanceof Blob ? await packed.arrayBuffer() : packed)
    return Array.from({ length: to - from }, (_, at) => ({
      index: chunk(from + at),
      bytes: copyOfChunk(bytes.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES)),
    }))
  } catch {
    return []
  }
}

/** The bytes of chunks `from` to `to`, out of a record that begins with chunk `first`. */
const sliceOf = (packed: Packed, first: number, { from, to }: { from: number; to: number }) =>
  packed.slice((from - first) * CHUNK_BYTES, (to - first) * CHUNK_BYTES)

/** Cuts a run where blocks begin. */
function withinBlocks({ from, to }: ChunkRun): ChunkRun[] {
  const runs: ChunkRun[] = []
  for (let at: number = from; at < to; at = blockOf(at) + BLOCK_CHUNKS)
    runs.push({ from: chunk(at), to: chunk(Math.min(to, blockOf(at) + BLOCK_CHUNKS)) })
  return runs
}

/** The first chunk of the block that a chunk is in. */
export const blockOf = (index: number): number => index - (index % BLOCK_CHUNKS)

/** Keys of the records that may hold chunks of a run. */
const keysOf = (root: string, { from, to }: ChunkRun): IDBKeyRange =>
  IDBKeyRange.bound([root, blockOf(from)], [root, to], false, true)
