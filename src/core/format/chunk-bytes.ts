/**
 * A chunk in memory: its bytes are the last of their buffer, with room ahead of them for what is hashed with them. So they
 * are hashed where they are; a copy of each would cost a fifth of the worker's speed (docs/performance.md).
 */

/** As much as is hashed ahead of a chunk's bytes. */
export const CHUNK_ROOM_BYTES = 5

/** A buffer for a chunk of this many bytes. */
export const roomForChunk = (bytes: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(CHUNK_ROOM_BYTES + bytes).subarray(CHUNK_ROOM_BYTES)

/** A copy in a buffer of its own, which can be given away. */
export function copyOfChunk(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = roomForChunk(bytes.length)
  copy.set(bytes)
  return copy
}
