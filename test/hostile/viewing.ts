/** A viewer of a film at the end of a slow line, and those that attack it. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, FILM, FILM_BYTES, film, type Site, type Viewer } from '../swarm/fixtures.js'
import type { Attack } from './attacks.js'
import { armPage } from './peer.js'

/** A film of 1.5 Mbit/s from 200 ms away, by a line that is not three times as fast: nothing of it is still without peers. */
export function slowLine(site: Site): void {
  Object.assign(site.server.line, { bytesPerSecond: 500_000, latencyMs: 200 })
}

const fastLine = (site: Site) =>
  Object.assign(site.server.line, { bytesPerSecond: Number.POSITIVE_INFINITY, latencyMs: 0 })

/** The film by another name: what they take is not to be counted. */
const COPY = 'copy.mp4'

export interface Experience {
  /** How long the film stood still in all, its start and the seek included. */
  readonly stillMs: number
  /** What the origin gave. */
  readonly originBytes: number
  /** What came in vain. */
  readonly wastedBytes: number
  readonly peerBytes: number
  readonly lines: readonly string[]
}

/** Peers in a page of their own, which know the film and its root. */
export async function hostilePage(site: Site, viewer: Viewer): Promise<void> {
  fastLine(site)
  await viewer.visit(site.page('hostile.html', ''))
  await viewer.page.evaluate(armPage)
  writeFileSync(join(site.folder, COPY), FILM_BYTES)
  await viewer.page.evaluate(
    async url => void (await window.filmAt(url)),
    `${site.server.url}${COPY}`,
  )
}

/** Lets some peers of one kind join; they announce themselves until they have met somebody. */
export async function joinWith(site: Site, { page }: Viewer, root: string, attack: Attack) {
  const { act, peers = 1, wants = 64 } = attack
  const { url } = site.server
  const tracker = `${url.replace('http', 'ws')}tracker`
  const joining = JSON.stringify({ root, tracker, film: `${url}${COPY}`, wants })
  // As text, since what a peer does runs in its page.
  await page.evaluate(`(async () => {
    const act = ${act}
    const joining = ${joining}
    await Promise.all(Array.from({ length: ${peers} }, () => joinSwarm({ ...joining, attack: act })))
  })()`)
}

export const countsOf = ({ page }: Viewer) =>
  page.evaluate(() => ({
    met: window.hostilePeers.reduce((sum, each) => sum + each.counts.met, 0),
    wants: window.hostilePeers.reduce((sum, each) => sum + each.counts.wants, 0),
    given: window.hostilePeers.reduce((sum, each) => sum + each.counts.given, 0),
    open: window.hostilePeers
      .flatMap(each => each.victims)
      .filter(({ channel }) => channel.readyState === 'open').length,
  }))

/** Adds up how long the first video stands still from now on. */
export const watchStillness = ({ page }: Viewer) =>
  page.evaluate(() => {
    const video = document.querySelector('video')
    if (!video) throw new Error('no video')
    const still = { totalMs: 0 }
    let [atMs, time] = [performance.now(), video.currentTime]
    const look = () => {
      const passedMs = performance.now() - atMs
      const movedMs = (video.currentTime - time) * 1_000
      const isSeek = movedMs < 0 || movedMs > 2 * passedMs + 500
      if (!video.ended && !video.paused && (isSeek || movedMs < passedMs / 4))
        still.totalMs += passedMs
      atMs += passedMs
      time = video.currentTime
      requestAnimationFrame(look)
    }
    look()
    Object.assign(window, { still })
  })

export const stillMsOf = ({ page }: Viewer) =>
  page.evaluate(() => (window as never as { still: { totalMs: number } }).still.totalMs)

/** A viewer comes, plays, seeks to where nothing is buffered, and plays on; `meet` lets others come while it plays. */
export async function watchFilm(
  site: Site,
  viewer: Viewer,
  attributes: string,
  { meet = async (_root: string) => {}, onSeek = async () => {} } = {},
): Promise<Experience> {
  fastLine(site)
  await viewer.visit(site.page('empty.html', '<script src="/swarmtag.js"></script>'))
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  slowLine(site)
  const before = site.bytesOf(FILM)
  await viewer.visit(
    site.page('watch.html', `<script src="/swarmtag.js" ${attributes}></script>${film()}`),
  )
  await watchStillness(viewer)
  await viewer.plays()
  const { root } = await viewer.until(() => true, 'the film takes part')
  await meet(root)
  await viewer.plays('video', 5)
  await onSeek()
  await viewer.seek(40)
  await viewer.plays('video', 5)
  const { bytes } = await viewer.until(() => true, 'the film still takes part')
  const stillMs = Math.round(await stillMsOf(viewer))
  expect(viewer.console.filter(line => line.startsWith('uncaught'))).toEqual([])
  return {
    stillMs,
    originBytes: site.bytesOf(FILM) - before,
    wastedBytes: bytes.wasted,
    peerBytes: bytes.peers,
    lines: viewer.console,
  }
}
