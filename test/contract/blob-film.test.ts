/** Files that were picked: of the contract what reads applies, as for all films, which are there before they are given. */

import { openAsBlob } from 'node:fs'
import { mkdtemp, rm, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHUNK_BYTES, chunk, run } from '../../src/core/units.js'
import { BlobFilm } from '../../src/store/blob-film.js'
import { FilmStorage } from '../../src/store/film-storage.js'
import { verify } from '../../src/store/verify.js'
import { type Published, publish } from '../unit/store/resources.js'
import { chunkReadingContract } from './chunk-storage.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'swarmtag-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

const bytesOf = ({ manifest, bytesOf }: Published) =>
  Buffer.concat(Array.from({ length: manifest.map.chunkCount }, (_, index) => bytesOf(index)))

/** The film as a file on disk, which the blob names. */
async function filmOf(film: Published): Promise<{ film: BlobFilm; path: string }> {
  const path = join(folder, film.manifest.id)
  await writeFile(path, bytesOf(film))
  return { film: new BlobFilm('film.mp4', await openAsBlob(path)), path }
}

chunkReadingContract('a picked file', async all => {
  const storage = new FilmStorage()
  for (const each of all) storage.add(each.manifest.id, (await filmOf(each)).film)
  return storage
})

test('chunks of one read have buffers of their own, so that checking one spoils no other', async () => {
  const published = await publish(4 * CHUNK_BYTES)
  const { film } = await filmOf(published)
  const found = await film.read(run(0, 4))
  for (const { index, bytes } of found.toReversed()) await verify(published.manifest, index, bytes)
  for (const { index, bytes } of found) expect(bytes).toEqual(published.bytesOf(index))
})

test('of a file that was cut or removed nothing is there, and it says that it can no longer be read', async () => {
  for (const spoil of [(path: string) => truncate(path, CHUNK_BYTES + 1), unlink]) {
    const { film, path } = await filmOf(await publish(4 * CHUNK_BYTES))
    expect(await film.change()).toBeUndefined()
    await spoil(path)
    expect(await film.read(run(0, 4))).toEqual([])
    expect(await film.read({ from: chunk(0), to: chunk(1) })).toEqual([])
    expect(await film.change()).toBe('can no longer be read')
  }
})
