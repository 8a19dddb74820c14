/** Small resources made by the rule of test/vectors, and their manifests. */

import { encodeDescriptor, pageCountOf } from '../../../src/core/format/manifest.js'
import { CHUNK_BYTES, type ChunkIndex, chunk, DIGEST_BYTES } from '../../../src/core/units.js'
import { digestPage, digestRoot } from '../../../src/store/digests.js'
import { toHex } from '../../../src/store/hex.js'
import { buildManifest, Manifest } from '../../../src/store/manifest.js'
import { type VerifiedChunk, verify } from '../../../src/store/verify.js'

/** Bytes of one chunk; a `seed` makes another resource. */
export function chunkBytes(sizeBytes: number, index: number, seed = 3): Uint8Array<ArrayBuffer> {
  const from = index * CHUNK_BYTES
  const bytes = new Uint8Array(Math.min(CHUNK_BYTES, sizeBytes - from))
  for (let i = 0; i < bytes.length; i++) bytes[i] = ((from + i) * 7 + seed) % 251
  return bytes
}

export async function* chunksOf(sizeBytes: number, seed?: number) {
  for (let index = 0; index * CHUNK_BYTES < sizeBytes; index++)
    yield chunkBytes(sizeBytes, index, seed)
}

export interface Published {
  sizeBytes: number
  /** The encoded manifest. */
  bytes: Uint8Array<ArrayBuffer>
  manifest: Manifest
  bytesOf(index: number): Uint8Array<ArrayBuffer>
  verified(index: number): Promise<VerifiedChunk>
}

/** A resource with a manifest whose digest pages are at hand. */
export async function publish(sizeBytes: number, seed?: number): Promise<Published> {
  const about = { name: 'movie.mp4', type: 'video/mp4', sizeBytes }
  const { bytes } = await buildManifest(about, chunksOf(sizeBytes, seed))
  const manifest = await Manifest.open(bytes, async function* (_page, { from, to }) {
    yield bytes.slice(from, to)
  })
  const bytesOf = (index: number) => chunkBytes(sizeBytes, index, seed)
  return {
    sizeBytes,
    bytes,
    manifest,
    bytesOf,
    verified: index => verify(manifest, chunk(index), bytesOf(index)),
  }
}

/** A digest page of a resource that nobody has; only its manifest is true to itself. */
const inventedPage = (page: number, count: number) =>
  new Uint8Array(count * DIGEST_BYTES).map((_, at) => (at * 31 + page * 17) % 256)

export const inventedDigest = (index: ChunkIndex): string => {
  const at = (index % 1_024) * DIGEST_BYTES
  return toHex(inventedPage(Math.floor(index / 1_024), 1_024).subarray(at, at + DIGEST_BYTES))
}

/** The manifest of a resource too large to be made for a test: its digests are invented. */
export async function publishInvented(
  pageCount: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; descriptorBytes: number; id: string }> {
  const sizeBytes = pageCount * 1_024 * CHUNK_BYTES
  const pages = Array.from({ length: pageCountOf(sizeBytes) }, (_, page) =>
    inventedPage(page, 1_024),
  )
  const pageRoots = await Promise.all(pages.map((digests, page) => digestPage(page, digests)))
  const root = await digestRoot(sizeBytes, pageRoots)
  const descriptor = encodeDescriptor({
    name: 'long.mp4',
    type: 'video/mp4',
    sizeBytes,
    pageRoots,
    root,
  })
  const bytes = new Uint8Array(await new Blob([descriptor, ...pages]).arrayBuffer())
  return { bytes, descriptorBytes: descriptor.length, id: toHex(root) }
}
