/** Reads a file as chunks in order, ahead of the hashing, in constant memory. */

import type { FileHandle } from 'node:fs/promises'
import { CHUNK_BYTES } from '../core/units.js'

/** Bytes of one read; two such buffers are in use. From 64 KiB to 4 MiB all are as fast: hashing is the bottleneck. */
const READ_BYTES = 16 * CHUNK_BYTES

/** How far a read has come, in bytes of the file. */
export type OnProgress = (readBytes: number) => void

/**
 * Reads a file from its start. Ends early where the file is shorter than `sizeBytes`.
 *
 * @param handle - open for reading; the caller closes it
 * @returns chunks of `CHUNK_BYTES`, the last one shorter; each is overwritten soon after the next one
 * is asked for, so copy what is to be kept
 * @throws the signal's reason, or what the file system throws
 */
export async function* readChunks(
  handle: FileHandle,
  sizeBytes: number,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: OnProgress } = {},
): AsyncGenerator<Uint8Array> {
  let current = Buffer.allocUnsafe(READ_BYTES)
  let next = Buffer.allocUnsafe(READ_BYTES)
  let ahead = fill(handle, current, 0)
  for (let from = 0; from < sizeBytes; from += READ_BYTES) {
    signal?.throwIfAborted()
    const bytes = await ahead
    if (from + READ_BYTES < sizeBytes) {
      ahead = fill(handle, next, from + READ_BYTES)
      // A caller that stops early never awaits the read ahead.
      ahead.catch(() => {})
    }
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
      yield bytes.subarray(at, at + CHUNK_BYTES)
    onProgress?.(from + bytes.length)
    if (bytes.length < READ_BYTES) return
    ;[current, next] = [next, current]
  }
}

/** Fills a buffer from a place in the file: one read may bring less than was asked for. */
async function fill(handle: FileHandle, buffer: Buffer, from: number): Promise<Buffer> {
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}
