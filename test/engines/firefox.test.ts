/** Firefox, which reads answers to a worker whole and stops workers that stream. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { VideoStats } from '../../src/client/index.js'
import { FILM, FILM_BYTES, film, Site } from '../swarm/site.js'
import { startFirefox } from './firefox.js'
import { paddedFilm } from './padded-film.js'
import type { EngineViewer } from './viewer.js'

async function openSite(): Promise<Site> {
  const site = await new Site().open()
  onTestFinished(() => site.close())
  return site
}

/** A viewer whom the worker serves already: on a first visit a busy machine may play over plain HTTP. */
async function arrive(
  site: Site,
  tag: string,
  preferences?: Record<string, unknown>,
): Promise<EngineViewer> {
  const viewer = await startFirefox(preferences)
  onTestFinished(viewer.leave)
  await viewer.visit(site.page('settle.html', tag))
  await viewer.page.evaluate(() => window.swarmtag?.ready, undefined)
  if (tag === '') return viewer
  // What comes before the manifest is there, as on a busy machine, is played over plain HTTP, and counted by nobody.
  await vi.waitFor(
    async () => {
      await viewer.page.evaluate(async film => {
        const headers = { range: 'bytes=0-0' }
        await (await fetch(film, { credentials: 'omit', headers })).arrayBuffer()
      }, FILM)
      expect((await viewer.stats())?.heldChunks).toBeGreaterThan(0)
    },
    { timeout: 30_000, interval: 1_000 },
  )
  return viewer
}

const TAG = '<script src="/swarmtag.js"></script>'

/** A worker is stopped half a minute after the last event, and not a whole one; and films are read ten seconds ahead, and not sixty. */
const HURRIED = {
  'dom.serviceWorkers.idle_timeout': 25_000,
  'dom.serviceWorkers.idle_extended_timeout': 3_000,
  'media.cache_readahead_limit': 10,
  'media.cache_resume_threshold': 5,
}
/** Longer than a worker that is stopped lives. */
const WATCHED_S = 34

test('a viewer who watches some of a long film alone gets as much from the origin as without the tag', async () => {
  const long = paddedFilm(6)
  const watch = async (tag: string) => {
    const site = await openSite()
    writeFileSync(join(site.folder, FILM), long)
    const starts = () => site.requestsOf('/swarmtag-sw.js').length
    const viewer = await arrive(site, tag, HURRIED)
    // It stops by itself, so that how far ahead was read does not depend on when somebody looks.
    const stops = `<script>document.querySelector('video').ontimeupdate = ({ target }) =>
      target.currentTime >= ${WATCHED_S} && target.pause()</script>`
    await viewer.visit(site.page('long.html', tag + film() + stops))
    await viewer.playsTo(8)
    const begun = starts()
    await viewer.playsTo(WATCHED_S)
    const begunAnew = starts() - begun
    // What came last is counted a moment later; what was sent and lost never is.
    const isCounted = ({ bytes }: VideoStats) => bytes.origin >= site.bytesOf(FILM) * 0.9
    if (tag) await viewer.until(isCounted, 'what the origin sent is counted')
    return { bytes: site.bytesOf(FILM), starts: begunAnew }
  }
  const [tagged, plain] = await Promise.all([watch(TAG), watch('')])
  expect(plain.bytes).toBeLessThan(long.length)
  expect(tagged.bytes).toBeLessThanOrEqual(plain.bytes * 1.1)
  // A worker that is started looks after its file.
  expect(tagged.starts).toBe(0)
})

test('two elements with one film take it from the origin once', async () => {
  const site = await openSite()
  const viewer = await arrive(site, TAG)
  await viewer.visit(
    site.page('two.html', TAG + film('autoplay muted id="a"') + film('autoplay muted id="b"')),
  )
  await viewer.playsTo(3, '#a')
  await viewer.playsTo(3, '#b')
  const isNearlyAll = ({ heldChunks, chunks }: VideoStats) => heldChunks >= 0.95 * chunks
  await viewer.until(isNearlyAll, 'nearly the whole film is held')
  expect(site.bytesOf(FILM)).toBeLessThanOrEqual(FILM_BYTES.length * 1.1)
})
