/** Bytes of a file at a place. */

import type { FileHandle } from 'node:fs/promises'

/** Fills a buffer from a place on: one read may bring less than was asked for. `false` where the file ends before. */
export async function fill(file: FileHandle, bytes: Uint8Array, from: number): Promise<boolean> {
  for (let filled = 0; filled < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled)
    if (bytesRead === 0) return false
    filled += bytesRead
  }
  return true
}
