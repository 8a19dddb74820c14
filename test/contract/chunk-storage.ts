/** What every `ChunkStorage` does, wherever it keeps its chunks. */

import { expect, test } from 'vitest'
import { CHUNK_BYTES, type ChunkRun, chunk, run } from '../../src/core/units.js'
import type { ChunkStorage, OnLost } from '../../src/store/chunk-storage.js'
import { type Published, publish } from '../unit/store/resources.js'

const CHUNKS = 6

/**
 * What they all do, those too that keep nothing themselves.
 *
 * @param hold - a storage that holds all of each resource
 */
export function chunkReadingContract(
  name: string,
  hold: (all: readonly Published[]) => Promise<ChunkStorage>,
): void {
  const film = publish((CHUNKS - 1) * CHUNK_BYTES + 1_000)
  const other = publish(2 * CHUNK_BYTES, 4)
  const unknown = publish(2 * CHUNK_BYTES, 5)
  const held = async (storage: ChunkStorage, { manifest }: Published) =>
    (await storage.holding(manifest.id, manifest.map.chunkCount)).runs()
  const read = async (storage: ChunkStorage, { manifest, bytesOf }: Published, of: ChunkRun) => {
    const found = await storage.read(manifest.id, of)
    for (const { index, bytes } of found) expect(bytes).toEqual(bytesOf(index))
    return found.map(({ index }) => index)
  }

  test(`${name} reads what it is asked for, true and in order, and no more`, async () => {
    const storage = await hold([await film, await other])
    expect(await held(storage, await film)).toEqual([run(0, CHUNKS)])
    expect(await read(storage, await film, run(1, 4))).toEqual([1, 2, 3])
    expect(await read(storage, await film, run(CHUNKS - 1, CHUNKS))).toEqual([CHUNKS - 1])
    expect(await read(storage, await other, run(0, 2))).toEqual([0, 1])
  })

  test(`${name} has nothing of a resource that it was not given`, async () => {
    const storage = await hold([await film])
    expect(await held(storage, await unknown)).toEqual([])
    expect(await read(storage, await unknown, run(0, 2))).toEqual([])
  })

  test(`${name} forgets a resource, and then all`, async () => {
    const storage = await hold([await film, await other, await unknown])
    await storage.forget((await film).manifest.id)
    expect(await held(storage, await film)).toEqual([])
    expect(await read(storage, await film, run(0, CHUNKS))).toEqual([])
    expect(await held(storage, await other)).toEqual([run(0, 2)])
    expect(await read(storage, await other, run(0, 2))).toEqual([0, 1])
    await storage.clear()
    for (const each of [other, unknown]) {
      expect(await held(storage, await each)).toEqual([])
      expect(await read(storage, await each, run(0, 2))).toEqual([])
    }
  })
}

/** @param make - an empty storage */
export function chunkStorageContract(
  name: string,
  make: (options: { capacityBytes: number; onLost: OnLost }) => ChunkStorage,
): void {
  const film = publish((CHUNKS - 1) * CHUNK_BYTES + 1_000)
  const other = publish(2 * CHUNK_BYTES, 4)

  /** A storage, and the losses that it reported. */
  const arrange = ({ capacityBytes = 1_024 * CHUNK_BYTES } = {}) => {
    const lost: { root: string; runs: readonly ChunkRun[] }[] = []
    const storage = make({ capacityBytes, onLost: (root, runs) => lost.push({ root, runs }) })
    return { storage, lost }
  }
  const keep = async (storage: ChunkStorage, from: Published, indices: readonly number[]) => {
    const { id, map } = from.manifest
    for (const index of indices) storage.keep(id, map.chunkCount, await from.verified(index))
  }
  const held = async (storage: ChunkStorage, { manifest }: Published) =>
    (await storage.holding(manifest.id, manifest.map.chunkCount)).runs()
  const read = (storage: ChunkStorage, { manifest }: Published, of: ChunkRun) =>
    storage.read(manifest.id, of)

  chunkReadingContract(name, async all => {
    const { storage } = arrange()
    for (const each of all)
      await keep(storage, each, [...Array(each.manifest.map.chunkCount).keys()])
    return storage
  })

  test(`${name} holds nothing at first`, async () => {
    const { storage } = arrange()
    expect(await held(storage, await film)).toEqual([])
    expect(await read(storage, await film, run(0, CHUNKS))).toEqual([])
  })

  test(`${name} gives back what it was given, at once and after a flush, in order`, async () => {
    const { storage } = arrange()
    await keep(storage, await film, [5, 2, 1])
    for (const step of ['at once', 'after a flush']) {
      expect(await held(storage, await film), step).toEqual([run(1, 3), run(5, 6)])
      const found = await read(storage, await film, run(1, CHUNKS))
      expect(
        found.map(({ index }) => index),
        step,
      ).toEqual([1, 2, 5])
      for (const { index, bytes } of found) expect(bytes, step).toEqual((await film).bytesOf(index))
      await storage.flush()
    }
  })

  test(`${name} reads no more than it is asked for`, async () => {
    const { storage } = arrange()
    await keep(storage, await film, [0, 1, 2, 3])
    expect((await read(storage, await film, run(1, 3))).map(({ index }) => index)).toEqual([1, 2])
    expect(await read(storage, await film, run(4, 6))).toEqual([])
  })

  test(`${name} keeps a chunk that comes twice once`, async () => {
    const { storage } = arrange()
    await keep(storage, await film, [3, 3])
    await storage.flush()
    await keep(storage, await film, [3])
    await storage.flush()
    expect((await read(storage, await film, run(0, CHUNKS))).map(({ index }) => index)).toEqual([3])
  })

  test(`${name} keeps resources apart, and forgets one`, async () => {
    const { storage } = arrange()
    await keep(storage, await film, [0, 1])
    await keep(storage, await other, [1])
    await storage.flush()
    await storage.forget((await film).manifest.id)
    expect(await held(storage, await film)).toEqual([])
    expect(await read(storage, await film, run(0, CHUNKS))).toEqual([])
    expect(await held(storage, await other)).toEqual([run(1, 2)])
  })

  test(`${name} deletes all it has`, async () => {
    const { storage } = arrange()
    await keep(storage, await film, [0, 1])
    await storage.flush()
    await keep(storage, await other, [0])
    await storage.clear()
    expect(await held(storage, await film)).toEqual([])
    expect(await held(storage, await other)).toEqual([])
  })

  test(`${name} keeps to its capacity, and reports what it has lost`, async () => {
    const { storage, lost } = arrange({ capacityBytes: 3 * CHUNK_BYTES })
    const { id } = (await film).manifest
    for (const index of [0, 1, 2, 3, 4]) {
      storage.use(id, chunk(index))
      await keep(storage, await film, [index])
      await storage.flush()
    }
    expect(storage.roomBytes).toBe(0)
    const kept = (await read(storage, await film, run(0, CHUNKS))).map(({ index }) => index)
    expect(kept).toHaveLength(3)
    expect(
      (await held(storage, await film)).reduce((sum, { from, to }) => sum + to - from, 0),
    ).toBe(3)
    const gone = lost.flatMap(({ root, runs }) => (root === id ? runs : []))
    expect(gone.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(2)
    for (const { from, to } of gone)
      expect(kept.filter(index => index >= from && index < to)).toEqual([])
  })
}
