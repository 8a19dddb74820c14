/** Files, pages and habits that people have: with the tag they are as without. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CLIP,
  expect,
  FILM,
  FILM_BYTES,
  manifestOf,
  type Site,
  settle,
  test,
  type Viewer,
} from '../swarm/fixtures.js'
import { fragmentedFilm, indexLast, withoutDuration } from '../swarm/media.js'

/** Puts a film on the site, with its manifest. */
async function publish(site: Site, path: string, film: Buffer): Promise<void> {
  writeFileSync(join(site.folder, path), film)
  writeFileSync(join(site.folder, `${path}.swarm`), await manifestOf(film))
}

const tag = '<script src="/swarmtag.js"></script>'

/** Time from opening a page until its video plays. */
async function startMs(viewer: Viewer, url: string): Promise<number> {
  await viewer.visit(url)
  await viewer.plays('video', 0.05)
  return viewer.page.evaluate(() => performance.now())
}

for (const tracker of ['', 'data-tracker="/tracker"'])
  test(`a fragmented film without index far from its origin starts with as few requests as over plain HTTP${tracker && ', where others are looked for'}`, async ({
    site,
    arrive,
  }) => {
    const path = '/videos/fragments.mp4'
    await publish(site, path, fragmentedFilm(40, 390_000))
    const video = `<video src="${path}" autoplay muted></video>`
    const tagged = await settle(site, await arrive())
    Object.assign(site.server.line, { latencyMs: 100, bytesPerSecond: 8_000_000 })
    const plainMs = await startMs(await arrive(), site.page('plain.html', video))
    const overPlainHttp = site.requestsOf(path).length
    const page = site.page('watch.html', tag.replace('></', ` ${tracker}></`) + video)
    const taggedMs = await startMs(tagged, page)
    const requests = site.requestsOf(path).length - overPlainHttp
    test.info().annotations.push({
      type: 'figures',
      description: `${Math.round(taggedMs)} ms and ${requests} requests, plain ${Math.round(plainMs)} ms and ${overPlainHttp}`,
    })
    expect(requests).toBeLessThanOrEqual(1.2 * overPlainHttp)
    expect(taggedMs).toBeLessThan(1.5 * plainMs + 500)
  })

test('a film with its index at the end starts with as few requests as plainly, plays on, and takes part', async ({
  site,
  arrive,
}) => {
  const path = '/videos/index-last.mp4'
  await publish(site, path, indexLast(FILM_BYTES))
  const video = `<video src="${path}" autoplay muted></video>`
  site.server.line.bytesPerSecond = 2_000_000
  const starts = async (viewer: Viewer, url: string) => {
    const before = site.requestsOf(path).length
    await startMs(viewer, url)
    return site.requestsOf(path).length - before
  }
  const plainly = await starts(await arrive(), site.page('plain.html', video))
  const viewer = await settle(site, await arrive())
  const page = site.page('watch.html', tag + video)
  // At the first meeting one more request tells whether all may have the film.
  expect(await starts(viewer, page)).toBeLessThanOrEqual(plainly + 1)
  site.server.line.bytesPerSecond = Number.POSITIVE_INFINITY
  await viewer.seek(45)
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part', path)
  await viewer.sha256(path)
  await viewer.visit(page)
  await viewer.plays()
  await viewer.until(({ bytes }) => bytes.store > 0, 'it plays from the store', path)
})

test('a film without duration, as browsers record it, starts as soon as over plain HTTP and is shared', async ({
  site,
  arrive,
}) => {
  const path = '/videos/recorded.webm'
  await publish(site, path, withoutDuration(readFileSync(join(site.folder, CLIP))))
  const video = `<video src="${path}" autoplay muted></video>`
  const page = site.page('watch.html', tag.replace('></', ' data-tracker="/tracker"></') + video)
  const plain = site.page('plain.html', video)
  const [holder, other, overPlainHttp] = await Promise.all([arrive(), arrive(), arrive()])
  await settle(site, holder)
  await settle(site, other)
  site.server.line.latencyMs = 50
  const plainMs = await startMs(overPlainHttp, plain)
  await overPlainHttp.leave()
  const taggedMs = await startMs(holder, page)
  const isEndless = () => document.querySelector('video')?.duration === Number.POSITIVE_INFINITY
  expect(await holder.page.evaluate(isEndless)).toBe(true)
  // So slow that the two meet, also on a busy machine, before the origin has given the other all.
  site.server.line.bytesPerSecond = 400_000
  await other.visit(page)
  await holder.until(({ bytes }) => bytes.uploaded > 0, 'one who watches gives', path)
  await other.until(({ bytes }) => bytes.peers > 0, 'the other takes', path)
  // A second of a busy machine's: what this is against never started at all.
  expect(taggedMs).toBeLessThan(2 * plainMs + 1_000)
})

for (const status of [403, 429, 503])
  test(`an origin that answers ${status} to everybody for a while ends no sharing`, async ({
    site,
    arrive,
    arriveHolding,
  }) => {
    const page = site.watchPage()
    const holder = await arriveHolding(page)
    const viewer = await (await settle(site, await arrive())).visit(page)
    await viewer.plays()
    await viewer.until(({ peers, bytes }) => peers === 1 && bytes.peers > 0, 'they are connected')
    let refused = 0
    site.intercept = (request, response) => {
      if (request.url !== FILM) return false
      refused++
      response.writeHead(status).end()
      return true
    }
    // Without what it has, it asks the origin, before it has met anybody.
    // From another page: this one writes what it has gathered when it goes.
    await settle(site, viewer)
    await viewer.forgetChunks()
    await viewer.visit(page)
    await viewer.plays()
    expect(refused).toBeGreaterThan(0)
    await viewer.seek(45)
    await viewer.plays()
    const { heldChunks } = await viewer.until(
      ({ peers }) => peers === 1,
      'they are connected again',
    )
    site.intercept = () => false
    await viewer.seek(20)
    await viewer.plays()
    await viewer.until(
      ({ heldChunks: now, complete }) => now > heldChunks || complete,
      'what it has is kept, and more',
    )
    expect((await holder.stats())?.peers).toBe(1)
    expect(viewer.console.filter(line => line.includes('not-public'))).toEqual([])
  })
