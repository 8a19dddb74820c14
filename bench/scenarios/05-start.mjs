/** From the navigation to the first moving picture. */

import { p2pml } from '../contenders/p2pml.mjs'
import { plain } from '../contenders/plain.mjs'
import { earlier, swarmtag } from '../contenders/swarmtag.mjs'
import { through } from '../contenders/through.mjs'
import { webtorrent } from '../contenders/webtorrent.mjs'
import { forgetChunks } from '../harness/store.mjs'

const LATENCIES_MS = [0, 100]

/**
 * What the browser knows already: `first` nothing; `later` the site's scripts and worker; `known` the
 * film's manifest too; `replay` the film as well.
 *
 * @typedef {'first' | 'later' | 'known' | 'replay'} Visit
 */

const CASES = [
  { name: 'plain', contender: plain, visit: 'first' },
  { name: 'pass-through worker, later visit', contender: through, visit: 'later' },
  { name: 'swarmtag, first visit', contender: swarmtag, visit: 'first' },
  { name: 'swarmtag, later visit, new film', contender: swarmtag, visit: 'later' },
  { name: 'swarmtag, later visit, known film', contender: swarmtag, visit: 'known' },
  { name: 'swarmtag, replay', contender: swarmtag, visit: 'replay' },
  ...earlier.flatMap(contender =>
    ['first', 'later', 'known', 'replay'].map(visit => ({
      name: `${contender.name}, ${visit}`,
      contender,
      visit,
    })),
  ),
  { name: 'webtorrent, first visit', contender: webtorrent, visit: 'first' },
  { name: 'webtorrent, later visit', contender: webtorrent, visit: 'later' },
  { name: 'p2p-media-loader, first visit', contender: p2pml, visit: 'first' },
  { name: 'p2p-media-loader, later visit', contender: p2pml, visit: 'later' },
]

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'start',
  about: 'from navigation to `playing`, no peers',
  runs: 11,
  limitMs: 2_400_000,
  measures: Object.fromEntries(
    LATENCIES_MS.map(latencyMs => [
      `start, origin ${latencyMs} ms away`,
      { unit: 'ms', digits: 0 },
    ]),
  ),
  async run(trial) {
    const { site } = trial
    const film = await site.publish('film.mp4')
    await webtorrent.prepare(site, film)
    await p2pml.prepare(site)
    const viewer = await trial.open()
    for (const latencyMs of LATENCIES_MS)
      await trial.rounds(CASES, async ({ contender, visit }) => {
        const url = contender.watch(site, { film })
        site.resetLine()
        await prepare(viewer, { site, contender, visit, url })
        site.server.line.latencyMs = latencyMs
        await viewer.turn()
        await viewer.visit(url)
        const startMs = await viewer.untilPlaying()
        await viewer.turn()
        return { [`start, origin ${latencyMs} ms away`]: startMs }
      })
  },
}

/** Brings the browser into the state that the visit is to meet. */
async function prepare(viewer, { site, contender, visit, url }) {
  await viewer.turn()
  await viewer.forget(site.url)
  if (visit === 'first' || !contender.prime) return
  if (visit !== 'later') {
    await viewer.visit(url)
    if (contender === swarmtag || earlier.includes(contender))
      await viewer.page.waitForFunction(() => window.swarmtag?.ready)
    await viewer.untilPlayed(2)
    if (visit === 'known') await forgetChunks(viewer)
    await viewer.turn()
    // The film must come from the store or the origin, never from the HTTP cache.
    await viewer.forgetCache()
  }
  // Another page of the site, seen before: its scripts are in the HTTP cache, its worker is installed.
  await viewer.visit(contender.prime(site))
  await viewer.page.waitForFunction(
    () => window.swarmtag?.ready ?? window.contender?.controlled().then(() => true),
  )
}
