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
