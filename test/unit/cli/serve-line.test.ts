import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { RequestCounter } from '../../../src/cli/request-counter.js'
import { filmOf, get, open, test } from './fixtures.js'

const MIB = 1_048_576

describe('the counters', () => {
  test('tell requests and body bytes by path', async ({ folder, startServer }) => {
    await writeFile(join(folder, 'a film.mp4'), filmOf(1_000))
    const server = await startServer()
    await get(server, '/a%20film.mp4?v=1')
    await get(server, '/a%20film.mp4', { headers: { range: 'bytes=0-99' } })
    await get(server, '/a%20film.mp4', { method: 'HEAD' })
    await get(server, '/missing.mp4', { method: 'HEAD' })
    const expected = {
      paths: {
        '/a film.mp4': { requests: 3, bytes: 1_100 },
        '/missing.mp4': { requests: 1, bytes: 0 },
      },
    }
    expect(server.stats()).toEqual(expected)
    const { status, headers, body } = await get(server, '/stats.json')
    expect([status, headers['content-type']]).toEqual([200, 'application/json'])
    expect(JSON.parse(String(body))).toEqual(expected)
    expect((await get(server, '/stats.json', { method: 'DELETE' })).status).toBe(204)
    expect(server.stats()).toEqual({ paths: {} })
    expect((await get(server, '/stats.json', { method: 'POST' })).status).toBe(405)
  })

  test('count of a cut answer what was sent, not what was asked for', async ({
    folder,
    startServer,
  }) => {
    await writeFile(join(folder, 'film.mp4'), filmOf(4 * MIB))
    const server = await startServer({ bytesPerSecond: MIB })
    const response = await open(server, '/film.mp4')
    let readBytes = 0
    for await (const piece of response) {
      readBytes += piece.length
      if (readBytes > MIB / 4) break
    }
    await wait(100)
    const counted = server.stats().paths['/film.mp4']?.bytes ?? 0
    expect(counted).toBeGreaterThanOrEqual(readBytes)
    expect(counted).toBeLessThan(readBytes + MIB / 8)
  })

  test('do not grow without end', () => {
    const counter = new RequestCounter()
    for (let at = 0; at < 10_050; at++) counter.addRequest(`/${at}`)
    counter.addBytes('/0', 1)
    const { paths } = counter.counts()
    expect(Object.keys(paths)).toHaveLength(10_000)
    expect(paths['/0']).toEqual({ requests: 1, bytes: 1 })
  })
})

describe('a slow line', () => {
  test('has an even pace', async ({ folder, startServer }) => {
    const bytesPerSecond = 2 * MIB
    await writeFile(join(folder, 'film.mp4'), filmOf(2 * MIB))
    const server = await startServer({ bytesPerSecond })
    const startedMs = performance.now()
    const response = await open(server, '/film.mp4')
    let readBytes = 0
    let widestGapMs = 0
    let lastMs = startedMs
    for await (const piece of response) {
      readBytes += piece.length
      const nowMs = performance.now()
      widestGapMs = Math.max(widestGapMs, nowMs - lastMs)
      lastMs = nowMs
      // Never ahead of the line by more than the catch-up and a slice.
      expect(readBytes).toBeLessThan(((nowMs - startedMs + 150) / 1000) * bytesPerSecond)
    }
    const tookMs = performance.now() - startedMs
    expect(readBytes).toBe(2 * MIB)
    expect(tookMs).toBeGreaterThan(900)
    expect(tookMs).toBeLessThan(1_500)
    expect(widestGapMs).toBeLessThan(200)
  })

  test('is each answer its own', async ({ folder, startServer }) => {
    await writeFile(join(folder, 'film.mp4'), filmOf(MIB / 2))
    const server = await startServer({ bytesPerSecond: MIB })
    const startedMs = performance.now()
    await Promise.all([
      get(server, '/film.mp4'),
      get(server, '/film.mp4'),
      get(server, '/film.mp4'),
    ])
    expect(performance.now() - startedMs).toBeLessThan(1_000)
  })

  test('can get faster in the middle of an answer', async ({ folder, startServer }) => {
    await writeFile(join(folder, 'film.mp4'), filmOf(4 * MIB))
    const server = await startServer({ bytesPerSecond: 1_000 })
    const response = await open(server, '/film.mp4')
    setTimeout(() => {
      server.line.bytesPerSecond = Number.POSITIVE_INFINITY
    }, 100)
    let readBytes = 0
    for await (const piece of response) readBytes += piece.length
    expect(readBytes).toBe(4 * MIB)
  })

  test('may also be late', async ({ startServer }) => {
    const server = await startServer({ latencyMs: 150 })
    const timeMs = async () => {
      const startedMs = performance.now()
      await get(server, '/missing.mp4')
      return performance.now() - startedMs
    }
    expect(await timeMs()).toBeGreaterThan(145)
    server.line.latencyMs = 0
    expect(await timeMs()).toBeLessThan(145)
  })
})
