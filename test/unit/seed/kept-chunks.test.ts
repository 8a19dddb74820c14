import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { CHUNK_BYTES, chunk } from '../../../src/core/units.js'
import { KeptChunks } from '../../../src/seed/kept-chunks.js'
import { publish } from '../store/resources.js'

const film = publish(7 * CHUNK_BYTES + 100)
const other = publish(2 * CHUNK_BYTES, 4)

async function open(slots: number) {
  const folder = await mkdtemp(join(tmpdir(), 'swarmtag-test-'))
  const kept = await KeptChunks.open(slots * CHUNK_BYTES, folder)
  onTestFinished(async () => {
    await kept.close()
    await rm(folder, { recursive: true })
  })
  const sizeBytes = async () => (await kept.file.stat()).size
  return { kept, folder, sizeBytes }
}

test('what was kept is read, of the right film, and takes no more than the capacity', async () => {
  const { kept, sizeBytes } = await open(3)
  const { manifest, verified, bytesOf } = await film
  await kept.keep(manifest.id, await verified(7))
  await kept.keep((await other).manifest.id, await (await other).verified(1))
  await kept.keep(manifest.id, await verified(0))
  expect(await kept.read(manifest.id, chunk(7))).toEqual(bytesOf(7))
  expect(await kept.read(manifest.id, chunk(1))).toBeUndefined()
  expect(await kept.read((await other).manifest.id, chunk(1))).toEqual((await other).bytesOf(1))
  for (const index of [1, 2, 3, 4, 5, 6]) await kept.keep(manifest.id, await verified(index))
  expect(await sizeBytes()).toBeLessThanOrEqual(3 * CHUNK_BYTES)
  expect([0, 4, 5, 6, 7].filter(index => kept.has(manifest.id, chunk(index)))).toEqual([4, 5, 6])
  for (const index of [4, 5, 6])
    expect(await kept.read(manifest.id, chunk(index))).toEqual(bytesOf(index))
})

test('what was asked for longest ago goes first', async () => {
  const { kept } = await open(2)
  const { manifest, verified } = await film
  await kept.keep(manifest.id, await verified(0))
  await kept.keep(manifest.id, await verified(1))
  await kept.read(manifest.id, chunk(0))
  await kept.keep(manifest.id, await verified(2))
  expect([0, 1, 2].filter(index => kept.has(manifest.id, chunk(index)))).toEqual([0, 2])
})

test('what goes while it is read is not there, and nothing else is in its place', async () => {
  const { kept } = await open(1)
  const { manifest, verified, bytesOf } = await film
  for (let at = 0; at < 50; at++) {
    const [now, next] = [at % 6, (at + 1) % 6]
    await kept.keep(manifest.id, await verified(now))
    const taken = await verified(next)
    const reading = kept.read(manifest.id, chunk(now))
    await kept.keep(manifest.id, taken)
    const bytes = await reading
    if (bytes) expect(Buffer.compare(bytes, bytesOf(now))).toBe(0)
  }
})

test('a film is forgotten, and its room is free', async () => {
  const { kept, sizeBytes } = await open(2)
  const { manifest, verified } = await film
  await kept.keep(manifest.id, await verified(0))
  await kept.keep(manifest.id, await verified(1))
  kept.forget(manifest.id)
  expect(kept.has(manifest.id, chunk(0))).toBe(false)
  await kept.keep(manifest.id, await verified(2))
  expect(await sizeBytes()).toBe(2 * CHUNK_BYTES)
})

test('nothing is left in the folder, not even while it is in use', async () => {
  const { kept, folder } = await open(2)
  const { manifest, verified } = await film
  await kept.keep(manifest.id, await verified(0))
  expect(await readdir(folder)).toEqual([])
})

test('where nothing can be written it is reported where and why', async () => {
  await expect(KeptChunks.open(CHUNK_BYTES, '/nowhere')).rejects.toMatchObject({
    code: 'file-unwritable',
    detail: expect.stringMatching(/^cannot keep chunks in \/nowhere\/swarmtag-.*ENOENT/),
  })
})
