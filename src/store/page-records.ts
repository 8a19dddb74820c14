/** Digest pages in the database. They are stored unverified: `Manifest` verifies them whenever it reads them. */

import type { ChunkArchive } from './chunk-archive.js'

/** A stored digest page; `undefined` if there is none, or the database cannot be read. */
export async function storedPage(
  store: ChunkArchive,
  root: string,
  page: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return (await (await store.database()).get('pages', [root, page]))?.digests
  } catch {
    return undefined
  }
}

/** Stores a digest page, if the database can be written; else it will be fetched again on the next visit. */
export async function storePage(
  store: ChunkArchive,
  root: string,
  page: number,
  digests: Uint8Array<ArrayBuffer>,
): Promise<void> {
  try {
    await (await store.database()).put('pages', { root, page, digests })
  } catch {
    // Not stored.
  }
}
