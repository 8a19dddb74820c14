/** A site's own worker that imports ours: what is not known to take part is left to the site's handlers. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, FILM, FILM_BYTES, FILM_SHA256, film, type Site, test } from '../swarm/fixtures.js'

/** A worker that serves what it has put into its cache, as sites that work offline do; ours comes first. */
const CACHE_FIRST = `importScripts('/swarmtag-sw.js')
  addEventListener('install', event => {
    skipWaiting()
    event.waitUntil(caches.open('own').then(cache => cache.add('/talk.mp4')))
  })
  addEventListener('activate', event => event.waitUntil(clients.claim()))
  addEventListener('fetch', event => {
    if (event.request.method !== 'GET' || !event.request.url.endsWith('.mp4')) return
    event.respondWith(caches.match(event.request.url).then(found => found ?? fetch(event.request)))
  })`

const TAG = '<script src="/swarmtag.js" data-tracker="/tracker" data-worker="own"></script>'

/** Opens a page whose worker is the site's own. */
const ownPage = (site: Site, name: string, html = '') =>
  site.page(
    name,
    `<script>navigator.serviceWorker.register('/own-worker.js')</script>${TAG}${html}`,
  )

test("what a site's own worker serves from its cache is left to it, also while the origin is away", async ({
  site,
  arrive,
}) => {
  writeFileSync(join(site.folder, 'own-worker.js'), CACHE_FIRST)
  writeFileSync(join(site.folder, 'talk.mp4'), FILM_BYTES)
  site.intercept = (request, response) => {
    const isManifest = request.url?.endsWith('.swarm') === true
    if (isManifest) response.writeHead(404).end()
    return isManifest
  }
  const viewer = await (await arrive()).visit(ownPage(site, 'settle.html'))
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  await viewer.visit(ownPage(site, 'empty.html'))
  const before = site.requestsOf('/talk.mp4').length
  site.server.origin.stop()
  await viewer.page.evaluate(() => {
    const video = document.createElement('video')
    video.muted = true
    video.autoplay = true
    video.src = '/talk.mp4'
    document.body.append(video)
  })
  await viewer.plays()
  expect(await viewer.sha256('/talk.mp4')).toBe(FILM_SHA256)
  expect(site.requestsOf('/talk.mp4')).toHaveLength(before)
})

test("a film that a site's own worker would serve takes part once its manifest is known", async ({
  site,
  arrive,
}) => {
  writeFileSync(join(site.folder, 'own-worker.js'), CACHE_FIRST)
  writeFileSync(join(site.folder, 'talk.mp4'), FILM_BYTES)
  const viewer = await (await arrive()).visit(ownPage(site, 'settle.html'))
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  await viewer.visit(ownPage(site, 'watch.html', film()))
  await viewer.plays()
  await expect.poll(() => site.requestsOf(`${FILM}.swarm`).length).toBe(1)
  await viewer.page.reload()
  await viewer.plays()
  await viewer.holdsAll()
  // Also once the worker has to look up what it knew.
  await viewer.stopWorker()
  await viewer.page.reload()
  await viewer.plays()
  await viewer.until(({ bytes }) => bytes.store > 0, 'the film comes from the store')
  expect(site.requestsOf(`${FILM}.swarm`)).toHaveLength(1)
})
