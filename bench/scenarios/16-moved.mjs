/** An element that did not wait for its worker on a first visit: when it begins to take from others, and how much that spares the origin. */

import { watchPage } from '../contenders/pages.mjs'
import { plain } from '../contenders/plain.mjs'
import { swarmtag } from '../contenders/swarmtag.mjs'
import { filmPeers } from '../harness/watching.mjs'

const LINE = { bytesPerSecond: 20_000_000 / 8, latencyMs: 30 }
const WATCH_SECONDS = 20
const SEEK_SECONDS = 65
const MIB = 2 ** 20

const notHeld = {
  name: 'swarmtag, not held',
  watch: (site, { film }) =>
    site.write(
      'not-held/watch.html',
      watchPage({
        head: '<script src="/swarmtag.js" data-tracker="/tracker" data-hold="0"></script>',
        video: `src="${film}"`,
      }),
    ),
}

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'moved',
  about: `first visits beside a full copy, an origin of 20 Mbit/s: ${WATCH_SECONDS} s of play, then as long after a seek`,
  runs: 3,
  limitMs: 1_200_000,
  sampleLimitMs: 180_000,
  measures: {
    'from the origin, at first': { unit: 'MiB' },
    'from the origin, after a seek': { unit: 'MiB' },
    'from others': { unit: 'MiB' },
  },
  async run(trial) {
    const { site } = trial
    const film = await site.publish('film.mp4')
    await trial.rounds([plain, swarmtag, notHeld], async (contender, open) => {
      site.resetLine()
      if (contender !== plain) await filmPeers(trial, swarmtag, film, 1)
      Object.assign(site.server.line, LINE)
      const viewer = await open()
      site.server.resetStats()
      await viewer.visit(contender.watch(site, { film, peers: true }))
      await viewer.untilPlayed(WATCH_SECONDS)
      const atFirst = site.sent(film).bytes
      await viewer.page.evaluate(seconds => {
        document.querySelector('video').currentTime = seconds
      }, SEEK_SECONDS)
      await viewer.untilPlayed(SEEK_SECONDS + WATCH_SECONDS)
      const fromOthers = () => window.swarmtag?.stats().videos[0]?.bytes.peers ?? 0
      return {
        'from the origin, at first': atFirst / MIB,
        'from the origin, after a seek': (site.sent(film).bytes - atFirst) / MIB,
        'from others': (await viewer.page.evaluate(fromOthers)) / MIB,
      }
    })
  },
}
