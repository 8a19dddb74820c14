import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { filmOf, get, test } from './fixtures.js'

const DIGITS = '0123456789'

describe('a file', () => {
  test('comes with its type, size, validators and nothing that keeps it in a cache', async ({
    folder,
    startServer,
  }) => {
    await writeFile(join(folder, 'film.mp4'), DIGITS)
    const { status, headers, body } = await get(await startServer(), '/film.mp4?v=1#t=2')
    expect(status).toBe(200)
    expect(String(body)).toBe(DIGITS)
    expect(headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '10',
      'accept-ranges': 'bytes',
      'cache-control': 'no-cache',
      etag: expect.stringMatching(/^W\/"a-[0-9a-f]+"$/),
      'last-modified': expect.any(String),
    })
  })

  test.for([
    ['film.MKV', 'video/x-matroska'],
    ['song.flac', 'audio/flac'],
    ['song.m4a', 'audio/mp4'],
    ['page.html', 'text/html; charset=utf-8'],
    ['script.js', 'application/javascript; charset=utf-8'],
    ['film.mp4.swarm', 'application/octet-stream'],
  ] as const)('%s is of type %s', async ([name, type], { folder, startServer }) => {
    await writeFile(join(folder, name), DIGITS)
    const { headers } = await get(await startServer(), `/${name}`)
    expect(headers['content-type']).toBe(type)
  })

  // RFC 9110, section 14: what cannot be satisfied is 416, what is no range is ignored.
  test.for([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-500', 206, DIGITS, 'bytes 0-9/10'],
    ['bytes=9-9', 206, '9', 'bytes 9-9/10'],
    ['Bytes=1-2', 206, '12', 'bytes 1-2/10'],
    ['bytes=10-', 416, undefined, 'bytes */10'],
    ['bytes=-0', 416, undefined, 'bytes */10'],
    ['bytes=5-2', 200, DIGITS, undefined],
    ['bytes=x', 200, DIGITS, undefined],
    ['bytes=', 200, DIGITS, undefined],
    ['lines=1-2', 200, DIGITS, undefined],
  ] as const)(
    'answers Range: %s with %i',
    async ([range, status, text, contentRange], { folder, startServer }) => {
      await writeFile(join(folder, 'film.mp4'), DIGITS)
      const answer = await get(await startServer(), '/film.mp4', { headers: { range } })
      expect(answer.status).toBe(status)
      expect(answer.headers['content-range']).toBe(contentRange)
      if (text) expect(String(answer.body)).toBe(text)
    },
  )

  test('is not sent again to who has it', async ({ folder, startServer }) => {
    await writeFile(join(folder, 'film.mp4'), DIGITS)
    const server = await startServer()
    const { headers } = await get(server, '/film.mp4')
    const again = { 'if-none-match': String(headers.etag) }
    expect(await get(server, '/film.mp4', { headers: again })).toMatchObject({
      status: 304,
      body: Buffer.alloc(0),
    })
    await writeFile(join(folder, 'film.mp4'), 'longer than before')
    expect((await get(server, '/film.mp4', { headers: again })).status).toBe(200)
  })

  test('is told of by HEAD without its body', async ({ folder, startServer }) => {
    await writeFile(join(folder, 'film.mp4'), DIGITS)
    const { status, headers, body } = await get(await startServer(), '/film.mp4', {
      method: 'HEAD',
    })
    expect([status, headers['content-length'], body.length]).toEqual([200, '10', 0])
  })

  test('may be empty, have a name that a URL must encode, or be many pieces long', async ({
    folder,
    startServer,
  }) => {
    const film = filmOf(3_000_001)
    await writeFile(join(folder, 'empty.txt'), '')
    await writeFile(join(folder, 'ü 1%.mp4'), film)
    const server = await startServer()
    expect(await get(server, '/empty.txt')).toMatchObject({ status: 200, body: Buffer.alloc(0) })
    const { body } = await get(server, `/${encodeURIComponent('ü 1%.mp4')}`)
    expect(body.equals(film)).toBe(true)
  })
})

describe('a folder', () => {
  test('is its index.html', async ({ folder, startServer }) => {
    await writeFile(join(folder, 'index.html'), 'home')
    expect(String((await get(await startServer(), '/')).body)).toBe('home')
  })

  test('has a slash at its end', async ({ folder, startServer }) => {
    await mkdir(join(folder, 'my films'))
    const { status, headers } = await get(await startServer(), '/my%20films?x=1')
    expect([status, headers.location]).toEqual([301, '/my%20films/?x=1'])
  })

  test('does not send to another site', async ({ folder, startServer }) => {
    await mkdir(join(folder, 'films'))
    const { headers } = await get(await startServer(), '//films')
    expect(headers.location).toBe('/films/')
  })
})

describe('what is no file of the site', () => {
  test.for([
    ['/../secret.txt', 403],
    ['/..%2fsecret.txt', 403],
    ['/%2e%2e/secret.txt', 403],
    ['/site/../../secret.txt', 403],
    ['/..\\secret.txt', 403],
    ['/%00', 400],
    ['/%zz', 400],
    ['/.hidden', 404],
    ['/missing.mp4', 404],
    ['/missing.mp4.swarm', 404],
    ['/../film.mp4.swarm', 403],
    ['/%2e%2e/film.mp4.swarm', 403],
    ['/.swarm', 404],
    ['/film', 404],
    ['http://localhost/film.mp4', 400],
    ['*', 400],
    [`/${'a'.repeat(5_000)}`, 404],
  ] as const)('%s is refused with %i', async ([path, status], { folder, startServer }) => {
    await mkdir(join(folder, 'site'))
    await writeFile(join(folder, 'secret.txt'), 'secret')
    await writeFile(join(folder, 'film.mp4'), 'secret')
    await writeFile(join(folder, 'site', '.hidden'), 'secret')
    const answer = await get(await startServer({ root: join(folder, 'site') }), path)
    expect(answer.status).toBe(status)
    expect(String(answer.body)).not.toBe('secret')
  })

  test.for(['POST', 'PUT', 'OPTIONS', 'DELETE'])(
    '%s is refused',
    async (method, { startServer }) => {
      const { status, headers } = await get(await startServer(), '/film.mp4', { method })
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
    },
  )
})

describe("Swarmtag's scripts", () => {
  test('lie over the site, and the site may bring its own', async ({ folder, startServer }) => {
    const [root, distFolder] = [join(folder, 'site'), join(folder, 'dist')]
    await Promise.all([mkdir(root), mkdir(distFolder)])
    await writeFile(join(distFolder, 'swarmtag.js'), 'of the package')
    await writeFile(join(distFolder, 'swarmtag-sw.js'), 'of the package')
    await writeFile(join(distFolder, 'swarmtag-sw.js.map'), 'map')
    await writeFile(join(distFolder, 'cli.js'), 'of the package')
    await writeFile(join(root, 'swarmtag-sw.js'), 'of the site')
    const server = await startServer({ root, distFolder })
    const text = async (path: string) => {
      const { status, body } = await get(server, path)
      return status === 200 ? String(body) : status
    }
    expect(await text('/swarmtag.js')).toBe('of the package')
    expect(await text('/swarmtag-sw.js')).toBe('of the site')
    expect(await text('/swarmtag-sw.js.map')).toBe('map')
    expect(await text('/swarmtag-peers.js')).toBe(404)
    expect(await text('/cli.js')).toBe(404)
    expect(await text('/sub/swarmtag.js')).toBe(404)
  })
})

test('a link in the site may lead out of it, as its owner put it there', async ({
  folder,
  startServer,
}) => {
  await mkdir(join(folder, 'site'))
  await writeFile(join(folder, 'film.mp4'), 'bytes')
  await symlink(join(folder, 'film.mp4'), join(folder, 'site', 'link.mp4'))
  const server = await startServer({ root: join(folder, 'site') })
  expect(String((await get(server, '/link.mp4')).body)).toBe('bytes')
  expect((await get(server, '/link.mp4.swarm')).status).toBe(200)
})
