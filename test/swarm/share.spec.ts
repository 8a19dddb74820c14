/** The main job: viewers fetch from each other what they can and from the server what they must. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CLIP,
  expect,
  FILM,
  FILM_BYTES,
  FILM_SHA256,
  settle,
  test,
  type Viewer,
} from './fixtures.js'
import { connectedOf, watchConnections } from './webrtc.js'

test('a second viewer plays from the first', async ({ site, arrive, arriveHolding }) => {
  const url = site.watchPage()
  await arriveHolding(url)

  const before = site.bytesOf(FILM)
  const second = await (await settle(site, await arrive())).visit(url)
  await second.plays()
  await second.until(({ complete }) => complete, 'the second viewer has the whole film')
  const stats = await second.stats()
  const fromOrigin = site.bytesOf(FILM) - before

  expect(stats?.bytes.peers).toBeGreaterThanOrEqual(FILM_BYTES.length * 0.9)
  expect(fromOrigin).toBeLessThanOrEqual(FILM_BYTES.length * 0.1)
  expect(stats?.bytes.wasted).toBeLessThanOrEqual(FILM_BYTES.length * 0.01)
  expect(await second.sha256()).toBe(FILM_SHA256)
  expect(site.bytesOf(FILM) - before).toBe(fromOrigin)
})

test('viewers chain: the first leaves, the third plays from the second', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  const url = site.watchPage()
  const first = await arriveHolding(url)
  const second = await (await settle(site, await arrive())).visit(url)
  await second.plays()
  await second.until(({ complete }) => complete, 'the second viewer has the whole film')
  await first.leave()
  await second.until(({ peers }) => peers === 0, 'the second viewer is alone')
  expect(second.console).toEqual([])

  const third = await (await settle(site, await arrive())).visit(url)
  await third.plays()
  const stats = await third.until(({ complete }) => complete, 'the third viewer has the whole film')
  expect(stats.bytes.peers).toBeGreaterThanOrEqual(FILM_BYTES.length * 0.9)
  expect((await second.stats())?.bytes.uploaded).toBeGreaterThanOrEqual(stats.bytes.peers)
  expect(await third.sha256()).toBe(FILM_SHA256)
})

test('a loader of the page that reads one MiB connects to others', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  await arriveHolding(site.watchPage())
  const tag = '<script src="/swarmtag.js" data-tracker="/tracker"></script>'
  const loader = await (await arrive()).visit(site.page('loader.html', tag))
  await loader.page.evaluate(async film => {
    await window.swarmtag?.ready
    await (await fetch(film, { headers: { range: 'bytes=0-1048575' } })).arrayBuffer()
  }, FILM)
  await loader.until(({ peers }) => peers === 1, 'the loader has met who holds the film')
})

test('a chunk is shared while the film is still downloading', async ({ site, arrive }) => {
  site.server.line.bytesPerSecond = 1_000_000
  const url = site.watchPage()
  const first = await (await settle(site, await arrive())).visit(url)
  await first.plays()
  const second = await (await settle(site, await arrive())).visit(url)
  await second.plays()
  const stats = await second.until(
    ({ bytes }) => bytes.peers > 1_000_000,
    'the second viewer takes from the first',
  )
  expect((await first.stats())?.complete).toBe(false)
  expect(stats.complete).toBe(false)
})

test('seeks to unbuffered places play on, from the swarm', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  const url = site.watchPage('watch.html', 'data-tracker="/tracker" data-origin="never"')
  await arriveHolding(site.watchPage('seed.html'))
  // The worker of this site is told by whoever comes: a browser of its own for the one without origin.
  const viewer = await (await settle(site, await arrive(), 'data-origin="never"')).visit(url)
  await viewer.plays()
  for (const seconds of [50, 12, 35, 3]) {
    await viewer.page.evaluate(seconds => {
      const video = document.querySelector('video')
      if (video) video.currentTime = seconds
    }, seconds)
    await viewer.plays()
    expect(await viewer.currentTime()).toBeGreaterThanOrEqual(seconds)
  }
  expect((await viewer.stats())?.bytes.origin).toBe(0)
})

test('two videos on a page have a swarm each', async ({ site, arrive }) => {
  const url = site.page(
    'two.html',
    `<script src="/swarmtag.js" data-tracker="/tracker"></script>
     <video id="film" src="${FILM}" autoplay muted></video>
     <video id="clip" autoplay muted><source src="${CLIP}" type="video/webm"></video>`,
  )
  const first = await (await settle(site, await arrive())).visit(url)
  await first.plays('#film')
  await first.plays('#clip')
  await first.holdsAll(FILM)
  await first.holdsAll(CLIP)
  const second = await (await settle(site, await arrive())).visit(url)
  await second.plays('#film')
  await second.plays('#clip')
  await second.until(
    ({ complete, bytes }) => complete && bytes.peers > 0,
    'the film comes from the first',
    FILM,
  )
  await second.until(
    ({ complete, bytes }) => complete && bytes.peers > 0,
    'the clip comes from the first',
    CLIP,
  )
  expect(await second.sha256(FILM)).toBe(FILM_SHA256)
  const clip = readFileSync(join(site.folder, CLIP))
  expect(await second.sha256(CLIP)).toBe(createHash('sha256').update(clip).digest('hex'))
})

test('two viewers have one connection, however many films they watch, until the last is over', async ({
  site,
  arrive,
}) => {
  const tag = '<script src="/swarmtag.js" data-tracker="/tracker"></script>'
  const videos = [FILM, CLIP].map(path => `<video src="${path}" loop autoplay muted></video>`)
  const both = site.page('both.html', tag + videos.join(''))
  const [first, second] = [await settle(site, await arrive()), await settle(site, await arrive())]
  for (const each of [first, second]) await watchConnections(each)
  await first.visit(both)
  await first.plays()
  await second.visit(both)
  for (const each of [first, second])
    for (const path of [FILM, CLIP])
      await each.until(({ peers }) => peers === 1, `they meet at ${path}`, path)
  for (const each of [first, second]) await expect.poll(() => connectedOf(each)).toBe(1)

  // The film that made the connection may be either: each goes, and comes back, while the other is given.
  for (const path of [FILM, CLIP]) {
    const other = path === FILM ? CLIP : FILM
    const take = (to: Viewer, isShown: boolean) =>
      to.page.evaluate(
        ([path, isShown]) => {
          if (!isShown) document.querySelector(`video[src="${path}"]`)?.remove()
          else
            document.body.insertAdjacentHTML(
              'beforeend',
              `<video src="${path}" loop autoplay muted></video>`,
            )
        },
        [path, isShown] as const,
      )
    await take(second, false)
    await expect.poll(() => second.stats(path)).toBeUndefined()
    await first.until(({ peers }) => peers === 0, 'it has gone there', path)
    for (const each of [first, second]) {
      expect(await each.stats(other)).toMatchObject({ peers: 1 })
      expect(await connectedOf(each)).toBe(1)
    }
    await take(second, true)
    await second.until(({ peers }) => peers === 1, 'they meet again', path)
    for (const each of [first, second]) await expect.poll(() => connectedOf(each)).toBe(1)
  }
  await second.page.evaluate(() => document.body.replaceChildren())
  for (const each of [first, second]) await expect.poll(() => connectedOf(each)).toBe(0)
})

test('without a tracker videos come from the origin, and nobody is looked for', async ({
  site,
  arrive,
}) => {
  const viewer = await (await arrive()).visit(site.watchPage('watch.html', ''))
  const sockets: string[] = []
  await viewer.page.evaluate(() => {
    window.RTCPeerConnection = class {
      constructor() {
        console.error('a connection was made')
      }
    } as never
  })
  viewer.page.on('websocket', socket => sockets.push(socket.url()))
  await viewer.plays()
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  expect(sockets).toEqual([])
  expect(viewer.console.join()).not.toContain('a connection was made')
})

test('an element that a script makes takes part', async ({ site, arrive }) => {
  const viewer = await (await arrive()).visit(
    site.page('empty.html', '<script src="/swarmtag.js"></script>'),
  )
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  await viewer.page.evaluate(src => {
    const video = document.createElement('video')
    video.muted = video.autoplay = true
    video.src = src
    document.body.append(video)
  }, FILM)
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  expect(site.requestsOf(FILM).map(each => each.destination)).not.toContain('video')
})

test('a viewer who is alone offers itself once: who comes brings the offers', async ({
  site,
  arrive,
}) => {
  const viewer = await settle(site, await arrive())
  const offers: number[] = []
  viewer.page.on('websocket', socket =>
    socket.on('framesent', ({ payload }) => offers.push(JSON.parse(String(payload)).offers.length)),
  )
  await viewer.visit(site.watchPage())
  await expect.poll(() => offers).toEqual([4, 0])
})
