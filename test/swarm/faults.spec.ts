/** What goes wrong is not the viewer's problem. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, FILM, FILM_BYTES, FILM_SHA256, film, manifestOf, test } from './fixtures.js'

const MANIFEST = await manifestOf(FILM_BYTES)

test('a peer that lies in a chunk is dropped, and nothing false is played or kept', async ({
  site,
  arrive,
}) => {
  const url = site.watchPage()
  const liar = await arrive()
  // Flips a bit in every chunk that it gives: in messages of type 7, behind a header of 12 bytes.
  await liar.page.addInitScript(() => {
    const send = RTCDataChannel.prototype.send
    RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: never) {
      const bytes: unknown = data
      if (bytes instanceof Uint8Array && bytes[0] === 7) bytes[500] = (bytes[500] ?? 0) ^ 1
      return send.call(this, data)
    }
  })
  await liar.visit(url)
  await liar.plays()
  await liar.holdsAll()

  const viewer = await (await arrive()).visit(url)
  await viewer.plays()
  await expect.poll(() => viewer.console.join('\n'), { timeout: 30_000 }).toContain('chunk-corrupt')
  await viewer.until(({ peers }) => peers === 0, 'the liar is dropped')
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  const stats = await viewer.stats()
  expect(stats?.bytes.peers).toBe(0)
  expect(stats?.bytes.origin).toBeGreaterThanOrEqual(FILM_BYTES.length)

  // It comes back under another name to others, but not to this one, which keeps what is true.
  await viewer.page.reload()
  await viewer.plays()
  expect(await viewer.sha256()).toBe(FILM_SHA256)
})

test('the file changes under its manifest: the new one plays, and the swarm for it ends', async ({
  site,
  arrive,
}) => {
  const url = site.page(
    'watch.html',
    '<script src="/swarmtag.js" data-tracker="/tracker"></script>',
  )
  const viewer = await (await arrive()).visit(url)
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  // The origin gives other bytes than those that its manifest describes.
  site.intercept = (request, response) => {
    if (request.url !== FILM) return false
    const other = Buffer.alloc(FILM_BYTES.length, 7)
    const [, from = '0', to = ''] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? []
    const end = to ? Number(to) + 1 : other.length
    response.writeHead(206, {
      'content-type': 'video/mp4',
      'content-range': `bytes ${from}-${end - 1}/${other.length}`,
      'content-length': end - Number(from),
    })
    response.end(other.subarray(Number(from), end))
    return true
  }
  const bytes = await viewer.page.evaluate(async url => {
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer())
    return { length: bytes.length, areNew: bytes.every(byte => byte === 7) }
  }, FILM)
  expect(bytes).toEqual({ length: FILM_BYTES.length, areNew: true })
  expect((await viewer.stats())?.heldChunks ?? 0).toBe(0)
  await expect
    .poll(() => viewer.console.filter(line => line.includes('origin-changed')).length)
    .toBe(1)
})

test('digests that cannot be had: the film plays plainly', async ({ site, arrive }) => {
  site.intercept = (request, response) => {
    if (request.url !== `${FILM}.swarm`) return false
    // The descriptor is there, and the digests behind it are not.
    const isHead = request.headers.range === 'bytes=0-65535'
    if (!isHead) response.writeHead(404).end()
    else {
      const descriptor = MANIFEST.subarray(0, MANIFEST.readUInt32BE(12))
      response.writeHead(206, {
        'content-range': `bytes 0-${descriptor.length - 1}/${MANIFEST.length}`,
      })
      response.end(descriptor)
    }
    return true
  }
  const viewer = await (await arrive()).visit(site.watchPage())
  await viewer.plays()
  await viewer.seek(50)
  await viewer.plays()
  expect(await viewer.sha256()).toBe(FILM_SHA256)
})

for (const [what, isRefused] of [
  ['hangs', false],
  ['refuses', true],
] as const)
  test(`an origin that ${what} is not waited for where another viewer has the film`, async ({
    site,
    arrive,
    arriveHolding,
  }) => {
    const url = site.watchPage()
    await arriveHolding(url)
    const second = await (await arrive()).visit(url)
    await second.plays()
    await second.until(({ peers }) => peers === 1, 'the viewers are connected')
    await second.page.evaluate(() => indexedDB.deleteDatabase('swarmtag'))
    site.intercept = request => {
      if (request.url === FILM && isRefused) request.socket.destroy()
      return request.url === FILM
    }
    await second.page.reload()
    await second.plays('video', 1)
    expect(await second.sha256()).toBe(FILM_SHA256)
  })

test('a site with a worker of its own imports ours and keeps its own', async ({ site, arrive }) => {
  writeFileSync(
    join(site.folder, 'own-worker.js'),
    `importScripts('/swarmtag-sw.js')
     addEventListener('install', () => skipWaiting())
     addEventListener('activate', event => event.waitUntil(clients.claim()))
     addEventListener('fetch', event => {
       if (event.request.url.endsWith('/own')) event.respondWith(new Response('from the own worker'))
     })`,
  )
  const url = site.page(
    'watch.html',
    `<script>navigator.serviceWorker.register('/own-worker.js')</script>
     <script src="/swarmtag.js" data-worker="own"></script>${film()}`,
  )
  const viewer = await (await arrive()).visit(url)
  await viewer.plays()
  expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toEqual({ state: 'active' })
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  expect(await viewer.page.evaluate(async () => (await fetch('/own')).text())).toBe(
    'from the own worker',
  )
  const scripts = await viewer.page.evaluate(async () =>
    (await navigator.serviceWorker.getRegistrations()).map(each => each.active?.scriptURL),
  )
  expect(scripts).toEqual([`${site.server.url}own-worker.js`])
})

test('a site with a worker that does not know us keeps it, and one line says what to add', async ({
  site,
  arrive,
}) => {
  writeFileSync(
    join(site.folder, 'own-worker.js'),
    `addEventListener('install', () => skipWaiting()); addEventListener('activate', event => event.waitUntil(clients.claim()))`,
  )
  const viewer = await (await arrive()).visit(
    site.page('first.html', `<script>navigator.serviceWorker.register('/own-worker.js')</script>`),
  )
  await viewer.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await viewer.visit(site.watchPage())
  await viewer.plays()
  expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toMatchObject({ state: 'off' })
  expect(viewer.console.filter(line => line.startsWith('[swarmtag]'))).toEqual([
    expect.stringContaining("importScripts('swarmtag-sw.js')"),
  ])
})
