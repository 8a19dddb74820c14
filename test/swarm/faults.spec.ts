/** What goes wrong is not the viewer's problem. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, FILM, FILM_SHA256, film, settle, test } from './fixtures.js'

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
    const second = await (await settle(site, await arrive())).visit(url)
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
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  // On a first visit a busy machine may play over plain HTTP.
  await viewer.visit(url)
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
