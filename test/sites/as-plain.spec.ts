/** What does not take part costs the origin what it costs over plain HTTP, and what does looks the same to the page. */

import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  expect,
  FILM,
  FILM_BYTES,
  type Site,
  settle,
  test,
  type Viewer,
} from '../swarm/fixtures.js'

const SONGS = 40
const LONG_AGO_S = 1_700_000_000
const TAG = '<script src="/swarmtag.js" data-tracker="/tracker"></script>'

/** Half a second of silence. */
function wav(): Buffer {
  const samples = Buffer.alloc(8_000, 128)
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + samples.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(16_000, 24)
  head.writeUInt32LE(16_000, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36)
  head.writeUInt32LE(samples.length, 40)
  return Buffer.concat([head, samples])
}

/** A shelf of small sound files without manifests, which the browser may keep. */
function shelve(site: Site): void {
  for (let at = 0; at < SONGS; at++) {
    const path = join(site.folder, `song-${at}.wav`)
    writeFileSync(path, wav())
    // A part of what was changed this minute may be of another version: browsers do not keep it.
    utimesSync(path, LONG_AGO_S, LONG_AGO_S)
  }
  site.intercept = (request, response) => {
    if (!request.url?.startsWith('/song-')) return false
    if (request.url.endsWith('.swarm')) response.writeHead(404).end()
    else response.setHeader('Cache-Control', 'max-age=31536000, immutable')
    return request.url.endsWith('.swarm')
  }
}

/** Loads all songs at once, by `fetch` or in elements that play them; tells how many came to their end. */
const loadSongs = (viewer: Viewer, by: 'fetch' | 'audio'): Promise<number> =>
  viewer.page.evaluate(
    async ([songs, by]) => {
      const fetched = async (url: string) =>
        (await (await fetch(url)).arrayBuffer()).byteLength === 8_044
      const heard = (url: string) =>
        new Promise<boolean>(resolve => {
          const audio = document.createElement('audio')
          audio.onended = () => resolve(true)
          audio.onerror = () => resolve(false)
          audio.muted = true
          audio.autoplay = true
          audio.src = url
          document.body.append(audio)
        })
      const load = by === 'fetch' ? fetched : heard
      const loading = Array.from({ length: songs }, (_, at) => load(`/song-${at}.wav`))
      const ended = await Promise.all(loading.map(each => each.catch(() => false)))
      return ended.filter(Boolean).length
    },
    [SONGS, by] as const,
  )

/** Requests that came to the origin since it was last asked for them. */
function requestsSince(site: Site) {
  let before = { songs: 0, manifests: 0 }
  return () => {
    let all = { songs: 0, manifests: 0 }
    for (let at = 0; at < SONGS; at++)
      all = {
        songs: all.songs + site.requestsOf(`/song-${at}.wav`).length,
        manifests: all.manifests + site.requestsOf(`/song-${at}.wav.swarm`).length,
      }
    const since = { songs: all.songs - before.songs, manifests: all.manifests - before.manifests }
    before = all
    return since
  }
}

for (const by of ['fetch', 'audio'] as const)
  test(`${SONGS} small files without manifests, loaded by ${by}, are the HTTP cache's, and cost one question`, async ({
    site,
    arrive,
  }) => {
    shelve(site)
    const since = requestsSince(site)
    const viewer = await settle(site, await arrive())
    const page = site.page('shelf.html', TAG)
    expect(await loadSongs(await viewer.visit(page), by)).toBe(SONGS)
    expect(since()).toEqual({ songs: SONGS, manifests: 1 })
    expect(await loadSongs(await viewer.visit(page), by)).toBe(SONGS)
    expect(since()).toEqual({ songs: 0, manifests: 0 })

    // What the browser remembers is made an hour older, and the worker has to look it up.
    await age(viewer, 3_600_000)
    await viewer.stopWorker()
    expect(await loadSongs(await viewer.visit(page), by)).toBe(SONGS)
    expect(since().songs).toBe(0)
    expect(await loadSongs(await viewer.visit(page), by)).toBe(SONGS)
    await viewer.visit(page)
    site.server.origin.stop()
    expect(await loadSongs(viewer, by)).toBe(SONGS)
    expect(since().songs).toBe(0)
  })

/** Makes what the browser remembers of manifests older. */
function age(viewer: Viewer, byMs: number): Promise<void> {
  return viewer.page.evaluate(async byMs => {
    const opening = indexedDB.open('swarmtag')
    await new Promise(resolve => opening.addEventListener('success', resolve))
    const writing = opening.result.transaction('resources', 'readwrite')
    const records = writing.objectStore('resources')
    const reading = records.getAll()
    await new Promise(resolve => reading.addEventListener('success', resolve))
    for (const record of reading.result)
      records.put({ ...record, checkedAtMs: record.checkedAtMs - byMs })
    await new Promise(resolve => writing.addEventListener('complete', resolve))
    opening.result.close()
  }, byMs)
}

test('a manifest that is published later is found when its time has come, beside the film', async ({
  site,
  arrive,
}) => {
  let isPublished = false
  site.intercept = (request, response) => {
    const isHidden = !isPublished && request.url?.endsWith('.swarm') === true
    if (isHidden) response.writeHead(404).end()
    return isHidden
  }
  const viewer = await settle(site, await arrive())
  await viewer.visit(site.watchPage())
  await viewer.plays()
  isPublished = true
  await age(viewer, 3_600_000)
  await viewer.stopWorker()
  await viewer.page.reload()
  await viewer.plays()
  await expect.poll(() => site.requestsOf(`${FILM}.swarm`).length).toBe(2)
  // The answer may still be on its way to the worker.
  await expect(async () => {
    await viewer.page.reload()
    await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part', FILM, 5_000)
  }).toPass()
})

/** A film that is longer than any browser reads ahead: one with 80 MB behind it that no player needs. */
const LONG_BYTES = Buffer.concat([FILM_BYTES, freeBox(80_000_000)])
/** What may be read further ahead than over plain HTTP: two requests of the worker's, as a busy machine plays the 3 s more slowly. */
const MOST_AHEAD_BYTES = 40_000_000

function freeBox(bytes: number): Buffer {
  const box = Buffer.alloc(bytes)
  box.writeUInt32BE(bytes, 0)
  box.write('free', 4)
  return box
}

/** Serves the long film as a server that does not know ranges; with a manifest, or without. */
function ignoreRanges(site: Site): void {
  site.intercept = (request, response) => {
    if (request.url !== '/long.mp4') return false
    delete request.headers.range
    const setHeader = response.setHeader.bind(response)
    response.setHeader = (name, value) =>
      name.toLowerCase() === 'accept-ranges' ? response : setHeader(name, value)
    const writeHead = response.writeHead.bind(response)
    response.writeHead = ((status: number, headers: Record<string, string>) => {
      const { 'Accept-Ranges': _, ...others } = headers
      return writeHead(status, others)
    }) as typeof response.writeHead
    return false
  }
}

for (const [what, isRanged] of [
  ['a server that does not know ranges', false],
  ['a server, of a film without manifest', true],
] as const)
  test(`${what} is read no further than the film is played, once a visit`, async ({
    site,
    arrive,
  }) => {
    writeFileSync(join(site.folder, 'long.mp4'), LONG_BYTES)
    if (!isRanged) ignoreRanges(site)
    else
      site.intercept = (request, response) => {
        const isManifest = request.url?.endsWith('.swarm') === true
        if (isManifest) response.writeHead(404).end()
        return isManifest
      }
    const counts = () => ({
      bytes: site.bytesOf('/long.mp4'),
      requests: site.requestsOf('/long.mp4').length,
    })
    const watch = async (viewer: Viewer, name: string, tag = '') => {
      const before = counts()
      await viewer.visit(site.page(name, `${tag}<video src="/long.mp4" autoplay muted></video>`))
      await viewer.plays('video', 3)
      const { bytes, requests } = counts()
      await viewer.visit(site.page('empty.html', tag))
      return { bytes: bytes - before.bytes, requests: requests - before.requests }
    }
    const plain = await watch(await arrive(), 'plain.html')
    const viewer = await settle(site, await arrive())
    for (const visit of [1, 2]) {
      const seen = await watch(viewer, 'long.html', TAG)
      expect.soft(seen.bytes, `visit ${visit}`).toBeLessThan(plain.bytes + MOST_AHEAD_BYTES)
      if (!isRanged) expect.soft(seen.requests, `visit ${visit}`).toBe(1)
    }
  })

/** Headers as a site sets them, beside those of every file. */
const OWN_HEADERS = {
  'Content-Disposition': 'attachment; filename="holiday.mp4"',
  'X-Own': 'seen',
  Link: '</poster.jpg>; rel=preload',
}

/** What a page can read of an answer, but for what tells the time. */
const readHeads = (viewer: Viewer, url: string) =>
  viewer.page.evaluate(async url => {
    const headOf = async (init: RequestInit) => {
      const response = await fetch(url, init)
      await response.arrayBuffer()
      const { status, statusText } = response
      const { date: _, age: __, ...headers } = Object.fromEntries(response.headers)
      return { status, statusText, headers }
    }
    return {
      whole: await headOf({}),
      part: await headOf({ headers: { range: 'bytes=100-199' } }),
      rest: await headOf({ headers: { range: 'bytes=1000000-' } }),
      head: await headOf({ method: 'HEAD' }),
    }
  }, url)

for (const [what, hasManifest, isElsewhere] of [
  ['a film that takes part', true, false],
  ['a film without manifest', false, false],
  ['a film of another origin', true, true],
  ['a film of another origin without manifest', false, true],
] as const)
  test(`a page reads the same headers and status of ${what} as over plain HTTP`, async ({
    site,
    arrive,
  }) => {
    const host = isElsewhere ? site.server.url.replace('localhost', '127.0.0.1') : site.server.url
    const url = new URL(FILM, host).href
    site.intercept = (request, response) => {
      const isManifest = request.url?.endsWith('.swarm') === true
      if (isManifest && !hasManifest) response.writeHead(404).end()
      if (isManifest && hasManifest) response.setHeader('Access-Control-Allow-Origin', '*')
      if (request.url !== FILM) return isManifest && !hasManifest
      for (const [name, value] of Object.entries(OWN_HEADERS)) response.setHeader(name, value)
      if (isElsewhere) {
        response.setHeader('Access-Control-Allow-Origin', '*')
        response.setHeader('Access-Control-Expose-Headers', 'X-Own, ETag')
      }
      return false
    }
    const other = await (await arrive()).visit(site.page('other.html', ''))
    const plain = await readHeads(other, url)
    const viewer = await settle(site, await arrive(), `data-match="${host}videos/*"`)
    const first = await readHeads(viewer, url)
    expect(first).toEqual(plain)
    if (hasManifest) await viewer.holdsAll(url)
    await viewer.stopWorker()
    await viewer.page.reload()
    expect(await readHeads(viewer, url)).toEqual(plain)
  })
