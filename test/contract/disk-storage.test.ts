/** Files on disk are there as a whole before they are given: of the contract only what reads applies, as nothing is kept or evicted. */

import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CHUNK_BYTES, run } from '../../src/core/units.js'
import { DiskStorage } from '../../src/seed/disk-storage.js'
import { type Published, publish } from '../unit/store/resources.js'
import { chunkReadingContract } from './chunk-storage.js'

let folder: string
let storage: DiskStorage
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'swarmtag-test-'))
  storage = new DiskStorage()
})
afterEach(async () => {
  await storage.clear()
  await rm(folder, { recursive: true })
})

const pathOf = ({ manifest }: Published) => join(folder, manifest.id)

async function add(film: Published): Promise<void> {
  const { manifest, sizeBytes, bytesOf } = film
  const chunks = Array.from({ length: manifest.map.chunkCount }, (_, index) => bytesOf(index))
  await writeFile(pathOf(film), Buffer.concat(chunks))
  storage.add(manifest.id, await open(pathOf(film)), sizeBytes)
}

chunkReadingContract('a disk', async all => {
  for (const each of all) await add(each)
  return storage
})

test('a disk has no chunk of a file that ends before it, or in it', async () => {
  const film = await publish(4 * CHUNK_BYTES)
  await add(film)
  await truncate(pathOf(film), 2 * CHUNK_BYTES + 1)
  const found = await storage.read(film.manifest.id, run(0, 4))
  expect(found.map(({ index }) => index)).toEqual([0, 1])
  expect(await storage.read(film.manifest.id, run(2, 4))).toEqual([])
})

test('a disk keeps nothing, and says that it has no room for what is not needed yet', async () => {
  const film = await publish(4 * CHUNK_BYTES)
  storage.keep()
  expect(storage.roomBytes).toBe(0)
  expect((await storage.holding(film.manifest.id, 4)).runs()).toEqual([])
})
