/** Where there is no swarm to join, a video plays as it would over plain HTTP. */

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHUNK_BYTES } from '../../src/core/units.js'
import {
  expect,
  FILM,
  FILM_BYTES,
  FILM_SHA256,
  manifestOf,
  settle,
  test,
} from '../swarm/fixtures.js'

const MANIFEST = await manifestOf(FILM_BYTES)

test('a video without a manifest plays over plain HTTP, and its absence costs one request', async ({
  site,
  arrive,
}) => {
  site.intercept = (request, response) => {
    if (!request.url?.includes('.swarm')) return false
    response.writeHead(404).end()
    return true
  }
  const url = site.watchPage()
  const viewer = await (await arrive()).visit(url)
  await viewer.plays()
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  await viewer.page.reload()
  await viewer.plays()
  await viewer.page.evaluate(() => {
    const video = document.querySelector('video')
    if (video) video.currentTime = 50
  })
  await viewer.plays()
  expect(site.requestsOf(`${FILM}.swarm`)).toHaveLength(1)
  expect(await viewer.stats()).toBeUndefined()
})

test('a manifest that is late does not keep the film waiting, which joins once it is there', async ({
  site,
  arrive,
}) => {
  const asked: (() => void)[] = []
  site.intercept = (request, response) => {
    if (!request.url?.includes('.swarm') || asked.length > 0) return false
    asked.push(() => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(MANIFEST)
    })
    return true
  }
  site.server.line.bytesPerSecond = 1_000_000
  const viewer = await (await settle(site, await arrive())).visit(site.watchPage())
  await viewer.plays()
  expect(await viewer.stats()).toBeUndefined()
  for (const answer of asked) answer()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  await viewer.plays()
  site.server.line.bytesPerSecond = Number.POSITIVE_INFINITY
  await viewer.until(({ complete }) => complete, 'what came before the manifest is held too')
  expect(await viewer.sha256()).toBe(FILM_SHA256)
})

test('what a response gave that ended before the manifest came is held too', async ({
  site,
  arrive,
}) => {
  let letCome = () => {}
  site.intercept = (request, response) => {
    if (!request.url?.includes('.swarm')) return false
    letCome = () => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(MANIFEST)
    }
    return true
  }
  const url = site.page(
    'loader.html',
    '<script src="/swarmtag.js" data-tracker="/tracker"></script>',
  )
  const viewer = await (await settle(site, await arrive())).visit(url)
  const load = (range: string, mostBytes: number) =>
    viewer.page.evaluate(
      async ([film, range, mostBytes]) => {
        const reader = (await fetch(film, { headers: { range } })).body?.getReader()
        let bytes = 0
        while (bytes < mostBytes) bytes += (await reader?.read())?.value?.length ?? mostBytes
        await reader?.cancel()
      },
      [FILM, range, mostBytes] as const,
    )
  await load('bytes=0-', 20 * CHUNK_BYTES)
  letCome()
  // Two chunks tell nobody that the film is public: they are left, too.
  await load(`bytes=${18 * CHUNK_BYTES}-`, 2 * CHUNK_BYTES)
  await load(`bytes=${20 * CHUNK_BYTES}-${40 * CHUNK_BYTES - 1}`, 20 * CHUNK_BYTES)
  await viewer.until(({ heldChunks }) => heldChunks >= 40, 'all that came is held')
})

test('a reload plays from the store while the origin is away', async ({ site, arriveHolding }) => {
  const viewer = await arriveHolding(site.watchPage())
  const before = site.bytesOf(FILM)
  site.intercept = request => {
    const isMedia = request.url?.startsWith('/videos/') === true
    if (isMedia) request.socket.destroy()
    return isMedia
  }
  await viewer.page.reload()
  await viewer.plays()
  await viewer.page.evaluate(() => {
    const video = document.querySelector('video')
    if (video) video.currentTime = 55
  })
  await viewer.plays()
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  expect(site.bytesOf(FILM)).toBe(before)
  const stats = await viewer.stats()
  expect(stats?.bytes.origin).toBe(0)
  expect(stats?.bytes.store).toBeGreaterThan(FILM_BYTES.length / 2)
  expect(stats?.offload).toBe(1)
})

test('everything else on the site is left alone', async ({ site, arrive }) => {
  const viewer = await (await arrive()).visit(site.watchPage())
  await viewer.plays()
  site.page('other.html', 'plain')
  const before = site.requestsOf('/other.html').length
  const text = await viewer.page.evaluate(async () => (await fetch('/other.html')).text())
  expect(text).toContain('plain')
  expect(site.requestsOf('/other.html')).toHaveLength(before + 1)
})

test('data-match narrows what takes part', async ({ site, arrive }) => {
  const viewer = await (await arrive()).visit(
    site.watchPage('watch.html', 'data-match="/elsewhere/*"'),
  )
  await viewer.plays()
  expect(await viewer.stats()).toBeUndefined()
  expect(site.requestsOf(FILM).map(each => each.destination)).toContain('video')
})

test('a switch stops sharing and starts it again, and the film goes on', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  const url = site.watchPage()
  const first = await arriveHolding(url)
  const second = await (await settle(site, await arrive())).visit(url)
  await second.plays()
  await second.until(({ peers }) => peers === 1, 'the viewers are connected')
  await second.page.evaluate(() => window.swarmtag?.stop())
  expect(await second.page.evaluate(() => window.swarmtag?.stats())).toMatchObject({
    state: 'off',
    peers: 0,
  })
  await first.until(({ peers }) => peers === 0, 'the first viewer sees the second go')
  await second.plays()
  await second.page.evaluate(() => window.swarmtag?.start())
  expect(await second.page.evaluate(() => window.swarmtag?.stats().state)).toBe('active')
  expect(await second.sha256()).toBe(FILM_SHA256)
})

test('a film that is replaced at the server takes the place of the one before, also in stats()', async ({
  site,
  arrive,
}) => {
  const tag = '<script src="/swarmtag.js"></script>'
  const viewer = await (await arrive()).visit(site.page('loader.html', tag))
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  await viewer.holdsAll()
  const { root } = await viewer.until(({ complete }) => complete, 'the film takes part')

  const other = Buffer.from(FILM_BYTES).fill(1, FILM_BYTES.length - 100)
  writeFileSync(join(site.folder, FILM), other)
  await viewer.stopWorker()
  // Manifests are looked at again after a day.
  await viewer.page.evaluate(async () => {
    const opening = indexedDB.open('swarmtag')
    await new Promise(resolve => opening.addEventListener('success', resolve))
    const change = opening.result.transaction('resources', 'readwrite')
    const asking = change.objectStore('resources').getAll()
    asking.onsuccess = () => {
      for (const each of asking.result)
        change.objectStore('resources').put({ ...each, checkedAtMs: 0 })
    }
    await new Promise(resolve => change.addEventListener('complete', resolve))
    opening.result.close()
  })
  const digest = createHash('sha256').update(other).digest('hex')
  expect(await viewer.sha256()).toBe(digest)
  const roots = () =>
    viewer.page.evaluate(() => window.swarmtag?.stats().videos.map(each => each.root))
  // For a moment it is in no swarm.
  await expect.poll(roots).toEqual([expect.not.stringContaining(root)])
})
