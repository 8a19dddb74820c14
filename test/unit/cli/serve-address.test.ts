import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { serve } from '../../../src/cli/serve.js'
import { get, test } from './fixtures.js'

const hasIpv6 = await bindsIpv6()

describe('the address', () => {
  test('is both loopback ones on one port', async ({ folder, startServer }) => {
    await writeFile(join(folder, 'index.html'), 'home')
    const server = await startServer()
    expect(server.url).toBe(`http://localhost:${server.port}/`)
    expect((await fetch(server.url)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200)
    const six = await fetch(`http://[::1]:${server.port}/`).catch(() => undefined)
    if (hasIpv6) expect(six?.status).toBe(200)
  })

  test('may be one of choice', async ({ startServer }) => {
    const server = await startServer({ host: '127.0.0.1' })
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/`)
    await expect(fetch(`http://[::1]:${server.port}/`)).rejects.toThrow()
  })

  test('that is taken is told', async ({ folder, startServer }) => {
    const { port } = await startServer()
    await expect(serve({ root: folder, distFolder: folder, port })).rejects.toMatchObject({
      code: 'option-invalid',
      detail: expect.stringContaining(`port ${port} of 127.0.0.1 is in use`),
    })
  })

  test.skipIf(!hasIpv6)('that is taken on ::1 alone is told', async ({ folder }) => {
    const other = createServer().listen(0, '::1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await expect(serve({ root: folder, distFolder: folder, port })).rejects.toMatchObject({
      detail: expect.stringContaining(`port ${port} of ::1 is in use`),
    })
    other.close()
  })

  test.for([
    ['192.0.2.1', 'is no address of this machine'],
    ['no.such.host.invalid', 'host name no.such.host.invalid is unknown'],
  ] as const)('%s is refused', async ([host, why], { folder }) => {
    await expect(serve({ root: folder, distFolder: folder, port: 0, host })).rejects.toMatchObject({
      code: 'option-invalid',
      detail: expect.stringContaining(why),
    })
  })

  test('needs a folder to serve', async ({ folder }) => {
    await writeFile(join(folder, 'file'), '')
    const start = (name: string) => serve({ root: join(folder, name), distFolder: folder, port: 0 })
    await expect(start('missing')).rejects.toMatchObject({ code: 'file-unreadable' })
    await expect(start('file')).rejects.toMatchObject({
      code: 'file-unreadable',
      detail: expect.stringContaining('is no folder'),
    })
  })
})

describe('hostile clients', () => {
  test.for([
    'GET / HTTP/1.1\r\n\r\n',
    'GET  HTTP/1.1\r\nHost: a\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
    'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(500),
  ])('%j does no harm', async (bytes, { startServer }) => {
    const server = await startServer()
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(bytes)
    await Promise.race([once(socket.resume(), 'data'), once(socket, 'close')])
    socket.destroy()
    expect((await get(server, '/missing')).status).toBe(404)
  })
})

async function bindsIpv6(): Promise<boolean> {
  const probe = createServer()
  probe.listen(0, '::1')
  const isBound = await once(probe, 'listening').then(
    () => true,
    () => false,
  )
  probe.close()
  return isBound
}
