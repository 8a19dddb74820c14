/** The hashes that manifests are made of, and comparing them. */

import { type ErrorCode, SwarmtagError } from '../core/errors.js'
import {
  chunkPreimage,
  chunkPreimageInPlace,
  pagePreimage,
  rootPreimage,
} from '../core/format/manifest.js'
import type { ChunkIndex } from '../core/units.js'

const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

/** The digest of a chunk, bound to its place in the resource. */
export const digestChunk = (index: ChunkIndex, bytes: Uint8Array) =>
  sha256(chunkPreimage(index, bytes))

/** The same without a copy: writes over what is ahead of the bytes in their buffer. */
export const digestChunkInPlace = (index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>) =>
  sha256(chunkPreimageInPlace(index, bytes))

/** The root of a page of digests. */
export const digestPage = (page: number, digests: Uint8Array) => sha256(pagePreimage(page, digests))

/** The root of a resource: its identity. */
export const digestRoot = (sizeBytes: number, pageRoots: readonly Uint8Array[]) =>
  sha256(rootPreimage(sizeBytes, pageRoots))

export const sameDigest = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

/** Throws if a digest is not the expected one. */
export function requireDigest(
  actual: Uint8Array,
  expected: Uint8Array,
  code: ErrorCode,
  what: string,
): void {
  if (!sameDigest(actual, expected))
    throw new SwarmtagError(code, `${what} is not what its digest names`)
}
