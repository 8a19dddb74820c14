import { open, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { CHUNK_BYTES, chunk } from '../../../src/core/units.js'
import { describes, openManifest } from '../../../src/seed/manifest-file.js'
import { filmOf, test } from '../cli/fixtures.js'
import { publish, publishInvented } from '../store/resources.js'

test('a manifest is read from its file, page after page when it is needed', async ({ folder }) => {
  const path = join(folder, 'long.mp4.swarm')
  const { bytes, id, descriptorBytes } = await publishInvented(3)
  await writeFile(path, bytes)
  const manifest = await openManifest(path)
  expect(manifest?.id).toBe(id)
  const at = descriptorBytes + 2_048 * 32
  expect(await manifest?.digestOf(chunk(2_048))).toEqual(bytes.subarray(at, at + 32))
  // What has gone by then is not there, and nothing else is in its place.
  await truncate(path, descriptorBytes + 1_024 * 32 + 7)
  await expect(manifest?.digestOf(chunk(1_024))).rejects.toMatchObject({
    code: 'manifest-unavailable',
  })
})

test('where there is none, there is none; what is none is refused', async ({ folder }) => {
  expect(await openManifest(join(folder, 'missing.swarm'))).toBeUndefined()
  const path = join(folder, 'none.swarm')
  for (const bytes of [Buffer.alloc(0), Buffer.from('SWARMTAG'), filmOf(100_000)]) {
    await writeFile(path, bytes)
    await expect(openManifest(path)).rejects.toMatchObject({ code: 'manifest-malformed' })
  }
  const { bytes } = await publish(3 * CHUNK_BYTES)
  await writeFile(path, bytes.subarray(0, 40))
  await expect(openManifest(path)).rejects.toMatchObject({ code: 'manifest-malformed' })
})

test('a manifest describes the file whose size, first and last chunk it names', async ({
  folder,
}) => {
  const { manifest, bytesOf } = await publish(2 * CHUNK_BYTES + 5)
  const path = join(folder, 'film.mp4')
  const film = Buffer.concat([bytesOf(0), bytesOf(1), bytesOf(2)])
  const isDescribed = async (bytes: Uint8Array) => {
    await writeFile(path, bytes)
    const file = await open(path)
    try {
      return await describes(manifest, file)
    } finally {
      await file.close()
    }
  }
  expect(await isDescribed(film)).toBe(true)
  expect(await isDescribed(film.subarray(1))).toBe(false)
  for (const at of [0, film.length - 1]) {
    const other = Buffer.from(film)
    other[at] = (other[at] ?? 0) ^ 1
    expect(await isDescribed(other)).toBe(false)
  }
})
