/** The IndexedDB database that worker and pages of a site share: its records and how it is opened. */

import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { SwarmtagError } from '../core/errors.js'
import type { ChunkRun } from '../core/units.js'

/** Raised with any change of a record's shape; an older database is emptied, as it is only a cache. */
const DATABASE_VERSION = 3
/** Opening fails after this time: a tab with an older release may block it. */
const OPEN_LIMIT_MS = 1_000

/**
 * What is known of a video's manifest, or of those of a folder (`folderOf`). `root` is a manifest's `id`; without it,
 * `misses` as in `Asked`.
 */
export type ResourceRecord = {
  url: string
  checkedAtMs: number
  misses?: number
  newest?: NewestSigned
} & (
  | { root: string; descriptor: Uint8Array<ArrayBuffer>; head?: AnswerHead }
  | { root?: undefined }
)

/** What pages can read of an origin's response beside its bytes. */
export interface AnswerHead {
  status: number
  statusText: string
  headers: [string, string][]
  /** Whether CORS hides `content-range` from pages. */
  hidesRange: boolean
}

/** The newest manifest that a key signed for a video: until it expires, no older one is accepted. */
export interface NewestSigned {
  key: string
  issuedAtS: number
  expiresAtS: number
}

/** A run of chunks: see `BLOCK_CHUNKS` in chunk-archive.ts. */
export interface ChunkRecord {
  root: string
  from: number
  to: number
  bytes: Packed
}

/** Bytes of several chunks: a blob, or a buffer where the browser keeps no blobs (WebKit in a private window). */
export type Packed = Blob | ArrayBuffer

/** Which chunks of a resource the database holds, updated with every write so that no keys need to be counted. */
export interface HoldingRecord {
  root: string
  chunkCount: number
  runs: ChunkRun[]
  usedAtMs: number
}

export interface SwarmtagSchema extends DBSchema {
  resources: { key: string; value: ResourceRecord }
  pages: {
    key: [string, number]
    value: { root: string; page: number; digests: Uint8Array<ArrayBuffer> }
  }
  chunks: { key: [string, number]; value: ChunkRecord }
  holdings: { key: string; value: HoldingRecord }
}

export type Database = IDBPDatabase<SwarmtagSchema>

/**
 * Opens the database, and again after the browser closed it (a cleared site, a corrupt file).
 *
 * @param onClose - called when this connection is no longer usable; `isDeleted` if the database is being deleted
 * @throws SwarmtagError `store-failed` if the browser refuses, or does not open it in time
 */
export async function openDatabase(
  name: string,
  onClose: (isDeleted: boolean) => void,
): Promise<Database> {
  let limit: ReturnType<typeof setTimeout> | undefined
  try {
    const opening = openDB<SwarmtagSchema>(name, DATABASE_VERSION, {
      upgrade(database) {
        for (const store of database.objectStoreNames) database.deleteObjectStore(store)
        database.createObjectStore('resources', { keyPath: 'url' })
        database.createObjectStore('pages', { keyPath: ['root', 'page'] })
        database.createObjectStore('chunks', { keyPath: ['root', 'from'] })
        database.createObjectStore('holdings', { keyPath: 'root' })
      },
      // A tab with a newer release opens it, or it is being deleted: both wait until it is closed here.
      blocking: (_version, wanted) => {
        void opening.then(database => database.close())
        onClose(wanted === null)
      },
      terminated: () => onClose(false),
    })
    const late = new Promise<never>((_, reject) => {
      limit = setTimeout(() => {
        // It may still open: nobody uses it then.
        opening.then(
          database => database.close(),
          () => {},
        )
        reject(new SwarmtagError('store-failed', `database ${name} does not open`))
      }, OPEN_LIMIT_MS)
    })
    return await Promise.race([opening, late])
  } catch (cause) {
    throw storeFailed(`opening database ${name}`, cause)
  } finally {
    clearTimeout(limit)
  }
}

/** Wraps what the browser threw. */
export const storeFailed = (doing: string, cause: unknown): SwarmtagError =>
  cause instanceof SwarmtagError
    ? cause
    : new SwarmtagError('store-failed', `${doing} failed`, { cause })
