/** How long the page is kept from answering its viewer while a film starts, peers are met and it plays. */

import { p2pml } from '../contenders/p2pml.mjs'
import { plain } from '../contenders/plain.mjs'
import { earlier, swarmtag } from '../contenders/swarmtag.mjs'
import { webtorrent } from '../contenders/webtorrent.mjs'
import { filmPeers } from '../harness/watching.mjs'

const WATCH_SECONDS = 10

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'long-tasks',
  about: `tasks of 50 ms and more on the page's main thread, ${WATCH_SECONDS} s from the start, one peer`,
  runs: 5,
  limitMs: 1_200_000,
  measures: {
    'long tasks': { unit: '', digits: 0 },
    'longest task': { unit: 'ms', digits: 0 },
    'all long tasks': { unit: 'ms', digits: 0 },
  },
  async run(trial) {
    const { site } = trial
    const film = await site.publish('film.mp4')
    await trial.rounds(
      [plain, swarmtag, ...earlier, webtorrent, p2pml],
      async (contender, open) => {
        if (contender !== plain) await filmPeers(trial, contender, film, 1)
        const viewer = await open()
        await viewer.visit(contender.watch(site, { film, peers: true }))
        await viewer.untilPlayed(WATCH_SECONDS)
        const longMs = await viewer.page.evaluate(() => window.probe.longTasksMs)
        return {
          'long tasks': longMs.length,
          'longest task': Math.max(0, ...longMs),
          'all long tasks': longMs.reduce((sum, each) => sum + each, 0),
        }
      },
    )
  },
}
