/**
 * A site that takes the worker's file away is rid of Swarmtag, in every engine, as `test/sites/removal.spec.ts` has it for
 * Chromium. Of sixteen cases of up to a minute each CI runs four; `SWARMTAG_REMOVAL=1` runs all.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FILM, film, Site } from '../swarm/site.js'
import { startFirefox } from './firefox.js'
import type { EngineViewer } from './viewer.js'
import { startWebKit, WEBRTC_BY_NAME } from './webkit.js'

const IS_ALL = process.env.SWARMTAG_REMOVAL !== undefined

const PATIENCE = { timeout: 30_000, interval: 250 }

const ENGINES = [
  ['Firefox', () => startFirefox(), ''],
  ['WebKitGTK', startWebKit, WEBRTC_BY_NAME],
] as const

const WAYS = [
  ['missing', 404],
  ['empty', 200],
] as const

async function openSite(): Promise<Site> {
  const site = await new Site().open()
  onTestFinished(() => site.close())
  return site
}

/** Answers for files as a site that has taken them away. */
function takeAway(site: Site, status: number, ...paths: string[]): void {
  site.intercept = (request, response) => {
    const isTaken = paths.includes(request.url?.split('?')[0] ?? '')
    if (isTaken) response.writeHead(status, { 'content-type': 'text/javascript' }).end()
    return isTaken
  }
}

/** What a browser has of Swarmtag. */
const remains = ({ page }: EngineViewer) =>
  page.evaluate(async () => {
    const registrations = await navigator.serviceWorker.getRegistrations()
    const databases = await indexedDB.databases()
    return {
      workers: registrations.map(({ scope }) => new URL(scope).pathname),
      databases: databases.map(({ name }) => name),
    }
  }, undefined)

const nothingIsLeft = (viewer: EngineViewer) =>
  vi.waitFor(
    async () => expect(await remains(viewer)).toEqual({ workers: [], databases: [] }),
    PATIENCE,
  )

/** A viewer whose worker answers a page, keeps its film, and has looked after its file: what is taken away later it finds out anew. */
async function arriveServed(
  site: Site,
  start: () => Promise<EngineViewer>,
  url: string,
): Promise<EngineViewer> {
  const viewer = await start()
  onTestFinished(viewer.leave)
  await viewer.visit(url)
  await viewer.page.evaluate(() => window.swarmtag?.ready, undefined)
  await viewer.visit(url)
  await viewer.holdsSome()
  const looked = () => site.requestsOf('/swarmtag-sw.js').map(each => each.destination)
  await vi.waitFor(() => expect(looked()).toContain('empty'), PATIENCE)
  const { workers, databases } = await remains(viewer)
  expect(workers).toHaveLength(1)
  expect(databases).toEqual(['swarmtag'])
  return viewer
}

for (const [engine, start, webRtc] of ENGINES) {
  const tag = `${webRtc}<script src="/swarmtag.js"></script>`
  const watchPage = (site: Site) => site.page('watch.html', tag + film())

  for (const [what, status] of IS_ALL ? WAYS : WAYS.slice(0, 1)) {
    test(`${engine}: a worker's file that is ${what} removes the worker and its data, and the film goes on`, async () => {
      const site = await openSite()
      const url = watchPage(site)
      const viewer = await arriveServed(site, start, url)
      takeAway(site, status, '/swarmtag-sw.js')
      await viewer.visit(url)
      await viewer.playsTo(1)
      await nothingIsLeft(viewer)
      await viewer.seek(50)
      await viewer.playsTo(51)
      const before = site.requestsOf(FILM).length
      await viewer.visit(url)
      await viewer.playsTo(1)
      await nothingIsLeft(viewer)
      // Firefox may have all of it in its HTTP cache.
      const since = site.requestsOf(FILM).slice(before)
      expect(since.filter(each => each.destination !== 'video')).toEqual([])
    })

    if (!IS_ALL) continue

    test(`${engine}: a worker's file that is ${what} does so also where the tag is gone with it`, async () => {
      const site = await openSite()
      const viewer = await arriveServed(site, start, watchPage(site))
      takeAway(site, status, '/swarmtag-sw.js', '/swarmtag.js', '/swarmtag-peers.js')
      await viewer.visit(site.page('without.html', film()))
      await viewer.playsTo(1)
      await nothingIsLeft(viewer)
    })

    test(`${engine}: a worker's file that is ${what} does so with several tabs open`, async () => {
      const site = await openSite()
      const url = watchPage(site)
      const viewer = await arriveServed(site, start, url)
      const playing = await viewer.sameBrowser()
      await playing.visit(url)
      await playing.playsTo(1)
      takeAway(site, status, '/swarmtag-sw.js')
      const isGone = async () => (await remains(viewer)).workers.length === 0
      for (let at = 0; at < 10 && !(await isGone()); at++) await viewer.visit(url)
      // It may have come back by now, and must not stay.
      await viewer.visit(url)
      await nothingIsLeft(playing)
      for (const each of [viewer, playing]) {
        await each.seek(50)
        await each.playsTo(51)
      }
      await nothingIsLeft(playing)
    })
  }

  test(`${engine}: an emptied worker that has taken over already is removed by the page, with all data`, async () => {
    const site = await openSite()
    mkdirSync(join(site.folder, 'watch'))
    const scoped = tag.replace('></', ' data-scope="/watch/"></')
    const url = site.page('watch/film.html', scoped + film())
    // A page that may come back keeps its worker.
    site.intercept = (request, response) => {
      if (request.url === '/watch/film.html') response.setHeader('Cache-Control', 'no-store')
      return false
    }
    const viewer = await arriveServed(site, start, url)
    // From outside of its folder, where nothing makes the old one look after its file.
    await viewer.visit(site.page('outside.html', 'nothing'))
    takeAway(site, 200, '/swarmtag-sw.js')
    await viewer.page.evaluate(async () => {
      const soon = () => new Promise(later => setTimeout(later, 100))
      const registered = () => navigator.serviceWorker.getRegistration('/watch/')
      // Firefox now and then tells of its workers a moment later.
      while (!(await registered())?.active) await soon()
      const registration = await registered()
      const before = registration?.active
      await registration?.update()
      while (registration?.active === before || registration?.active?.state !== 'activated')
        await soon()
    }, undefined)
    expect((await remains(viewer)).databases).toEqual(['swarmtag'])
    await viewer.visit(url)
    await viewer.playsTo(1)
    await nothingIsLeft(viewer)
  })

  if (!IS_ALL) continue

  test(`${engine}: an emptied worker on a first visit does not stay`, async () => {
    const site = await openSite()
    takeAway(site, 200, '/swarmtag-sw.js')
    const viewer = await start()
    onTestFinished(viewer.leave)
    await viewer.visit(watchPage(site))
    await viewer.playsTo(1)
    const ready = await viewer.page.evaluate(() => window.swarmtag?.ready, undefined)
    expect(ready).toMatchObject({ state: 'off' })
    await nothingIsLeft(viewer)
  })
}
