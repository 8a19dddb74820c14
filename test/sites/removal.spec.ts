/** A site that wants to be rid of Swarmtag: it takes the worker's file away, or calls `uninstall`. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, FILM, FILM_SHA256, film, type Site, test, type Viewer } from '../swarm/fixtures.js'

const scopes = ({ page }: Viewer) =>
  page.evaluate(async () =>
    (await navigator.serviceWorker.getRegistrations()).map(each => each.scope),
  )

const databases = ({ page }: Viewer) =>
  page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))

const nothingIsLeft = async (viewer: Viewer) => {
  await expect.poll(() => scopes(viewer)).toEqual([])
  await expect.poll(() => databases(viewer)).toEqual([])
}

test('uninstall removes worker and data while another tab plays, and both films go on', async ({
  site,
  arriveHolding,
}) => {
  const url = site.watchPage()
  const viewer = await arriveHolding(url)
  const other = await viewer.sameBrowser()
  await other.visit(url)
  await other.plays()
  await viewer.page.evaluate(() => localStorage.setItem('swarmtag:any', '1'))
  expect(await databases(viewer)).toEqual(['swarmtag'])

  await viewer.page.evaluate(() => window.swarmtag?.uninstall())
  await nothingIsLeft(viewer)
  expect(await viewer.page.evaluate(() => ({ ...localStorage }))).toEqual({})
  for (const each of [viewer, other]) {
    await each.seek(50)
    await each.plays()
    expect(await each.sha256()).toBe(FILM_SHA256)
    await expect.poll(() => each.page.evaluate(() => window.swarmtag?.stats().state)).toBe('off')
  }
  // A worker that was stopped does not remember; the page does.
  await viewer.stopWorker()
  await viewer.seek(20)
  await viewer.plays()
  await nothingIsLeft(viewer)

  await viewer.visit(site.page('without.html', film()))
  await viewer.plays()
  await nothingIsLeft(viewer)
})

test("uninstall leaves a site's own worker, and other data, alone", async ({ site, arrive }) => {
  writeFileSync(
    join(site.folder, 'own-worker.js'),
    `importScripts('/swarmtag-sw.js')
     addEventListener('install', () => skipWaiting())
     addEventListener('activate', event => event.waitUntil(clients.claim()))`,
  )
  const viewer = await (await arrive()).visit(
    site.page(
      'own.html',
      `<script>navigator.serviceWorker.register('/own-worker.js')
         indexedDB.open('theirs')
         localStorage.setItem('theirs', '1')</script>
       <script src="/swarmtag.js" data-worker="own"></script>${film()}`,
    ),
  )
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  await viewer.page.reload()
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  await viewer.page.evaluate(() => window.swarmtag?.uninstall())
  await expect.poll(() => databases(viewer)).toEqual(['theirs'])
  expect(await viewer.page.evaluate(() => ({ ...localStorage }))).toEqual({ theirs: '1' })
  expect(await scopes(viewer)).toEqual([site.server.url])
  await viewer.seek(50)
  await viewer.plays()
  expect(await databases(viewer)).toEqual(['theirs'])
})

for (const [when, hidden] of [
  ['at once', 2],
  ['any more', 1_000],
] as const)
  test(`uninstall removes also a worker that the browser does not tell of ${when}`, async ({
    site,
    arriveHolding,
  }) => {
    const viewer = await arriveHolding(site.watchPage())
    await viewer.page.evaluate(hidden => {
      // Firefox now and then gives a registration without its workers, for moments or seconds.
      let asked = 0
      const { getRegistrations } = ServiceWorkerContainer.prototype
      navigator.serviceWorker.getRegistrations = async () => {
        const found = await getRegistrations.call(navigator.serviceWorker)
        if (asked++ < hidden)
          for (const each of found)
            for (const name of ['active', 'waiting', 'installing'])
              Object.defineProperty(each, name, { configurable: true, value: null })
        else
          for (const each of found)
            for (const name of ['active', 'waiting', 'installing'])
              Reflect.deleteProperty(each, name)
        return found
      }
      return window.swarmtag?.uninstall()
    }, hidden)
    await nothingIsLeft(viewer)
  })

/** Waits until the worker has looked after its file: what is taken away later it must find out anew. */
const workerHasLooked = (site: Site) =>
  expect
    .poll(() => site.requestsOf('/swarmtag-sw.js').map(each => each.destination))
    .toContain('empty')

for (const [what, status] of [
  ['missing', 404],
  ['empty', 200],
] as const) {
  const takeAway = (site: Site, ...paths: string[]) => {
    site.intercept = (request, response) => {
      const isTaken = paths.includes(request.url?.split('?')[0] ?? '')
      if (isTaken) response.writeHead(status, { 'content-type': 'text/javascript' }).end()
      return isTaken
    }
  }

  test(`a worker's file that is ${what} removes the worker and its data`, async ({
    site,
    arriveHolding,
  }) => {
    const url = site.watchPage()
    const viewer = await arriveHolding(url)
    await workerHasLooked(site)
    takeAway(site, '/swarmtag-sw.js')
    await viewer.visit(url)
    await viewer.plays()
    await nothingIsLeft(viewer)
    await viewer.seek(50)
    await viewer.plays()
    await viewer.visit(url)
    await viewer.plays()
    expect(await databases(viewer)).toEqual([])
    expect(site.requestsOf(FILM).at(-1)?.destination).toBe('video')
  })

  test(`a worker's file that is ${what} does so also where the tag is gone with it`, async ({
    site,
    arriveHolding,
  }) => {
    const viewer = await arriveHolding(site.watchPage())
    await workerHasLooked(site)
    takeAway(site, '/swarmtag-sw.js', '/swarmtag.js', '/swarmtag-peers.js')
    await viewer.visit(site.page('without.html', film()))
    await viewer.plays()
    await nothingIsLeft(viewer)
  })

  test(`a worker's file that is ${what} does so with several tabs open, however they come and go`, async ({
    site,
    arriveHolding,
  }) => {
    const url = site.watchPage()
    const viewer = await arriveHolding(url)
    const playing = await viewer.sameBrowser()
    await playing.visit(url)
    await playing.plays()
    const others = await Promise.all([viewer.sameBrowser(), viewer.sameBrowser()])
    await workerHasLooked(site)
    takeAway(site, '/swarmtag-sw.js')
    // One never stops loading; the others' tags register while the worker that they register goes.
    site.page(
      'loading.html',
      `<script src="/swarmtag.js"></script>${film()}<script src="/endless.js"></script>`,
    )
    const { intercept } = site
    site.intercept = (request, response) =>
      request.url === '/endless.js' || intercept(request, response)
    const loading = await viewer.sameBrowser()
    await loading.page.goto(`${site.server.url}loading.html`, { waitUntil: 'commit' })
    await loading.plays()
    const isGone = () => scopes(playing).then(found => found.length === 0)
    for (let at = 0; !(await isGone()); at++) await others[at % 2]?.visit(url)
    // It may have come back by now, and must not stay.
    await Promise.all(others.map(each => each.visit(url)))
    await nothingIsLeft(playing)
    for (const each of [playing, loading, ...others]) {
      await each.seek(50)
      await each.plays()
    }
    await nothingIsLeft(playing)
  })

  test(`a registration that is brought back while the file is ${what} goes again`, async ({
    site,
    arriveHolding,
  }) => {
    const url = site.watchPage()
    const viewer = await arriveHolding(url)
    const other = await viewer.sameBrowser()
    await other.visit(url)
    const script = await viewer.page.evaluate(
      () => navigator.serviceWorker.controller?.scriptURL ?? '',
    )
    takeAway(site, '/swarmtag-sw.js')
    await viewer.visit(url)
    await nothingIsLeft(other)
    // As by a page whose tag had begun to register when the worker went.
    await other.page.evaluate(
      script => navigator.serviceWorker.register(script, { updateViaCache: 'none' }),
      script,
    )
    expect(await scopes(other)).toEqual([site.server.url])
    await viewer.visit(url)
    await viewer.plays()
    await nothingIsLeft(viewer)
  })

  test(`a tag that is ${what} leaves videos to plain HTTP, worker or not`, async ({
    site,
    arrive,
  }) => {
    const url = site.watchPage()
    const viewer = await (await arrive()).visit(url)
    await viewer.plays()
    takeAway(site, '/swarmtag.js')
    // What the page before asked for is not counted.
    await viewer.visit('about:blank')
    await expect.poll(() => site.openAnswers(FILM)).toBe(0)
    const before = site.requestsOf(FILM).length
    await viewer.visit(url)
    await viewer.plays()
    const since = site.requestsOf(FILM).slice(before)
    expect(new Set(since.map(each => each.destination))).toEqual(new Set(['video']))
  })
}

test('an emptied worker on a first visit does not stay', async ({ site, arrive }) => {
  writeFileSync(join(site.folder, 'swarmtag-sw.js'), '')
  const viewer = await (await arrive()).visit(site.watchPage())
  await viewer.plays()
  expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toMatchObject({ state: 'off' })
  await nothingIsLeft(viewer)
})

test('an emptied worker that has taken over already is removed by the page, with all data', async ({
  site,
  arriveHolding,
}) => {
  const url = site.watchPage()
  const viewer = await arriveHolding(url)
  // The file is emptied while nobody is there whose worker could see it.
  await viewer.visit('about:blank')
  await viewer.stopWorker()
  writeFileSync(join(site.folder, 'swarmtag-sw.js'), '')
  const other = await viewer.sameBrowser()
  await other.visit(site.page('update.html', 'nothing'))
  await other.page.evaluate(async () => (await navigator.serviceWorker.ready).update())
  await other.stopWorker()
  await other.visit('about:blank')
  await viewer.visit(url)
  await viewer.plays()
  await nothingIsLeft(viewer)
})
