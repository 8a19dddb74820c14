import 'fake-indexeddb/auto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { chunk } from '../../../src/core/units.js'
import { ChunkStore } from '../../../src/store/chunk-store.js'
import type { AnswerHead } from '../../../src/store/database.js'
import { toHex } from '../../../src/store/hex.js'
import type { Manifest } from '../../../src/store/manifest.js'
import { Manifests } from '../../../src/store/manifests.js'
import { inventedDigest, publish, publishInvented } from './resources.js'

const film = await publish(200_000)

afterEach(() => {
  vi.useRealTimers()
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** An origin with one file, which can be exchanged, and what it was asked for. */
async function originOf(answer: Answer) {
  const origin = { answer, asked: [] as string[], videoUrl: '' }
  const server = createServer((request, response) => {
    origin.asked.push(`${request.url} ${request.headers.range}`)
    origin.answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  origin.videoUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/movie.mp4`
  return origin
}

/** Answers ranges as a static server does. */
const ranged =
  (file: Uint8Array): Answer =>
  (request, response) => {
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    if (from === '') throw new Error(`an unforeseen range: ${request.headers.range}`)
    const body = file.subarray(Number(from), Number(to) + 1)
    response.writeHead(206, {
      'content-type': 'application/octet-stream',
      'content-range': `bytes ${from}-${Number(from) + body.length - 1}/${file.length}`,
    })
    response.end(body)
  }

const whole =
  (file: Uint8Array | string, status = 200, type = 'application/octet-stream'): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': type }).end(file)

const freshName = () => `test ${crypto.randomUUID()}`

/** Manifests on one database: a second call is another visit. */
function visits() {
  const name = freshName()
  return () => {
    const store = new ChunkStore({ name })
    return Object.assign(new Manifests(store), { store })
  }
}

/** Finds a manifest, and says that all may have its video. */
async function findAndConfirm(manifests: Manifests, url: string): Promise<Manifest | undefined> {
  const found = await manifests.find(url)
  await manifests.confirmPublic(url)
  return found
}

const HEAD = '/movie.mp4.swarm bytes=0-65535'

async function digestsOf(manifest: Manifest | undefined, indices: number[]): Promise<string[]> {
  if (!manifest) throw new Error('there is no manifest')
  return Promise.all(indices.map(async index => toHex(await manifest.digestOf(chunk(index)))))
}

const filmDigests = await digestsOf(film.manifest, [0, 1, 2, 3])

test('a manifest is found with one request, the first digest page in it', async () => {
  const origin = await originOf(ranged(film.bytes))
  const manifest = await visits()().find(origin.videoUrl)
  expect(manifest?.id).toBe(film.manifest.id)
  expect(manifest?.descriptor).toEqual(film.manifest.descriptor)
  expect(await digestsOf(manifest, [0, 1, 2, 3])).toEqual(filmDigests)
  expect(origin.asked).toEqual([HEAD])
})

test('a server that ignores ranges serves as well', async () => {
  const origin = await originOf(whole(film.bytes))
  const manifest = await visits()().find(origin.videoUrl)
  expect(await digestsOf(manifest, [0, 1, 2, 3])).toEqual(filmDigests)
})

test('a server that ignores ranges gives every page of a long manifest', async () => {
  const long = await publishInvented(40)
  const origin = await originOf(whole(long.bytes))
  const manifest = await visits()().find(origin.videoUrl)
  const indices = [0, 1_024, 2_048, 39 * 1_024]
  expect(await digestsOf(manifest, indices)).toEqual(indices.map(chunk).map(inventedDigest))
})

test('a digest page outside the first bytes is fetched by its range, once', async () => {
  const long = await publishInvented(4)
  const origin = await originOf(ranged(long.bytes))
  const manifest = await visits()().find(origin.videoUrl)
  const indices = [3_072, 3_073, 4_095, 0, 1_023]
  expect(await digestsOf(manifest, indices)).toEqual(indices.map(chunk).map(inventedDigest))
  const at = long.descriptorBytes + 3 * 32_768
  expect(origin.asked).toEqual([HEAD, `/movie.mp4.swarm bytes=${at}-${at + 32_767}`])
})

test('a descriptor longer than the first bytes is fetched whole', async () => {
  const long = await publishInvented(2_100)
  expect(long.descriptorBytes).toBeGreaterThan(65_536)
  const origin = await originOf(ranged(long.bytes))
  const manifest = await visits()().find(origin.videoUrl)
  expect(manifest?.id).toBe(long.id)
  const last = 2_100 * 1_024 - 1
  expect(await digestsOf(manifest, [last])).toEqual([inventedDigest(chunk(last))])
  const at = long.descriptorBytes + 2_099 * 32_768
  expect(origin.asked).toEqual([
    HEAD,
    `/movie.mp4.swarm bytes=0-${long.descriptorBytes - 1}`,
    `/movie.mp4.swarm bytes=${at}-${at + 32_767}`,
  ])
})

test.each<[string, Answer]>([
  ['404', whole('not here', 404, 'text/plain')],
  ['410', whole('no longer here', 410, 'text/plain')],
  ['401', whole('log in first', 401, 'text/plain')],
  ['403, as storage services say it,', whole('<Error/>', 403, 'application/xml')],
  ['416, of an empty file,', whole('', 416, 'text/plain')],
  ['a page of the site in capitals', whole('<!doctype html>', 200, 'Text/HTML')],
  ['a page of the site', whole('<!doctype html>', 200, 'text/html; charset=utf-8')],
  ['an error page of the site', whole('<!doctype html>', 403, 'text/html')],
])('%s says that there is no manifest, which is remembered', async (_what, answer) => {
  const origin = await originOf(answer)
  const visit = visits()
  expect(await visit().find(origin.videoUrl)).toBeUndefined()
  expect(await visit().recall(origin.videoUrl)).toBe('absent')
  expect(origin.asked).toEqual([HEAD])
})

test('that there is no manifest is cached for ten minutes', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const origin = await originOf(whole('', 404))
  const visit = visits()
  await visit().find(origin.videoUrl)
  vi.setSystemTime(1_000_000 + 10 * 60_000 - 1)
  expect(await visit().recall(origin.videoUrl)).toBe('absent')
  vi.setSystemTime(1_000_000 + 10 * 60_000)
  expect(await visit().recall(origin.videoUrl)).toBe('doubtful')
})

test('of files that are looked for at the same time in a folder without manifests one is asked for', async () => {
  const origin = await originOf(whole('', 404))
  const visit = visits()
  const manifests = visit()
  const beside = (at: number) => new URL(`song-${at}.mp4`, origin.videoUrl).href
  const found = await Promise.all([0, 1, 2, 3].map(at => manifests.find(beside(at))))
  expect(found).toEqual([undefined, undefined, undefined, undefined])
  expect(origin.asked).toHaveLength(1)
  expect(await visit().recall(beside(0))).toBe('absent')
  expect(await visit().recall(beside(1))).toBe('unlikely')
  expect(await visit().recall(beside(1).replace('.mp4', '.webm'))).toBe('unknown')
})

test('where the first has a manifest the others are asked for theirs', async () => {
  const origin = await originOf(ranged(film.bytes))
  const manifests = visits()()
  const beside = (at: number) => new URL(`film-${at}.mp4`, origin.videoUrl).href
  const found = await Promise.all([0, 1, 2].map(at => manifests.find(beside(at))))
  expect(found.map(each => each?.id)).toEqual([0, 1, 2].map(() => film.manifest.id))
  expect(origin.asked).toHaveLength(3)
})

test('a file that is asked for later finds its manifest, though others had none', async () => {
  const origin = await originOf(whole('', 404))
  const visit = visits()
  await visit().find(new URL('song.mp4', origin.videoUrl).href)
  origin.answer = ranged(film.bytes)
  expect((await visit().find(origin.videoUrl))?.id).toBe(film.manifest.id)
  expect(await visit().recall(new URL('other.mp4', origin.videoUrl).href)).toBe('unknown')
})

test('a later visit expects a manifest where one was found, though the video was not confirmed public', async () => {
  const origin = await originOf(ranged(film.bytes))
  const visit = visits()
  const manifests = visit()
  expect(manifests.isExpected(origin.videoUrl)).toBe(false)
  await manifests.look(origin.videoUrl)
  expect(manifests.isExpected(origin.videoUrl)).toBe(true)
  const later = visit()
  await later.recallNames()
  expect(later.isExpected(origin.videoUrl)).toBe(true)
  expect(later.isExpected(`${origin.videoUrl}?other`)).toBe(false)
  await later.drop(origin.videoUrl)
  expect(later.isExpected(origin.videoUrl)).toBe(false)
  const last = visit()
  await last.recallNames()
  expect(last.isExpected(origin.videoUrl)).toBe(false)
})

test('where there was no manifest a second look asks nothing', async () => {
  const origin = await originOf(whole('', 404))
  const visit = visits()
  await visit().look(origin.videoUrl)
  await visit().look(origin.videoUrl)
  await visit().look(new URL('other.mp4', origin.videoUrl).href)
  expect(origin.asked).toHaveLength(1)
})

test('how the origin answers for a video is remembered with its manifest', async () => {
  const origin = await originOf(ranged(film.bytes))
  const visit = visits()
  const manifests = visit()
  await manifests.find(origin.videoUrl)
  const head: AnswerHead = {
    status: 206,
    statusText: '',
    headers: [['etag', '"7"']],
    hidesRange: false,
  }
  await manifests.confirmPublic(origin.videoUrl, head)
  const later = visit()
  await later.recall(origin.videoUrl)
  expect(later.heads.get(origin.videoUrl)).toEqual(head)
})

test('a manifest is known to the visit that found it, and to later ones once its video is confirmed public', async () => {
  const origin = await originOf(ranged(film.bytes))
  const visit = visits()
  const manifests = visit()
  const found = await manifests.find(origin.videoUrl)
  expect(await manifests.recall(origin.videoUrl)).toBe(found)
  expect(await visit().recall(origin.videoUrl)).toBe('unknown')
  await manifests.confirmPublic(origin.videoUrl)
  expect(await visit().recall(origin.videoUrl)).toMatchObject({ id: film.manifest.id })
})

test('a video without a manifest cannot be confirmed public, nor one that was dropped', async () => {
  const origin = await originOf(ranged(film.bytes))
  const visit = visits()
  const manifests = visit()
  await manifests.confirmPublic(origin.videoUrl)
  expect(await visit().recall(origin.videoUrl)).toBe('unknown')
  await findAndConfirm(manifests, origin.videoUrl)
  await manifests.drop(origin.videoUrl)
  await manifests.confirmPublic(origin.videoUrl)
  expect(await visit().recall(origin.videoUrl)).toBe('absent')
})

test('a video that was never asked for is unknown', async () => {
  expect(await visits()().recall('https://site.example/movie.mp4')).toBe('unknown')
})

test.each([500, 503, 429])('%i is no answer, and nothing is remembered', async status => {
  const origin = await originOf(whole('busy', status, 'text/plain'))
  const visit = visits()
  await expect(visit().find(origin.videoUrl)).rejects.toMatchObject({
    name: 'SwarmtagError',
    code: 'manifest-unavailable',
  })
  expect(await visit().recall(origin.videoUrl)).toBe('unknown')
  origin.answer = ranged(film.bytes)
  expect((await visit().find(origin.videoUrl))?.id).toBe(film.manifest.id)
})

test.each<[string, Answer]>([
  ['closes the connection', request => request.socket.destroy()],
  [
    'closes it in the middle of the body',
    (_request, response) => {
      response.writeHead(206, { 'content-length': film.bytes.length })
      response.write(film.bytes.subarray(0, 100), () => response.destroy())
    },
  ],
])('an origin that %s is unavailable', async (_what, answer) => {
  const origin = await originOf(answer)
  const visit = visits()
  await expect(visit().find(origin.videoUrl)).rejects.toMatchObject({
    name: 'SwarmtagError',
    code: 'manifest-unavailable',
  })
  expect(await visit().recall(origin.videoUrl)).toBe('unknown')
})

test.each([
  ['something else', 'malformed', new Uint8Array(500).fill(7)],
  ['a few bytes', 'malformed', film.bytes.slice(0, 20)],
  ['part of a descriptor', 'malformed', film.bytes.slice(0, 90)],
  ['a forged size', 'mismatch', film.bytes.map((byte, at) => (at === 23 ? byte ^ 1 : byte))],
])('a file with %s is an error, and remembered as no manifest', async (_what, kind, file) => {
  const origin = await originOf(ranged(file))
  const visit = visits()
  await expect(visit().find(origin.videoUrl)).rejects.toMatchObject({
    name: 'SwarmtagError',
    code: `manifest-${kind}`,
  })
  expect(await visit().recall(origin.videoUrl)).toBe('absent')
})

test('a manifest that needs a cookie is not found: none is sent', async () => {
  const origin = await originOf((request, response) =>
    (request.headers.cookie ? ranged(film.bytes) : whole('', 403))(request, response),
  )
  const asked: (RequestInit | undefined)[] = []
  const manifests = new Manifests(new ChunkStore({ name: freshName() }), {
    fetch: (input, init) => {
      asked.push(init)
      const cookie = init?.credentials === 'omit' ? undefined : { cookie: 'session=1' }
      return fetch(input, { ...init, headers: { ...init?.headers, ...cookie } })
    },
  })
  expect(await manifests.find(origin.videoUrl)).toBeUndefined()
  expect(asked).toEqual([expect.objectContaining({ mode: 'cors', credentials: 'omit' })])
})

test.each<[string, Answer]>([
  ['never answers', () => {}],
  [
    'begins to answer and falls silent',
    (_request, response) => {
      response.writeHead(206, { 'content-length': film.bytes.length })
      response.write(film.bytes.subarray(0, 100))
    },
  ],
])('an origin that %s is given up after the limit', async (_what, answer) => {
  const origin = await originOf(answer)
  const store = new ChunkStore({ name: freshName() })
  const manifests = new Manifests(store, { limitMs: 50 })
  await expect(manifests.find(origin.videoUrl)).rejects.toMatchObject({
    name: 'SwarmtagError',
    code: 'manifest-unavailable',
    cause: { name: 'TimeoutError' },
  })
  expect(await manifests.recall(origin.videoUrl)).toBe('unknown')
})

test('a file without end is given up', async () => {
  let isGivenUp = false
  const origin = await originOf((_request, response) => {
    const zeros = new Uint8Array(65_536)
    response.on('close', () => {
      isGivenUp = true
    })
    const more = () => {
      while (!response.closed && response.write(zeros));
      response.once('drain', more)
    }
    more()
  })
  await expect(visits()().find(origin.videoUrl)).rejects.toMatchObject({
    code: 'manifest-malformed',
  })
  await vi.waitFor(() => expect(isGivenUp).toBe(true))
})

test('on the next visit a manifest and its pages are recalled without any request', async () => {
  const long = await publishInvented(4)
  const origin = await originOf(ranged(long.bytes))
  const visit = visits()
  await digestsOf(await findAndConfirm(visit(), origin.videoUrl), [0, 3_072])
  const requests = origin.asked.length

  const recalled = await visit().recall(origin.videoUrl)
  if (typeof recalled === 'string') throw new Error(recalled)
  expect(recalled.id).toBe(long.id)
  expect(await digestsOf(recalled, [0, 3_072])).toEqual([0, 3_072].map(chunk).map(inventedDigest))
  expect(origin.asked).toHaveLength(requests)
})

test('a recalled manifest fetches the pages that were not kept', async () => {
  const origin = await originOf(ranged(film.bytes))
  const visit = visits()
  const found = await findAndConfirm(visit(), origin.videoUrl)
  const recalled = await visit().recall(origin.videoUrl)
  if (typeof recalled === 'string') throw new Error(recalled)
  expect(await digestsOf(recalled, [0])).toEqual(filmDigests.slice(0, 1))
  const at = found?.descriptorBytes.length ?? 0
  expect(origin.asked).toEqual([HEAD, `/movie.mp4.swarm bytes=${at}-${at + 4 * 32 - 1}`])
})

test('a kept page that has gone bad is fetched anew', async () => {
  const origin = await originOf(ranged(film.bytes))
  const visit = visits()
  await findAndConfirm(visit(), origin.videoUrl)
  const later = visit()
  const database = await later.store.database()
  const digests = new Uint8Array(4 * 32)
  await database.put('pages', { root: film.manifest.id, page: 0, digests })
  const recalled = await later.recall(origin.videoUrl)
  if (typeof recalled === 'string') throw new Error(recalled)
  expect(await digestsOf(recalled, [0, 1, 2, 3])).toEqual(filmDigests)
  await vi.waitFor(async () =>
    expect(await database.get('pages', [film.manifest.id, 0])).toMatchObject({
      digests: film.bytes.slice(-4 * 32),
    }),
  )
})

test('a manifest is taken from memory for a day, then asked for again', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const origin = await originOf(ranged(film.bytes))
  const visit = visits()
  await findAndConfirm(visit(), origin.videoUrl)
  vi.setSystemTime(1_000_000 + 24 * 3_600_000 - 1)
  expect(await visit().recall(origin.videoUrl)).toMatchObject({ id: film.manifest.id })
  vi.setSystemTime(1_000_000 + 24 * 3_600_000)
  expect(await visit().recall(origin.videoUrl)).toBe('unknown')
})

test('a record that no longer reads as a manifest is unknown', async () => {
  const manifests = visits()()
  const url = 'https://site.example/movie.mp4'
  await (await manifests.store.database()).put('resources', {
    url,
    checkedAtMs: Date.now(),
    root: film.manifest.id,
    descriptor: new Uint8Array(100),
  })
  expect(await manifests.recall(url)).toBe('unknown')
})

test('a manifest that was taken away is absent at once', async () => {
  const origin = await originOf(ranged(film.bytes))
  const manifests = visits()()
  await manifests.find(origin.videoUrl)
  expect(await manifests.recall(origin.videoUrl)).toMatchObject({ id: film.manifest.id })
  origin.answer = whole('', 404)
  expect(await manifests.find(origin.videoUrl)).toBeUndefined()
  expect(await manifests.recall(origin.videoUrl)).toBe('absent')
})

test('a manifest that was exchanged is another resource', async () => {
  const other = await publish(100_000, 4)
  const origin = await originOf(ranged(film.bytes))
  const manifests = visits()()
  await manifests.find(origin.videoUrl)
  origin.answer = ranged(other.bytes)
  const found = await manifests.find(origin.videoUrl)
  expect(found?.id).toBe(other.manifest.id)
  expect(await manifests.recall(origin.videoUrl)).toBe(found)
})

test('whoever asks at the same time shares one request', async () => {
  const origin = await originOf(ranged(film.bytes))
  const manifests = visits()()
  const found = await Promise.all([1, 2, 3].map(() => manifests.find(origin.videoUrl)))
  expect(new Set(found).size).toBe(1)
  expect(origin.asked).toEqual([HEAD])
})

test('a dropped video has no manifest for a while, and its chunks are gone', async () => {
  const origin = await originOf(ranged(film.bytes))
  const manifests = visits()()
  await manifests.find(origin.videoUrl)
  const { id } = film.manifest
  manifests.store.keep(id, 4, await film.verified(0))
  await manifests.store.flush()
  await manifests.drop(origin.videoUrl)
  expect(await manifests.recall(origin.videoUrl)).toBe('absent')
  expect((await manifests.store.holding(id, 4)).size).toBe(0)
})

test('a dropped video that was adopted, not found, loses its chunks too', async () => {
  const { id, descriptorBytes } = film.manifest
  const url = 'https://site.example/movie.mp4'
  const manifests = visits()()
  await manifests.adopt(url, descriptorBytes)
  manifests.store.keep(id, 4, await film.verified(0))
  await manifests.store.flush()
  await manifests.drop(url)
  expect(await manifests.recall(url)).toBe('absent')
  expect((await manifests.store.holding(id, 4)).size).toBe(0)
})

test('an adopted manifest is known without a request and fetches its own pages', async () => {
  const origin = await originOf(ranged(film.bytes))
  const manifests = visits()()
  const adopted = await manifests.adopt(origin.videoUrl, film.manifest.descriptorBytes)
  expect(await manifests.recall(origin.videoUrl)).toBe(adopted)
  expect(origin.asked).toEqual([])
  expect(await digestsOf(adopted, [0, 1, 2, 3])).toEqual(filmDigests)
  expect(origin.asked).toHaveLength(1)
})

test('an adopted manifest must fit its root', async () => {
  const forged = film.manifest.descriptorBytes.map((byte, at) => (at === 32 ? byte ^ 1 : byte))
  const manifests = visits()()
  await expect(manifests.adopt('https://site.example/movie.mp4', forged)).rejects.toMatchObject({
    code: 'manifest-mismatch',
  })
  expect(await manifests.recall('https://site.example/movie.mp4')).toBe('unknown')
})

test('a page that the origin has lost is unavailable, and asked for again next time', async () => {
  const origin = await originOf(whole('', 404))
  const manifest = await visits()().adopt(origin.videoUrl, film.manifest.descriptorBytes)
  await expect(manifest.digestOf(chunk(0))).rejects.toMatchObject({ code: 'manifest-unavailable' })
  origin.answer = ranged(film.bytes)
  expect(await digestsOf(manifest, [0, 1, 2, 3])).toEqual(filmDigests)
})

test('without a database a manifest is found all the same', async () => {
  const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('not here', 'SecurityError')
  })
  onTestFinished(() => open.mockRestore())
  const origin = await originOf(ranged(film.bytes))
  const manifests = visits()()
  const found = await manifests.find(origin.videoUrl)
  expect(await digestsOf(found, [0, 1, 2, 3])).toEqual(filmDigests)
  expect(await manifests.recall(origin.videoUrl)).toBe(found)
  expect(await visits()().recall(origin.videoUrl)).toBe('unknown')
})

test('an origin that is away leaves the manifest of an earlier visit, however old', async () => {
  const origin = await originOf(ranged(film.bytes))
  const visit = visits()
  const found = await findAndConfirm(visit(), origin.videoUrl)
  origin.answer = whole('', 503)
  const again = await visit().find(origin.videoUrl)
  expect(again?.id).toBe(found?.id)
  origin.answer = whole('', 404)
  expect(await visit().find(origin.videoUrl)).toBeUndefined()
})
