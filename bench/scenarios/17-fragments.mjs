/** A film in fragments without an index, far from its origin: many small jumps before it starts. */

import { plain } from '../contenders/plain.mjs'
import { swarmtag } from '../contenders/swarmtag.mjs'

const AWAY_MS = 100

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'fragments',
  about: `a fragmented film without index, its origin ${AWAY_MS} ms away, a later visit: from navigation to \`playing\``,
  runs: 5,
  limitMs: 1_200_000,
  sampleLimitMs: 120_000,
  measures: {
    start: { unit: 'ms', digits: 0 },
    'requests for the film': { unit: '', digits: 0 },
  },
  async run(trial) {
    const { site } = trial
    const film = await site.publish('fragments.mp4')
    const cases = [
      { name: 'plain', contender: plain },
      { name: 'swarmtag', contender: swarmtag },
      { name: 'swarmtag, tracker', contender: swarmtag, peers: true },
    ]
    await trial.rounds(cases, async ({ contender, peers = false }, open) => {
      site.resetLine()
      const viewer = await open()
      if (contender.prime) {
        await viewer.visit(contender.prime(site))
        await viewer.page.waitForFunction(() => window.swarmtag?.ready)
      }
      site.server.line.latencyMs = AWAY_MS
      site.server.resetStats()
      await viewer.visit(contender.watch(site, { film, peers }))
      const start = await viewer.untilPlaying()
      return { start, 'requests for the film': site.server.stats().paths[film]?.requests ?? 0 }
    })
  },
}
