/** WebKitGTK, which has no WebRTC, and whose IndexedDB takes no blobs in a session that is driven. */

import { expect, onTestFinished, test, vi } from 'vitest'
import { CHUNK_BYTES } from '../../src/core/units.js'
import { FILM_BYTES, film, Site } from '../swarm/site.js'
import type { EngineViewer } from './viewer.js'
import { startWebKit, WEBRTC_BY_NAME } from './webkit.js'

const CHUNKS = Math.ceil(FILM_BYTES.length / CHUNK_BYTES)
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
  await viewer.page.evaluate(() => window.swarmtag?.ready, undefined)
  const url = site.page('forced.html', WEBRTC_BY_NAME + TAG + film())
  await viewer.visit(url)
  let mostHeld = 0
  await viewer.until(({ heldChunks }) => {
    expect(heldChunks, 'what is held').toBeGreaterThanOrEqual(mostHeld)
    mostHeld = heldChunks
    return heldChunks >= CHUNKS / 4
  }, 'a quarter of the film is held')
  await viewer.playsTo(10)
  await vi.waitFor(
    async () => expect(await keptChunks(viewer)).toBe((await viewer.stats())?.heldChunks),
    PATIENCE,
  )

  await viewer.visit(url)
  await viewer.playsTo(2)
  await viewer.until(
    ({ bytes }) => bytes.store >= mostHeld * CHUNK_BYTES - CHUNK_BYTES,
    'what was kept is given to the video again',
  )
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
