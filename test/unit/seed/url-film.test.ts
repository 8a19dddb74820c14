import { expect, onTestFinished, test, vi } from 'vitest'
import { CHUNK_BYTES, chunk, run } from '../../../src/core/units.js'
import { Courtesy } from '../../../src/seed/courtesy.js'
import { KeptChunks } from '../../../src/seed/kept-chunks.js'
import { UrlFilm } from '../../../src/seed/url-film.js'
import { publish } from '../store/resources.js'
import { startFilmSite } from './film-site.js'

const CHUNKS = 40
const PATIENCE = { timeout: 30_000 }
const published = publish((CHUNKS - 1) * CHUNK_BYTES + 100)

async function arrange({ headers = { etag: '"1"' } as Record<string, string> } = {}) {
  const { manifest, bytesOf } = await published
  const all = Buffer.concat(Array.from({ length: CHUNKS }, (_, index) => bytesOf(index)))
  const site = await startFilmSite(all)
  site.headers = headers
  const time = { ms: 0 }
  const nowMs = () => time.ms
  const kept = await KeptChunks.open(100 * CHUNK_BYTES)
  onTestFinished(async () => {
    await kept.close()
    await site.close()
  })
  const courtesy = new Courtesy(nowMs, () => 1)
  const open = () => UrlFilm.open(site.url, { manifest, kept, courtesy, nowMs })
  const indices = async (film: UrlFilm, from: number, to: number) => {
    const found = await film.read(run(from, to))
    // `toEqual` takes a second for each.
    for (const { index, bytes } of found) expect(Buffer.compare(bytes, bytesOf(index))).toBe(0)
    return found.map(({ index }) => index)
  }
  const changed = (film: UrlFilm) =>
    vi.waitFor(async () => {
      const change = await film.change()
      expect(change).toBeDefined()
      return change
    }, PATIENCE)
  return { site, time, kept, courtesy, open, indices, changed, manifest }
}

const rangeOf = (from: number, to: number) => `bytes=${from * CHUNK_BYTES}-${to * CHUNK_BYTES - 1}`

test('each chunk is fetched once, up to sixteen with a question, whoever asks', async () => {
  const { site, open, indices } = await arrange()
  const film = await open()
  site.ranges.length = 0
  // The first chunk was fetched as the film was opened.
  expect(await Promise.all([indices(film, 3, 19), indices(film, 3, 19)])).toMatchObject([[3], [3]])
  expect(await indices(film, 0, 2)).toEqual([0])
  await vi.waitFor(async () => expect(await indices(film, 1, 16)).toHaveLength(15), PATIENCE)
  expect(await indices(film, 39, 40)).toEqual([39])
  expect(site.ranges).toEqual([rangeOf(3, 16), rangeOf(1, 3)])
})

test('a site is asked two questions at a time, however many ask for different places', async () => {
  const { site, open, indices } = await arrange()
  const film = await open()
  await Promise.all([2, 17, 33, 20, 5].map(index => indices(film, index, index + 1)))
  expect(site.mostOpen()).toBeLessThanOrEqual(2)
})

test('a chunk that is false is given for others to verify, and is never kept', async () => {
  const { site, open, kept, manifest } = await arrange()
  const film = await open()
  site.film = Buffer.from(site.film)
  site.film[5 * CHUNK_BYTES] = 0xff
  const [found] = await film.read(run(5, 6))
  expect(found?.bytes[0]).toBe(0xff)
  expect(kept.has(manifest.id, chunk(5))).toBe(false)
  expect(await film.change()).toBeUndefined()
})

test('while the site is away what was fetched is given, the rest later, and the site is not asked again and again', async () => {
  const { site, time, open, indices, courtesy } = await arrange()
  const film = await open()
  site.intercept = (_request, response) => {
    response.writeHead(503, { 'retry-after': '10' }).end()
    return true
  }
  site.ranges.length = 0
  await expect(film.read(run(20, 21))).rejects.toMatchObject({ code: 'origin-failed' })
  for (let at = 0; at < 20; at++)
    await expect(film.read(run(21, 22))).rejects.toMatchObject({ code: 'origin-failed' })
  expect(site.ranges).toHaveLength(1)
  expect(film.trouble).toBe(`${new URL(site.url).origin}: it answers 503`)
  expect(await indices(film, 0, 1)).toEqual([0])
  site.intercept = () => false
  time.ms += 9_999
  await expect(film.read(run(20, 21))).rejects.toMatchObject({ code: 'origin-failed' })
  time.ms += 1
  expect(await indices(film, 20, 21)).toEqual([20])
  await vi.waitFor(() => expect(film.trouble).toBeUndefined(), PATIENCE)
  expect(courtesy.failure).toBeUndefined()
})

test.each([
  ['is cut in the middle', (bytes: Buffer) => bytes.subarray(0, CHUNK_BYTES + 10)],
  ['has nothing in it', () => Buffer.alloc(0)],
])('of an answer that %s what came is used', async (_what, cut) => {
  const { site, time, open, indices } = await arrange()
  const film = await open()
  const whole = site.film
  site.intercept = (_request, response) => {
    const from = 17 * CHUNK_BYTES
    response.writeHead(206, {
      etag: '"1"',
      'content-length': 15 * CHUNK_BYTES,
      'content-range': `bytes ${from}-${32 * CHUNK_BYTES - 1}/${whole.length}`,
    })
    response.write(cut(whole.subarray(from)), () => response.destroy())
    if (cut(whole).length === 0) response.destroy()
    return true
  }
  const first = await film.read(run(17, 18)).catch(() => [])
  await expect(film.read(run(18, 19))).rejects.toMatchObject({ code: 'origin-failed' })
  expect(first).toHaveLength(cut(whole).length > 0 ? 1 : 0)
  site.intercept = () => false
  time.ms += 10_000
  expect(await indices(film, 18, 19)).toEqual([18])
})

test('a file that is another is noticed within a minute, though nobody asks for it', async () => {
  const { site, time, open, changed } = await arrange()
  const film = await open()
  site.film = Buffer.from(site.film).reverse()
  site.headers = { etag: '"2"' }
  time.ms += 59_999
  expect(await film.change()).toBeUndefined()
  time.ms += 1
  expect(await changed(film)).toBe('was changed or replaced')
  await expect(film.read(run(20, 21))).rejects.toMatchObject({ code: 'origin-failed' })
})

test('and as soon as somebody asks for it', async () => {
  const { site, open } = await arrange()
  const film = await open()
  site.film = Buffer.from(site.film).reverse()
  site.headers = { etag: '"2"' }
  await expect(film.read(run(20, 21))).rejects.toMatchObject({ code: 'origin-failed' })
  expect(await film.change()).toBe('was changed or replaced')
})

test('the same bytes under another name are the same film', async () => {
  const { site, time, open, indices } = await arrange()
  const film = await open()
  site.headers = { etag: '"of another server"' }
  site.ranges.length = 0
  time.ms += 60_000
  await film.change()
  await vi.waitFor(
    () =>
      expect(site.ranges).toEqual([
        'bytes=0-0',
        rangeOf(0, 1),
        `bytes=${39 * CHUNK_BYTES}-${39 * CHUNK_BYTES + 99}`,
      ]),
    PATIENCE,
  )
  expect(await indices(film, 20, 21)).toEqual([20])
  expect(await film.change()).toBeUndefined()
})

test.each([
  [404, {}, 'is not there for everybody: the site answers 404'],
  [401, {}, 'is not there for everybody: the site answers 401'],
  [416, {}, 'is another file than its manifest describes'],
  [206, { 'content-range': 'bytes 0-0/77' }, 'is another file than its manifest describes'],
  [
    206,
    { 'cache-control': 'private' },
    'is not for everybody: the site says Cache-Control: private',
  ],
  [206, { vary: 'Cookie' }, 'is not for everybody: the site says Vary: cookie'],
])('a site that answers %d %o has the film no longer', async (status, headers, why) => {
  const { site, time, open, changed } = await arrange()
  const film = await open()
  site.intercept = (_request, response) => {
    response.writeHead(status, { etag: '"1"', ...headers }).end('x')
    return true
  }
  time.ms += 60_000
  expect(await changed(film)).toContain(why)
})

test.each([
  [403, {}, 'it answers 403'],
  [429, {}, 'it answers 429'],
  [500, {}, 'it answers 500'],
  [200, {}, 'it answers no range requests'],
  [206, { 'content-range': 'bytes 5-9/*' }, 'it answers with another part than it was asked for'],
])(
  'a site that answers %d %o is in trouble, and the film is not given up',
  async (status, headers, why) => {
    const { site, time, open } = await arrange()
    const film = await open()
    site.intercept = (_request, response) => {
      response.writeHead(status, headers).end('x')
      return true
    }
    time.ms += 60_000
    await film.change()
    await vi.waitFor(() => expect(film.trouble).toContain(why), PATIENCE)
    expect(await film.change()).toBeUndefined()
  },
)

test('a film that is not what its manifest describes is not opened', async () => {
  const { site, open } = await arrange()
  site.film = Buffer.from(site.film)
  site.film[site.film.length - 1] = 0xff
  await expect(open()).rejects.toMatchObject({
    code: 'origin-changed',
    detail: `${site.url} is another file than its manifest describes`,
  })
})
