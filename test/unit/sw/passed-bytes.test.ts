import { expect, test } from 'vitest'
import { ChunkMap } from '../../../src/core/format/chunk-map.js'
import { CHUNK_BYTES } from '../../../src/core/units.js'
import { PassedBytes } from '../../../src/sw/passed-bytes.js'

const SIZE = 100 * CHUNK_BYTES + 5
const file = new Uint8Array(SIZE).map((_, at) => (at * 7) % 251)
const map = new ChunkMap(SIZE)

/** What is kept of bytes of the file that passed in parts. */
function kept(fromByte: number, toByte: number, partBytes: number) {
  const passed = new PassedBytes(fromByte)
  for (let at = fromByte; at < toByte; at += partBytes)
    passed.add(file.subarray(at, Math.min(at + partBytes, toByte)))
  return passed
}

test.each([
  ['from the start, the last one unfinished', 0, 3 * CHUNK_BYTES - 1, [0, 1]],
  ['from within a chunk', CHUNK_BYTES - 1, 3 * CHUNK_BYTES, [1, 2]],
  ['to the short one at the end', 99 * CHUNK_BYTES, SIZE, [99, 100]],
  ['of too few bytes', 1, CHUNK_BYTES, []],
])('whole chunks are handed out, %s', (_what, from, to, indices) => {
  for (const partBytes of [1_000, CHUNK_BYTES, SIZE]) {
    const chunks = [...kept(from, to, partBytes).take(map)]
    expect(chunks.map(({ index }) => index)).toEqual(indices)
    for (const { index, bytes } of chunks) {
      const start = index * CHUNK_BYTES
      expect(Buffer.compare(bytes, file.subarray(start, start + CHUNK_BYTES))).toBe(0)
    }
  }
})

test('of more than 4 MiB the beginning is kept', () => {
  const chunks = [...kept(0, 70 * CHUNK_BYTES, 1_000).take(map)]
  expect(chunks.map(({ index }) => index)).toEqual(Array.from({ length: 63 }, (_, index) => index))
})

test('nothing is kept once it was handed out, or is not wanted', () => {
  const passed = kept(0, 2 * CHUNK_BYTES, CHUNK_BYTES)
  expect([...passed.take(map)]).toHaveLength(2)
  passed.add(file.subarray(2 * CHUNK_BYTES, 4 * CHUNK_BYTES))
  expect([...passed.take(map)]).toEqual([])
  const unwanted = kept(0, 2 * CHUNK_BYTES, CHUNK_BYTES)
  unwanted.drop()
  expect([...unwanted.take(map)]).toEqual([])
})
