/** A manifest in use: a verified descriptor, and digest pages that are fetched and verified on demand. */

import { SwarmtagError } from '../core/errors.js'
import { ChunkMap } from '../core/format/chunk-map.js'
import {
  type Descriptor,
  decodeDescriptor,
  digestPageSpan,
  digestsInPage,
  encodeDescriptor,
  pageCountOf,
  pageOf,
} from '../core/format/manifest.js'
import {
  type ByteSpan,
  CHUNK_BYTES,
  type ChunkIndex,
  chunk,
  DIGEST_BYTES,
  PAGE_CHUNKS,
} from '../core/units.js'
import { digestChunk, digestPage, digestRoot, requireDigest, sameDigest } from './digests.js'
import { toHex } from './hex.js'

/**
 * Sources of a digest page, nearest first: the store, then the manifest's own file at `span`. The first one that matches
 * the descriptor is used.
 */
export type PageCandidates = (
  page: number,
  span: ByteSpan,
) => AsyncIterable<Uint8Array<ArrayBuffer>>

/** Pages that `prepareAll` fetches: 1 MiB of digests. */
const MOST_PREPARED_PAGES = 32

/** Chunks that are hashed at a time when a manifest is made, each a copy: 4 MiB. Engines hash in several threads. */
const HASHED_AT_ONCE = 64

export class Manifest {
  readonly map: ChunkMap
  /** The root as text: names the swarm and the records of the store. */
  readonly id: string
  readonly #pages = new Map<number, Promise<Uint8Array>>()

  private constructor(
    readonly descriptor: Descriptor,
    /** The descriptor's encoding, as it was read. */
    readonly descriptorBytes: Uint8Array<ArrayBuffer>,
    readonly pageCandidates: PageCandidates,
  ) {
    this.map = new ChunkMap(descriptor.sizeBytes)
    this.id = toHex(descriptor.root)
  }

  /**
   * Reads a descriptor and verifies it against its own root.
   *
   * @param bytes - at least the whole descriptor
   * @throws SwarmtagError `manifest-malformed`; `manifest-mismatch` if size and page roots do not match the root
   */
  static async open(
    bytes: Uint8Array<ArrayBuffer>,
    pageCandidates: PageCandidates,
  ): Promise<Manifest> {
    const { descriptor, descriptorBytes } = decodeDescriptor(bytes)
    if (!descriptor)
      throw new SwarmtagError('manifest-malformed', `${bytes.length} of ${descriptorBytes} bytes`)
    const root = await digestRoot(descriptor.sizeBytes, descriptor.pageRoots)
    requireDigest(root, descriptor.root, 'manifest-mismatch', 'the descriptor')
    return new Manifest(descriptor, bytes.slice(0, descriptorBytes), pageCandidates)
  }

  /** Digest of a chunk; fetches its page on first use. */
  async digestOf(index: ChunkIndex): Promise<Uint8Array> {
    const digests = await this.digestPage(pageOf(index))
    const at = (index % PAGE_CHUNKS) * DIGEST_BYTES
    return digests.subarray(at, at + DIGEST_BYTES)
  }

  /** A digest page; fetched on first use. */
  digestPage(page: number): Promise<Uint8Array> {
    let digests = this.#pages.get(page)
    if (!digests) {
      digests = this.#fetchPage(page)
      this.#pages.set(page, digests)
      // A failed page is requested again with the next chunk that needs it.
      digests.catch(() => this.#pages.delete(page))
    }
    return digests
  }

  /** Bytes of the manifest's whole file. */
  get fileBytes(): number {
    return this.descriptorBytes.length + this.map.chunkCount * DIGEST_BYTES
  }

  /**
   * Bytes of the manifest's file, from the first on, as far as they are verified here, and as the file goes.
   *
   * @param fetches - whether digest pages are fetched for it. @default only those that are there are read
   */
  async read({ from, to }: ByteSpan, fetches = false): Promise<Uint8Array<ArrayBuffer>> {
    const { descriptorBytes, descriptor } = this
    const end = Math.min(to, this.fileBytes)
    const bytes = new Uint8Array(Math.max(0, end - from))
    const head = descriptorBytes.subarray(from, end)
    bytes.set(head)
    let at = from + head.length
    while (at < end) {
      const page = Math.floor((at - descriptorBytes.length) / (PAGE_CHUNKS * DIGEST_BYTES))
      // Of one that is not there yet, the race is won by `undefined`.
      const found = fetches
        ? this.digestPage(page)
        : Promise.race([this.#pages.get(page), undefined])
      const digests = await found.catch(() => undefined)
      if (!digests) break
      const span = digestPageSpan(descriptorBytes.length, descriptor.sizeBytes, page)
      const part = digests.subarray(at - span.from, end - span.from)
      bytes.set(part, at - from)
      at += part.length
    }
    return bytes.slice(0, Math.max(0, at - from))
  }

  async #fetchPage(page: number): Promise<Uint8Array> {
    const { sizeBytes } = this.descriptor
    const span = digestPageSpan(this.descriptorBytes.length, sizeBytes, page)
    let isTried = false
    for await (const digests of this.pageCandidates(page, span)) {
      if (await this.#isPage(page, digests)) return digests
      isTried = true
    }
    if (isTried)
      throw new SwarmtagError('manifest-mismatch', `digest page ${page} is not what its root names`)
    throw new SwarmtagError('manifest-unavailable', `nobody has digest page ${page}`)
  }

  async #isPage(page: number, digests: Uint8Array): Promise<boolean> {
    const { sizeBytes, pageRoots } = this.descriptor
    const expected = pageRoots[page]
    if (!expected || digests.length !== digestsInPage(sizeBytes, page) * DIGEST_BYTES) return false
    return sameDigest(await digestPage(page, digests), expected)
  }
}

/** Fetches the digests around a chunk, so that they are there when it comes. */
export function prepare(manifest: Manifest, index: ChunkIndex): void {
  // `verify` will fail in the same way, and report it.
  manifest.digestOf(index).catch(() => {})
}

/** Fetches the digests of all chunks, page after page, up to those of 2 GiB, so that a seek waits for none. */
export async function prepareAll(manifest: Manifest): Promise<void> {
  const pages = Math.min(manifest.descriptor.pageRoots.length, MOST_PREPARED_PAGES)
  for (let page = 0; page < pages; page++)
    await manifest.digestOf(chunk(page * PAGE_CHUNKS)).catch(() => {})
}

/** A manifest that is at hand as a whole. */
export const manifestOf = (bytes: Uint8Array<ArrayBuffer>): Promise<Manifest> =>
  Manifest.open(bytes, async function* (_page, { from, to }) {
    yield bytes.slice(from, to)
  })

/**
 * Makes the manifest of a resource from its chunks in order; memory grows by 32 bytes a chunk.
 *
 * @param chunks - each may be overwritten once the next one is asked for
 * @param digest - `digestChunkInPlace` where what is ahead of each chunk in its buffer may be overwritten by then
 * @returns the encoded manifest: descriptor, then digest pages
 * @throws SwarmtagError `file-unreadable` where there are more or fewer bytes than `about` says; what `chunks` throws
 */
export async function buildManifest<Chunk extends Uint8Array>(
  about: Omit<Descriptor, 'pageRoots' | 'root'>,
  chunks: AsyncIterable<Chunk>,
  digest: (index: ChunkIndex, bytes: Chunk) => Promise<Uint8Array> = digestChunk,
): Promise<{ id: string; bytes: Uint8Array<ArrayBuffer> }> {
  const { chunkCount } = new ChunkMap(about.sizeBytes)
  const digests = new Uint8Array(chunkCount * DIGEST_BYTES)
  const hashing: Promise<void>[] = []
  let index = 0
  let readBytes = 0
  for await (const bytes of chunks) {
    readBytes += bytes.length
    const isLast = index === chunkCount - 1
    if (index >= chunkCount || (!isLast && bytes.length !== CHUNK_BYTES)) break
    const at = index * DIGEST_BYTES
    // The bytes are copied before this returns (Web Cryptography API, section 14.3.5).
    hashing.push(digest(chunk(index), bytes).then(found => digests.set(found, at)))
    index++
    if (hashing.length >= HASHED_AT_ONCE) await hashing.shift()
  }
  await Promise.all(hashing)
  if (readBytes !== about.sizeBytes || index !== chunkCount)
    throw new SwarmtagError('file-unreadable', `${about.name} changed its size while it was read`)
  const pageRoots: Uint8Array[] = []
  for (let page = 0; page < pageCountOf(about.sizeBytes); page++) {
    const { from, to } = digestPageSpan(0, about.sizeBytes, page)
    pageRoots.push(await digestPage(page, digests.subarray(from, to)))
  }
  const root = await digestRoot(about.sizeBytes, pageRoots)
  const descriptor = encodeDescriptor({ ...about, pageRoots, root })
  const bytes = new Uint8Array(descriptor.length + digests.length)
  bytes.set(descriptor)
  bytes.set(digests, descriptor.length)
  return { id: toHex(root), bytes }
}
