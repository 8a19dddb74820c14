import { expect, onTestFinished, test, vi } from 'vitest'
import { ChunkMap } from '../../../src/core/format/chunk-map.js'
import { CHUNK_BYTES, chunk } from '../../../src/core/units.js'
import { LeftBytes, leftChunks } from '../../../src/sw/left-bytes.js'

const map = new ChunkMap(1_000 * CHUNK_BYTES)

/** Chunks as a response leaves them. */
const chunks = (from: number, to: number) =>
  leftChunks(
    Array.from({ length: to - from }, (_, at) => ({
      index: chunk(from + at),
      bytes: new Uint8Array(CHUNK_BYTES),
    })),
  )

const taken = (left: LeftBytes, key: string) =>
  left.take(key).flatMap(each => [...each.take(map)].map(({ index }) => Number(index)))

test('what responses left is taken once, by the next one of the same video in the same page', () => {
  const left = new LeftBytes()
  left.leave('page a', chunks(0, 2))
  left.leave('page b', chunks(7, 8))
  left.leave('page a', chunks(4, 5))
  expect(taken(left, 'page a')).toEqual([0, 1, 4])
  expect(taken(left, 'page a')).toEqual([])
  expect(taken(left, 'page b')).toEqual([7])
})

test('beyond 8 MiB nothing more is kept, until some is taken', () => {
  const left = new LeftBytes()
  left.leave('page a', chunks(0, 128))
  left.leave('page b', chunks(0, 1))
  expect(taken(left, 'page b')).toEqual([])
  expect(taken(left, 'page a')).toHaveLength(128)
  left.leave('page b', chunks(0, 1))
  expect(taken(left, 'page b')).toEqual([0])
})

test('what was taken is referred to no more', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const left = new LeftBytes()
  left.leave('page a', chunks(0, 2))
  left.leave('page a', chunks(2, 3))
  expect(vi.getTimerCount()).toBe(2)
  left.take('page a')
  expect(vi.getTimerCount()).toBe(0)
})

test('what nobody takes is dropped after a minute', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const left = new LeftBytes()
  left.leave('page a', chunks(0, 1))
  vi.advanceTimersByTime(59_999)
  left.leave('page a', chunks(1, 2))
  vi.advanceTimersByTime(1)
  expect(taken(left, 'page a')).toEqual([1])
})
