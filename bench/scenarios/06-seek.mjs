/** A jump to a place of the film that no buffer holds, until its picture is there. */

import { plain } from '../contenders/plain.mjs'
import { earlier, swarmtag } from '../contenders/swarmtag.mjs'
import { through } from '../contenders/through.mjs'
import { webtorrent } from '../contenders/webtorrent.mjs'
import { filmPeers } from '../harness/watching.mjs'

const LATENCY_MS = 100
/** Each jump goes back, and by more than a browser or the store has read ahead of the place it came from. */
const SEEKS = 20
const STEP_SECONDS = 40
const REST_MS = 500

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'seek',
  about: `${SEEKS} jumps a run to unbuffered places, origin ${LATENCY_MS} ms away`,
  runs: 2,
  limitMs: 1_500_000,
  sampleLimitMs: 180_000,
  measures: { seek: { unit: 'ms', digits: 0 } },
  async run(trial) {
    const { site } = trial
    const film = await site.publish('long.mp4')
    const cases = [
      { name: 'plain', contender: plain },
      { name: 'pass-through worker', contender: through },
      { name: 'swarmtag, no peers', contender: swarmtag },
      { name: 'swarmtag, one full copy', contender: swarmtag, peers: true },
      ...earlier.flatMap(contender => [
        { name: `${contender.name}, no peers`, contender },
        { name: `${contender.name}, one full copy`, contender, peers: true },
      ]),
      { name: 'webtorrent, one full copy', contender: webtorrent, peers: true },
    ]
    await trial.rounds(cases, async ({ contender, peers = false }, open) => {
      site.resetLine()
      if (peers) await filmPeers(trial, contender, film, 1)
      const viewer = await open()
      if (contender.prime) {
        await viewer.visit(contender.prime(site))
        await viewer.page.waitForFunction(
          () => window.swarmtag?.ready ?? window.contender?.controlled().then(() => true),
        )
      }
      site.server.line.latencyMs = LATENCY_MS
      await viewer.visit(contender.watch(site, { film, peers }))
      await viewer.untilPlayed(1)
      if (peers)
        while ((await contender.peers(viewer.page)) === 0) await viewer.page.waitForTimeout(50)
      return { seek: await viewer.page.evaluate(seekBack, { SEEKS, STEP_SECONDS, REST_MS }) }
    })
  },
}

/** Runs in the page: the times of jumps, each to a place before the last. */
async function seekBack({ SEEKS, STEP_SECONDS, REST_MS }) {
  const video = document.querySelector('video')
  const times = []
  for (let seek = 1; seek <= SEEKS; seek++) {
    const target = video.duration - 20 - seek * STEP_SECONDS
    const startedAtMs = performance.now()
    const seeked = new Promise(resolve => video.addEventListener('seeked', resolve, { once: true }))
    const shown = new Promise(resolve => {
      const look = (_, { mediaTime }) =>
        Math.abs(mediaTime - target) < 5 ? resolve() : video.requestVideoFrameCallback(look)
      video.requestVideoFrameCallback(look)
    })
    video.currentTime = target
    await Promise.all([seeked, shown])
    times.push(performance.now() - startedAtMs)
    await new Promise(resolve => setTimeout(resolve, REST_MS))
  }
  return times
}
