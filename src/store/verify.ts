/**
 * Keeps promise P1: only `verify` makes a `VerifiedChunk`, and nothing else may be played, stored or passed on.
 */

import { SwarmtagError } from '../core/errors.js'
import type { ChunkIndex } from '../core/units.js'
import { digestChunkInPlace, requireDigest } from './digests.js'
import type { Manifest } from './manifest.js'

declare const verified: unique symbol

/** A chunk whose bytes match its manifest. */
export interface VerifiedChunk {
  readonly index: ChunkIndex
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly [verified]: true
}

/**
 * Verifies bytes from anywhere against the manifest.
 *
 * @param bytes - the chunk's bytes, which the verified chunk keeps; what is ahead of them in their buffer may be overwritten
 * @throws SwarmtagError `chunk-corrupt` if they are not the chunk's; `manifest-unavailable` or `manifest-mismatch` if its
 * digest page is not available
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
    digestChunkInPlace(index, bytes),
  ])
  requireDigest(actual, expected, 'chunk-corrupt', `chunk ${index}`)
  return { index, bytes } as VerifiedChunk
}
