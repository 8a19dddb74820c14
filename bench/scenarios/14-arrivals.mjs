/** A film that people open one after the other: how much they give each other where every visit is a first one. */

import { earlier, swarmtag } from '../contenders/swarmtag.mjs'
import { keepBusy } from '../harness/busy.mjs'
import { openCrowd } from '../harness/crowd.mjs'

const VIEWERS = 6
const APART_MS = 3_000
/** From the last arrival to the count. */
const WATCH_MS = 30_000

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'arrivals',
  about: `${VIEWERS} first visits ${APART_MS / 1000} s apart, profiles of one browser, one core busy`,
  runs: 3,
  limitMs: 900_000,
  sampleLimitMs: 180_000,
  measures: {
    'of six, take part': { unit: '', digits: 0 },
    'from each other': { unit: '%', digits: 0 },
    start: { unit: 'ms', digits: 0 },
  },
  async run(trial) {
    const { site } = trial
    const film = await site.publishDemo()
    await trial.rounds([swarmtag, ...earlier], async contender => {
      const rest = keepBusy(1)
      const crowd = await openCrowd(VIEWERS)
      site.server.resetStats()
      try {
        const url = contender.watch(site, { film, peers: true })
        await Promise.all(
          crowd.pages.map(async (page, index) => {
            await later(index * APART_MS)
            await page.goto(url, { waitUntil: 'commit' })
          }),
        )
        await later(WATCH_MS)
        const views = await Promise.all(crowd.pages.map(page => page.evaluate(viewOf)))
        const fromPeers = views.reduce((sum, each) => sum + each.peers, 0)
        const { bytes } = site.sent(film)
        return {
          'of six, take part': views.filter(each => each.takesPart).length,
          'from each other': (100 * fromPeers) / (fromPeers + bytes),
          start: views.map(each => each.startMs).filter(Boolean),
        }
      } finally {
        rest()
        await crowd.close()
      }
    })
  },
}

const later = ms => new Promise(resolve => setTimeout(resolve, ms))

const viewOf = () => {
  const [video] = window.swarmtag.stats().videos
  return {
    startMs: window.probe.playingMs,
    peers: video?.bytes.peers ?? 0,
    takesPart: (video?.heldChunks ?? 0) > 0,
  }
}
