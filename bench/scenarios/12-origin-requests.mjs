/** What one view costs the origin where nobody else watches. */

import { plain } from '../contenders/plain.mjs'
import { earlier, swarmtag } from '../contenders/swarmtag.mjs'

const SEEKS_SECONDS = [60, 30, 85]
const WATCH_SECONDS = 10
const MIB = 2 ** 20

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'origin-requests',
  about: `start, ${SEEKS_SECONDS.length} seeks and ${WATCH_SECONDS} s of play, no peers`,
  runs: 3,
  limitMs: 600_000,
  measures: {
    'requests for the film': { unit: '', digits: 0 },
    'requests for the manifest': { unit: '', digits: 0 },
    'bytes of the film': { unit: 'MiB' },
  },
  async run(trial) {
    const { site } = trial
    const film = await site.publish('film.mp4')
    const cases = [
      { name: 'plain', contender: plain },
      { name: 'swarmtag, no tracker', contender: swarmtag },
      { name: 'swarmtag, tracker', contender: swarmtag, peers: true },
      ...earlier.map(contender => ({ name: contender.name, contender })),
    ]
    await trial.rounds(cases, async ({ contender, peers = false }, open) => {
      const viewer = await open()
      site.server.resetStats()
      await viewer.visit(contender.watch(site, { film, peers }))
      await viewer.untilPlayed(1)
      for (const seconds of SEEKS_SECONDS) {
        await viewer.page.evaluate(seconds => {
          document.querySelector('video').currentTime = seconds
        }, seconds)
        await viewer.untilPlayed(seconds + 1)
      }
      await viewer.untilPlayed(SEEKS_SECONDS.at(-1) + WATCH_SECONDS)
      const paths = site.server.stats().paths
      return {
        'requests for the film': paths[film]?.requests ?? 0,
        'requests for the manifest': paths[`${film}.swarm`]?.requests ?? 0,
        'bytes of the film': (paths[film]?.bytes ?? 0) / MIB,
      }
    })
  },
}
