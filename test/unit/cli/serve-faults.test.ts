import { once } from 'node:events'
import { chmod, readdir, readlink, truncate, writeFile } from 'node:fs/promises'
import { Agent, get as httpGet, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { filmOf, get, open, send, test } from './fixtures.js'

const MIB = 1_048_576

describe('an answer that breaks off', () => {
  test('frees its file', async ({ folder, startServer }) => {
    const path = join(folder, 'film.mp4')
    await writeFile(path, filmOf(4 * MIB))
    const server = await startServer({ bytesPerSecond: 1 })
    const responses = await Promise.all(Array.from({ length: 20 }, () => open(server, '/film.mp4')))
    if (process.platform === 'linux') expect(await openFilesAt(path)).toBe(20)
    for (const response of responses) response.destroy()
    // At once, not when the next byte is due.
    await expect.poll(() => openFilesAt(path), { timeout: 500, interval: 20 }).toBe(0)
  })

  test('frees its file also while the head waits', async ({ folder, startServer }) => {
    const path = join(folder, 'film.mp4')
    await writeFile(path, filmOf(4 * MIB))
    const server = await startServer({ latencyMs: 100 })
    const asking = send(server, '/film.mp4').on('error', () => {})
    await expect.poll(() => server.stats().paths['/film.mp4']?.requests).toBe(1)
    asking.destroy()
    await wait(200)
    expect(await openFilesAt(path)).toBe(0)
    expect(server.stats().paths['/film.mp4']?.bytes).toBe(0)
  })

  test('cuts the connection where the file gets shorter, so that the client does not wait', async ({
    folder,
    startServer,
  }) => {
    const path = join(folder, 'film.mp4')
    await writeFile(path, filmOf(4 * MIB))
    const warnings: string[] = []
    const warn = (line: string) => {
      warnings.push(line)
    }
    const server = await startServer({ bytesPerSecond: 4 * MIB, warn })
    const response = await open(server, '/film.mp4')
    await truncate(path, MIB)
    await expect(response.resume().toArray()).rejects.toThrow()
    expect(warnings).toEqual([expect.stringContaining('of 4194304 bytes could be read')])
  })

  test('does not end what comes after it on the same connection', async ({
    folder,
    startServer,
  }) => {
    await writeFile(join(folder, 'film.mp4'), filmOf(MIB))
    const server = await startServer()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    for (const method of ['GET', 'HEAD', 'GET', 'HEAD', 'GET']) {
      const asking = httpGet({
        port: server.port,
        path: '/film.mp4',
        agent,
        method,
        host: '127.0.0.1',
      })
      const [response]: IncomingMessage[] = await once(asking, 'response')
      ports.add(response?.socket.localPort)
      await response?.resume().toArray()
    }
    agent.destroy()
    expect(ports.size).toBe(1)
  })
})

describe('the origin', () => {
  test('can be taken away, also from answers under way, and comes back', async ({
    folder,
    startServer,
  }) => {
    await writeFile(join(folder, 'film.mp4'), filmOf(4 * MIB))
    const server = await startServer({ bytesPerSecond: MIB })
    const response = await open(server, '/film.mp4')
    const idle = connect(server.port, '127.0.0.1')
    await once(idle, 'connect')
    const idleEnds = once(idle.resume(), 'close')
    server.origin.stop()
    await expect(response.toArray()).rejects.toThrow()
    await idleEnds
    await expect(get(server, '/film.mp4')).rejects.toThrow()
    const { requests } = server.stats().paths['/film.mp4'] ?? {}
    expect(requests).toBe(1)
    server.origin.start()
    expect((await get(server, '/film.mp4', { method: 'HEAD' })).status).toBe(200)
  })

  test('can be answered for', async ({ folder, startServer }) => {
    await writeFile(join(folder, 'film.mp4'), 'bytes')
    const server = await startServer({
      intercept(request, response) {
        response.setHeader('Cache-Control', 'private')
        if (request.headers.cookie) return false
        response.writeHead(401).end()
        return true
      },
    })
    expect((await get(server, '/film.mp4')).status).toBe(401)
    const { status, headers } = await get(server, '/film.mp4', { headers: { cookie: 'a=1' } })
    expect([status, headers['cache-control']]).toEqual([200, 'private'])
  })

  test('tells why a file is not sent', async ({ folder, startServer }) => {
    const path = join(folder, 'film.mp4')
    await writeFile(path, filmOf(100))
    await chmod(path, 0)
    const warnings: string[] = []
    const warn = (line: string) => {
      warnings.push(line)
    }
    const server = await startServer({ warn })
    const { status } = await get(server, '/film.mp4')
    const isRoot = process.getuid?.() === 0
    expect(status).toBe(isRoot ? 200 : 403)
    expect(warnings).toHaveLength(isRoot ? 0 : 1)
  })
})

async function openFilesAt(path: string): Promise<number> {
  if (process.platform !== 'linux') return 0
  const links = (await readdir('/proc/self/fd')).map(fd =>
    readlink(`/proc/self/fd/${fd}`).catch(() => ''),
  )
  return (await Promise.all(links)).filter(link => link === path).length
}
