/** Reads a file as chunks in order, ahead of the hashing, in constant memory. */

import { CHUNK_BYTES } from '../core/units.js'

/** Bytes of one read; one is hashed while the next is under way. */
const READ_BYTES = 64 * CHUNK_BYTES

/**
 * Reads a file from its start.
 *
 * @param onProgress - called with how far it was read, in bytes
 * @returns chunks of `CHUNK_BYTES`, the last one shorter; what is ahead of each in its buffer is of earlier ones alone
 * @throws what the browser throws where the file cannot be read, or was changed
 */
export async function* blobChunks(
  file: Blob,
  onProgress: (readBytes: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const read = (from: number) => file.slice(from, from + READ_BYTES).arrayBuffer()
  let ahead = read(0)
  for (let from = 0; from < file.size; from += READ_BYTES) {
    const buffer = await ahead
    ahead = read(from + READ_BYTES)
    // Whoever stops early never awaits it.
    ahead.catch(() => {})
    for (let at = 0; at < buffer.byteLength; at += CHUNK_BYTES)
      yield new Uint8Array(buffer, at, Math.min(CHUNK_BYTES, buffer.byteLength - at))
    onProgress(from + buffer.byteLength)
  }
}
