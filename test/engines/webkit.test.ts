/** WebKitGTK, which has no WebRTC, and whose IndexedDB takes no blobs in a session that is driven. */

import { expect, onTestFinished, test, vi } from 'vitest'
import { CHUNK_BYTES } from '../../src/core/units.js'
import { FILM, FILM_BYTES, film, manifestOf, Site } from '../swarm/site.js'
import type { EngineViewer } from './viewer.js'
import { startWebKit, WEBRTC_BY_NAME } from './webkit.js'

const CHUNKS = Math.ceil(FILM_BYTES.length / CHUNK_BYTES)
/** What is kept of a response that began before the manifest came: whole chunks of 4 MiB, read in parts. */
const PASSED_CHUNKS = 63
const MANIFEST = await manifestOf(FILM_BYTES)
const PATIENCE = { timeout: 30_000, interval: 250 }

const TAG = '<script src="/swarmtag.js"></script>'

test('a browser without WebRTC plays over plain HTTP, and says why', async () => {
  const site = await new Site().open()
  onTestFinished(() => site.close())
  const viewer = await startWebKit()
  onTestFinished(viewer.leave)
  await viewer.visit(site.watchPage())
  await viewer.playsTo(1)
  const why = await viewer.page.evaluate(() => window.swarmtag?.ready, undefined)
  expect(why).toMatchObject({ state: 'off', reason: expect.stringContaining('WebRTC') })
})

test('what is held is kept, and played from there on the next visit', async () => {
  const site = await new Site().open()
  onTestFinished(() => site.close())
  const viewer = await startWebKit()
  onTestFinished(viewer.leave)
  await viewer.visit(site.page('settle.html', WEBRTC_BY_NAME + TAG))
  // Its manifest is known from here on: all that the video is given is verified, and counted.
  await viewer.holdsSome()
  const url = site.page('forced.html', WEBRTC_BY_NAME + TAG + film())
  await viewer.visit(url)
  let mostHeld = 0
  await viewer.until(({ heldChunks, complete }) => {
    expect(heldChunks, 'what is held').toBeGreaterThanOrEqual(mostHeld)
    mostHeld = heldChunks
    return complete
  }, 'the film is held')
  await vi.waitFor(async () => expect(await keptChunks(viewer)).toBe(CHUNKS), PATIENCE)

  await viewer.visit(url)
  await viewer.playsTo(10)
  await viewer.until(
    ({ bytes }) => bytes.store >= FILM_BYTES.length / 2,
    'what was kept is given to the video again',
  )
})

test('what a video was given before its manifest came is held, though it dropped the response', async () => {
  const site = await new Site().open()
  onTestFinished(() => site.close())
  const waiting: (() => void)[] = []
  site.intercept = ({ url = '' }, response) => {
    if (url === FILM && site.requestsOf(FILM).length > 1) for (const answer of waiting) answer()
    if (!url.endsWith('.swarm')) return false
    waiting.push(() => response.end(MANIFEST))
    return true
  }
  const viewer = await startWebKit()
  onTestFinished(viewer.leave)
  await viewer.visit(site.page('settle.html', WEBRTC_BY_NAME + TAG))
  await viewer.page.evaluate(() => window.swarmtag?.ready, undefined)
  await viewer.visit(site.page('forced.html', WEBRTC_BY_NAME + TAG + film()))
  await viewer.playsTo(10)
  // Of the response that began with the film 4 MiB are kept at most; the second one begins where the video asked on.
  const [, second] = site.requestsOf(FILM)
  const goesOnAt = Number(/\d+/.exec(second?.range ?? '')?.[0]) / CHUNK_BYTES
  const lost = Math.max(0, Math.ceil(goesOnAt) - PASSED_CHUNKS)
  await viewer.until(({ heldChunks }) => heldChunks >= CHUNKS - lost, `all but ${lost} are held`)
})

/** How many chunks the browser's database has. */
const keptChunks = ({ page }: EngineViewer): Promise<number> =>
  page.evaluate(async () => {
    const opening = indexedDB.open('swarmtag')
    await new Promise(resolve => opening.addEventListener('success', resolve))
    const asking = opening.result.transaction('chunks').objectStore('chunks').getAll()
    await new Promise(resolve => asking.addEventListener('success', resolve))
    opening.result.close()
    const records: { from: number; to: number }[] = asking.result
    return records.reduce((sum, { from, to }) => sum + to - from, 0)
  }, undefined)
