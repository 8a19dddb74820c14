import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, expect, vi } from 'vitest'
import { type FoundFile, ManifestCache } from '../../../src/cli/manifest-cache.js'
import { MediaFile } from '../../../src/cli/media-file.js'
import { test as base, filmOf } from './fixtures.js'

const test = base.extend<{ cache: ManifestCache; film: FoundFile }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the dependencies off the pattern
  cache: async ({}, use) => {
    const cache = new ManifestCache()
    await use(cache)
    await cache.close()
  },
  film: async ({ folder }, use) => {
    const path = join(folder, 'film.mp4')
    await writeFile(path, filmOf(3_000_000))
    const { size, mtimeMs } = await stat(path)
    await use({ path, sizeBytes: size, mtimeMs })
  },
})

afterEach(() => {
  vi.restoreAllMocks()
})

test('a manifest is made once for all who ask', async ({ cache, film }) => {
  const opened = vi.spyOn(MediaFile, 'open')
  const paths = await Promise.all(Array.from({ length: 8 }, () => cache.manifestOf(film)))
  expect(new Set(paths).size).toBe(1)
  await cache.manifestOf(film)
  expect(opened).toHaveBeenCalledTimes(1)
})

test('another state of the file has another manifest', async ({ cache, film }) => {
  const first = await cache.manifestOf(film)
  const second = await cache.manifestOf({ ...film, mtimeMs: film.mtimeMs + 1 })
  expect(second).not.toBe(first)
})

test('a manifest that was cleaned away is made again', async ({ cache, film }) => {
  const path = await cache.manifestOf(film)
  const bytes = await readFile(path)
  await rm(path)
  expect(await readFile(await cache.manifestOf(film))).toEqual(bytes)
})

test('a failure is not kept', async ({ cache, film }) => {
  const bytes = await readFile(film.path)
  await rm(film.path)
  await expect(cache.manifestOf(film)).rejects.toMatchObject({ code: 'file-unreadable' })
  await writeFile(film.path, bytes)
  const path = await cache.manifestOf(film)
  expect(await readdir(dirname(path))).toHaveLength(1)
})

test('closing removes all and makes no more', async ({ cache, film }) => {
  const folder = dirname(await cache.manifestOf(film))
  await cache.close()
  expect(existsSync(folder)).toBe(false)
  await expect(cache.manifestOf(film)).rejects.toThrow()
})
