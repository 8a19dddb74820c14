import { expect, test } from 'vitest'
import { CHUNK_BYTES, run } from '../../../src/core/units.js'
import { MemoryStorage } from '../../../src/store/memory-storage.js'
import { publish } from './resources.js'

const film = await publish(5 * CHUNK_BYTES)
const other = await publish(2 * CHUNK_BYTES, 4)

function storageOf(chunks: number) {
  const lost: unknown[] = []
  const capacityBytes = chunks * CHUNK_BYTES
  const storage = new MemoryStorage({
    capacityBytes,
    onLost: (root, runs) => lost.push([root, runs]),
  })
  const keep = async (of: typeof film, ...indices: number[]) => {
    for (const index of indices)
      storage.keep(of.manifest.id, of.manifest.map.chunkCount, await of.verified(index))
  }
  const held = async (of: typeof film) =>
    (await storage.holding(of.manifest.id, of.manifest.map.chunkCount)).runs()
  return { storage, lost, keep, held }
}

test('the oldest chunk goes first, of whichever resource it is, and that is reported', async () => {
  const { lost, keep, held } = storageOf(3)
  await keep(film, 4)
  await keep(other, 1)
  await keep(film, 0, 1)
  expect(lost).toEqual([[film.manifest.id, [run(4, 5)]]])
  await keep(film, 2)
  expect(lost.at(-1)).toEqual([other.manifest.id, [run(1, 2)]])
  expect(await held(film)).toEqual([run(0, 3)])
  expect(await held(other)).toEqual([])
})

test('a chunk that comes again is the newest, and counted once', async () => {
  const { storage, lost, keep, held } = storageOf(3)
  await keep(film, 0, 1, 0, 0)
  expect(storage.roomBytes).toBe(CHUNK_BYTES)
  await keep(film, 2, 3)
  expect(lost).toEqual([[film.manifest.id, [run(1, 2)]]])
  expect(await held(film)).toEqual([run(0, 1), run(2, 4)])
})

test('there is room again for what was forgotten or cleared, of which no loss is reported', async () => {
  const { storage, lost, keep } = storageOf(3)
  await keep(film, 0)
  await keep(other, 0, 1)
  expect(storage.roomBytes).toBe(0)
  await storage.forget(other.manifest.id)
  expect(storage.roomBytes).toBe(2 * CHUNK_BYTES)
  await storage.clear()
  expect(storage.roomBytes).toBe(3 * CHUNK_BYTES)
  await keep(film, 0, 1, 2)
  expect(lost).toEqual([])
})

test('a storage smaller than a chunk keeps none, and says so of each', async () => {
  const { storage, lost, keep, held } = storageOf(0.5)
  await keep(film, 0, 1)
  expect(lost).toEqual([
    [film.manifest.id, [run(0, 1)]],
    [film.manifest.id, [run(1, 2)]],
  ])
  expect(await held(film)).toEqual([])
  expect(storage.roomBytes).toBe(CHUNK_BYTES / 2)
})
