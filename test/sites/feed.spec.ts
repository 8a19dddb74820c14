/** Films that come and go in one page, as in a feed: each takes part while it is there. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, FILM_BYTES, type Site, settle, test, type Viewer } from '../swarm/fixtures.js'
import { connectionsOf, watchConnections } from '../swarm/webrtc.js'

/** Connections of the one film that is there: a neighbour, and now and then four offers that nobody answers. */
const OF_ONE_FILM = 5
const FILMS = 6

const pathOf = (index: number) => `/videos/${index}.mp4`

/** Films that differ in a box at their end that no player reads. */
function writeFilms(site: Site): void {
  for (let index = 0; index < FILMS; index++) {
    const box = Buffer.from([0, 0, 0, 12, ...Buffer.from('free'), 0, 0, 0, index])
    writeFileSync(join(site.folder, pathOf(index)), Buffer.concat([FILM_BYTES, box]))
  }
}

const show = ({ page }: Viewer, path: string) =>
  page.evaluate(path => {
    document.querySelector('video')?.remove()
    document.body.insertAdjacentHTML('beforeend', `<video src="${path}" autoplay muted></video>`)
  }, path)

test('a film’s swarm is left when the film has gone, and found again with what was kept and counted', async ({
  site,
  arrive,
}) => {
  writeFilms(site)
  const url = site.page(
    'feed.html',
    '<script src="/swarmtag.js" data-tracker="/tracker"></script><body></body>',
  )
  const viewers = [await settle(site, await arrive()), await settle(site, await arrive())]
  const [viewer] = viewers as [Viewer, Viewer]
  await watchConnections(viewer)
  for (const each of viewers) await each.visit(url)
  for (let index = 0; index < FILMS; index++) {
    for (const each of viewers) await show(each, pathOf(index))
    for (const each of viewers) {
      await each.plays()
      await each.until(({ peers }) => peers === 1, `they meet at film ${index}`, pathOf(index))
    }
  }
  // Films are left some seconds after they have gone; the last one is still there.
  const listed = () => viewer.page.evaluate(() => window.swarmtag?.stats().videos.length)
  await expect.poll(listed).toBe(1)
  await expect.poll(async () => (await connectionsOf(viewer)).open).toBeLessThanOrEqual(OF_ONE_FILM)

  await show(viewer, pathOf(0))
  await viewer.plays()
  // The browser may have kept the first seconds itself, and asks when it comes to their end.
  const kept = await viewer.until(
    ({ bytes }) => bytes.store > 0,
    'it plays what was kept',
    pathOf(0),
  )
  expect(kept.heldChunks).toBeGreaterThan(0)
  // What was counted before it went.
  expect(kept.bytes.origin).toBeGreaterThan(0)

  await viewer.page.evaluate(() => document.querySelector('video')?.remove())
  await expect.poll(async () => (await connectionsOf(viewer)).open).toBe(0)
})

test('a viewer whose film is over goes on giving it', async ({ site, arrive }) => {
  const url = site.watchPage()
  const giver = await (await settle(site, await arrive())).visit(url)
  await giver.plays()
  await giver.holdsAll()
  await giver.page.evaluate(() => {
    const video = document.querySelector('video')
    if (video) video.currentTime = video.duration
  })
  await giver.page.waitForFunction(() => document.querySelector('video')?.ended)
  // Longer than a film that has gone is waited for.
  await giver.page.waitForTimeout(8_000)
  const taker = await (await settle(site, await arrive())).visit(url)
  await taker.plays()
  await taker.until(({ bytes }) => bytes.peers > 0, 'it gives')
})
