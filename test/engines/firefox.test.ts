/** Firefox, which reads answers to a worker whole and stops workers that stream. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
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
  if (tag) await viewer.holdsSome()
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

/** A viewer watches a film up to some time, alone: what the origin sent, how much of it was counted, and how often the worker was restarted. */
async function watchAlone(
  tag: string,
  { film: bytes, toS, preferences }: { film: Buffer; toS: number; preferences: object },
) {
  const site = await openSite()
  writeFileSync(join(site.folder, FILM), bytes)
  const starts = () => site.requestsOf('/swarmtag-sw.js').length
  const viewer = await arrive(site, tag, { ...preferences })
  // It stops by itself, so that how far ahead was read does not depend on when somebody looks.
  const stops = `<script>document.querySelector('video').ontimeupdate = ({ target }) =>
    target.currentTime >= ${toS} && target.pause()</script>`
  await viewer.visit(site.page('long.html', tag + film() + stops))
  await viewer.playsTo(8)
  const begun = starts()
  await viewer.playsTo(toS)
  const begunAnew = starts() - begun
  // What came last is counted a moment later; what was sent and lost never is.
  const isCounted = ({ bytes }: VideoStats) => bytes.origin >= site.bytesOf(FILM) * 0.9
  const stats = tag && (await viewer.until(isCounted, 'what the origin sent is counted'))
  return {
    bytes: site.bytesOf(FILM),
    requests: site.requestsOf(FILM).length,
    counted: stats ? stats.bytes.origin : 0,
    // A worker that is started looks after its file.
    starts: begunAnew,
  }
}

test('a viewer who watches some of a long film alone gets as much from the origin as without the tag', async () => {
  const watched = { film: paddedFilm(6), toS: WATCHED_S, preferences: HURRIED }
  const [tagged, plain] = await Promise.all([watchAlone(TAG, watched), watchAlone('', watched)])
  expect(plain.bytes).toBeLessThan(watched.film.length)
  expect(tagged.bytes).toBeLessThanOrEqual(plain.bytes * 1.1)
  expect(tagged.starts).toBe(0)
})

/** A film of several times the demo's length, made by ffmpeg; set `SWARMTAG_FIREFOX_DEFAULTS` to 1 where that is installed. */
test.runIf(process.env.SWARMTAG_FIREFOX_DEFAULTS)(
  'so it is for 150 s with the settings that Firefox comes with',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'swarmtag-long-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'long.mp4')
    const source = 'demo/media/zoom-720p.mp4'
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-stream_loop', '5', '-i', source],
      ...['-c', 'copy', '-movflags', '+faststart', path],
    ])
    const watched = { film: readFileSync(path), toS: 150, preferences: {} }
    const [tagged, plain] = await Promise.all([watchAlone(TAG, watched), watchAlone('', watched)])
    console.log(`film ${watched.film.length} bytes`, { tagged, plain })
    expect(plain.bytes).toBeLessThan(watched.film.length)
    expect(tagged.bytes).toBeLessThanOrEqual(plain.bytes * 1.1)
  },
  600_000,
)

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
