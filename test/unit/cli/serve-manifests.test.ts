import { mkdir, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { decodeDescriptor } from '../../../src/core/format/manifest.js'
import { CHUNK_BYTES } from '../../../src/core/units.js'
import { filmOf, get, open, test } from './fixtures.js'

describe('a manifest', () => {
  const SIZE = CHUNK_BYTES + 1

  test('is made for a video that has none, and sent by ranges', async ({ folder, startServer }) => {
    await writeFile(join(folder, 'a film.mp4'), filmOf(SIZE))
    const server = await startServer()
    const { status, headers, body } = await get(server, '/a%20film.mp4.swarm?v=2')
    expect([status, headers['cache-control']]).toEqual([200, 'no-cache'])
    const { descriptor, descriptorBytes } = decodeDescriptor(body)
    expect(descriptor).toMatchObject({ sizeBytes: SIZE, name: 'a film.mp4', type: 'video/mp4' })
    const range = `bytes=${descriptorBytes}-`
    const digests = await get(server, '/a%20film.mp4.swarm', { headers: { range } })
    expect([digests.status, digests.body.length]).toEqual([206, 64])
    expect(await readdir(folder)).toEqual(['a film.mp4'])
  })

  test('follows its video when that changes', async ({ folder, startServer }) => {
    const path = join(folder, 'film.mp4')
    await writeFile(path, 'first')
    const server = await startServer()
    const first = await get(server, '/film.mp4.swarm')
    await writeFile(path, 'other')
    await utimes(path, 1, 1)
    const second = await get(server, '/film.mp4.swarm', {
      headers: { 'if-none-match': String(first.headers.etag) },
    })
    expect(second.status).toBe(200)
    expect(second.body.equals(first.body)).toBe(false)
  })

  test('of the publisher is sent, unless it is older than its video', async ({
    folder,
    startServer,
  }) => {
    const path = join(folder, 'film.mp4')
    await writeFile(path, 'bytes')
    await writeFile(`${path}.swarm`, 'published')
    await utimes(path, 100, 100)
    await utimes(`${path}.swarm`, 100, 100)
    const server = await startServer()
    expect(String((await get(server, '/film.mp4.swarm')).body)).toBe('published')
    await utimes(`${path}.swarm`, 99, 99)
    expect(
      decodeDescriptor((await get(server, '/film.mp4.swarm')).body).descriptor?.sizeBytes,
    ).toBe(5)
    expect(String(await readFile(`${path}.swarm`))).toBe('published')
  })

  test('is not made for what cannot be shared', async ({ folder, startServer }) => {
    await writeFile(join(folder, 'notes.txt'), 'text')
    await writeFile(join(folder, 'empty.mp4'), '')
    await mkdir(join(folder, 'folder.mp4'))
    const server = await startServer()
    for (const name of ['notes.txt', 'empty.mp4', 'folder.mp4', 'folder.mp4/'])
      expect((await get(server, `/${name}.swarm`)).status).toBe(404)
  })

  test('that is being made does not hold up the end of the server', async ({
    folder,
    startServer,
  }) => {
    const path = join(folder, 'film.mp4')
    await writeFile(path, '')
    await truncate(path, 8 * 1024 ** 3)
    const server = await startServer()
    const asked = open(server, '/film.mp4.swarm').catch(() => 'cut')
    await expect.poll(() => server.stats().paths['/film.mp4.swarm']?.requests).toBe(1)
    const startedMs = performance.now()
    await server.close()
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    expect(await asked).toBe('cut')
  })
})
