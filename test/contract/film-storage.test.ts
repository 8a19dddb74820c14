/** Films are there as a whole before they are given: of the contract only what reads applies, as nothing is kept or evicted. */

import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CHUNK_BYTES, run } from '../../src/core/units.js'
import { Courtesy } from '../../src/seed/courtesy.js'
import { FileFilm } from '../../src/seed/file-film.js'
import { KeptChunks } from '../../src/seed/kept-chunks.js'
import { UrlFilm } from '../../src/seed/url-film.js'
import { FilmStorage } from '../../src/store/film-storage.js'
import { type FilmSite, startFilmSite } from '../unit/seed/film-site.js'
import { type Published, publish } from '../unit/store/resources.js'
import { chunkReadingContract } from './chunk-storage.js'

let folder: string
let storage: FilmStorage
let kept: KeptChunks
const sites: FilmSite[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'swarmtag-test-'))
  storage = new FilmStorage()
  kept = await KeptChunks.open(1_024 * CHUNK_BYTES, folder)
})
afterEach(async () => {
  await storage.clear()
  await kept.close()
  for (const site of sites.splice(0)) await site.close()
  await rm(folder, { recursive: true })
})

const bytesOf = ({ manifest, bytesOf }: Published) =>
  Buffer.concat(Array.from({ length: manifest.map.chunkCount }, (_, index) => bytesOf(index)))
const pathOf = ({ manifest }: Published) => join(folder, manifest.id)

async function addFile(film: Published): Promise<void> {
  const { manifest } = film
  await writeFile(pathOf(film), bytesOf(film))
  const file = await open(pathOf(film))
  storage.add(manifest.id, await FileFilm.of(pathOf(film), file, manifest.map))
}

async function addUrl(film: Published): Promise<void> {
  const { manifest } = film
  const site = await startFilmSite(bytesOf(film))
  sites.push(site)
  const options = { manifest, kept, courtesy: new Courtesy() }
  storage.add(manifest.id, await UrlFilm.open(site.url, options))
}

chunkReadingContract('a disk', async all => {
  for (const each of all) await addFile(each)
  return storage
})

chunkReadingContract('a site, asked for what it was asked for once,', async all => {
  for (const each of all) {
    await addUrl(each)
    const { id, map } = each.manifest
    // The first of a run may come without those behind it.
    for (let at = 0; at < map.chunkCount; at++) await storage.read(id, run(at, at + 1))
  }
  return storage
})

test('a disk has no chunk of a file that ends before it, or in it', async () => {
  const film = await publish(4 * CHUNK_BYTES)
  await addFile(film)
  await truncate(pathOf(film), 2 * CHUNK_BYTES + 1)
  const found = await storage.read(film.manifest.id, run(0, 4))
  expect(found.map(({ index }) => index)).toEqual([0, 1])
  expect(await storage.read(film.manifest.id, run(2, 4))).toEqual([])
})

test('films keep nothing, and say that there is no room for what is not needed yet', async () => {
  const film = await publish(4 * CHUNK_BYTES)
  storage.keep()
  expect(storage.roomBytes).toBe(0)
  expect((await storage.holding(film.manifest.id, 4)).runs()).toEqual([])
})
