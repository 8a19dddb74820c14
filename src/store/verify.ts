/**
 * The gate of promise P1: `verify` is the only maker of a `VerifiedChunk`, and nothing else may be
 * played, stored or passed on. Also hashes what manifests are made of.
 */

import { type ErrorCode, SwarmtagError } from '../core/errors.js'
import { chunkPreimage, pagePreimage, rootPreimage } from '../core/manifest.js'
import type { ChunkIndex } from '../core/units.js'
import type { Manifest } from './manifest.js'

declare const verified: unique symbol

/** A chunk whose bytes are those that its manifest names. */
export interface VerifiedChunk {
  readonly index: ChunkIndex
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly [verified]: true
}

const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

/** The digest of a chunk, bound to its place in the resource. */
export const digestChunk = (index: ChunkIndex, bytes: Uint8Array) =>
  sha256(chunkPreimage(index, bytes))

/** The root of a page of digests. */
export const digestPage = (page: number, digests: Uint8Array) => sha256(pagePreimage(page, digests))

/** The root of a resource: its identity. */
export const digestRoot = (sizeBytes: number, pageRoots: readonly Uint8Array[]) =>
  sha256(rootPreimage(sizeBytes, pageRoots))

/** Whether two digests are the same. */
export const sameDigest = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

/** Refuses a digest that is not the expected one. */
export function requireDigest(
  actual: Uint8Array,
  expected: Uint8Array,
  code: ErrorCode,
  what: string,
): void {
  if (!sameDigest(actual, expected))
    throw new SwarmtagError(code, `${what} is not what its digest names`)
}

/**
 * Checks bytes from anywhere against the manifest.
 *
 * @param bytes - the chunk's bytes; the verified chunk holds them, not a copy
 * @throws SwarmtagError `chunk-corrupt` where they are not the chunk; `manifest-unavailable` or
 * `manifest-mismatch` where its digest page cannot be had
 */
export async function verify(
  manifest: Manifest,
  index: ChunkIndex,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<VerifiedChunk> {
  if (index < 0 || index >= manifest.map.chunkCount || bytes.length !== manifest.map.bytesOf(index))
    throw new SwarmtagError('chunk-corrupt', `chunk ${index} has ${bytes.length} bytes`)
  const [expected, actual] = await Promise.all([
    manifest.digestOf(index),
    digestChunk(index, bytes),
  ])
  requireDigest(actual, expected, 'chunk-corrupt', `chunk ${index}`)
  return { index, bytes } as VerifiedChunk
}
