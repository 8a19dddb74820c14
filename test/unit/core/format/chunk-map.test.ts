import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChunkMap, chunksOf } from '../../../../src/core/format/chunk-map.js'
import { CHUNK_BYTES, chunk, run } from '../../../../src/core/units.js'

const GIB = 2 ** 30

test.each([
  { sizeBytes: 1, chunkCount: 1, lastBytes: 1 },
  { sizeBytes: 65_535, chunkCount: 1, lastBytes: 65_535 },
  { sizeBytes: 65_536, chunkCount: 1, lastBytes: 65_536 },
  { sizeBytes: 65_537, chunkCount: 2, lastBytes: 1 },
  { sizeBytes: 131_071, chunkCount: 2, lastBytes: 65_535 },
  { sizeBytes: 131_072, chunkCount: 2, lastBytes: 65_536 },
  { sizeBytes: 131_073, chunkCount: 3, lastBytes: 1 },
  { sizeBytes: 255 * 65_536, chunkCount: 255, lastBytes: 65_536 },
  { sizeBytes: 256 * 65_536, chunkCount: 256, lastBytes: 65_536 },
  { sizeBytes: 256 * 65_536 + 1, chunkCount: 257, lastBytes: 1 },
  { sizeBytes: 4 * GIB - 1, chunkCount: 65_536, lastBytes: 65_535 },
  { sizeBytes: 4 * GIB, chunkCount: 65_536, lastBytes: 65_536 },
  { sizeBytes: 4 * GIB + 1, chunkCount: 65_537, lastBytes: 1 },
])(
  '$sizeBytes bytes lie in $chunkCount chunks, the last of $lastBytes bytes',
  ({ sizeBytes, chunkCount, lastBytes }) => {
    const map = new ChunkMap(sizeBytes)
    const last = chunk(chunkCount - 1)
    expect(map.chunkCount).toBe(chunkCount)
    expect(map.bytesOf(last)).toBe(lastBytes)
    expect(chunksOf({ from: sizeBytes - 1, to: sizeBytes })).toEqual(run(last, chunkCount))
    expect(map.spanOf(run(0, chunkCount))).toEqual({ from: 0, to: sizeBytes })
    expect(map.spanOf(run(last, chunkCount))).toEqual({
      from: sizeBytes - lastBytes,
      to: sizeBytes,
    })
  },
)

test('an empty resource has no chunks', () => {
  expect(new ChunkMap(0).chunkCount).toBe(0)
})

test.each([
  { byte: 0, in: 0 },
  { byte: 65_535, in: 0 },
  { byte: 65_536, in: 1 },
  { byte: 131_071, in: 1 },
  { byte: 4 * GIB - 1, in: 65_535 },
  { byte: 4 * GIB, in: 65_536 },
])('byte $byte lies in chunk $in', ({ byte, in: index }) => {
  expect(chunksOf({ from: byte, to: byte + 1 })).toEqual(run(index, index + 1))
})

test.each([
  { span: [0, 1], run: [0, 1] },
  { span: [0, 65_536], run: [0, 1] },
  { span: [0, 65_537], run: [0, 2] },
  { span: [65_535, 65_537], run: [0, 2] },
  { span: [65_536, 65_537], run: [1, 2] },
  { span: [65_536, 131_072], run: [1, 2] },
  { span: [1, 200_000], run: [0, 4] },
] as const)('the bytes $span are held by the chunks $run', ({ span: [from, to], run: [a, b] }) => {
  expect(chunksOf({ from, to })).toEqual(run(a, b))
})

test('the chunks of a resource follow each other without gap or overlap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 * CHUNK_BYTES }), sizeBytes => {
      const map = new ChunkMap(sizeBytes)
      let at = 0
      for (let index = 0; index < map.chunkCount; index++) {
        const { from, to } = map.spanOf(run(index, index + 1))
        expect(from).toBe(at)
        expect(to - from).toBe(map.bytesOf(chunk(index)))
        expect(to).toBeGreaterThan(from)
        at = to
      }
      expect(at).toBe(sizeBytes)
    }),
  )
})

test('the run of a span holds its first and its last byte and no chunk more', () => {
  const spanOf = fc
    .tuple(fc.nat(8 * GIB), fc.integer({ min: 1, max: 10 * CHUNK_BYTES }))
    .map(([from, bytes]) => ({ from, to: from + bytes }))
  fc.assert(
    fc.property(spanOf, span => {
      const { from, to } = chunksOf(span)
      expect(from).toBe(Math.floor(span.from / CHUNK_BYTES))
      expect(to - 1).toBe(Math.floor((span.to - 1) / CHUNK_BYTES))
    }),
  )
})
