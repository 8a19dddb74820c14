/** What it costs the viewer's machine to watch: processor time and memory of the whole browser. */

import { p2pml } from '../contenders/p2pml.mjs'
import { plain } from '../contenders/plain.mjs'
import { earlier, swarmtag } from '../contenders/swarmtag.mjs'
import { webtorrent } from '../contenders/webtorrent.mjs'
import { processesOf, usageOf } from '../harness/processes.mjs'
import { filmPeers } from '../harness/watching.mjs'

const WATCH_SECONDS = 30
const PEERS = 3
const MIB = 2 ** 20

/** Runs in the page; 0 where the contender does not say. */
const fromOthers = () => window.swarmtag?.stats().videos[0]?.bytes.peers ?? 0

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'cost',
  about: `playing for ${WATCH_SECONDS} s with ${PEERS} peers`,
  runs: 3,
  limitMs: 1_500_000,
  sampleLimitMs: 180_000,
  measures: {
    'processor time': { unit: 's' },
    'memory with program code': { unit: 'MiB', digits: 0 },
    'memory of its own': { unit: 'MiB', digits: 0 },
    peers: { unit: '', digits: 0 },
    'from others': { unit: 'MiB' },
  },
  async run(trial) {
    const { site } = trial
    const film = await site.publish('film.mp4')
    await trial.rounds(
      [plain, swarmtag, ...earlier, webtorrent, p2pml],
      async (contender, open) => {
        if (contender !== plain) await filmPeers(trial, contender, film, PEERS)
        const viewer = await open()
        const before = usageOf(processesOf(viewer.folder))
        await viewer.visit(contender.watch(site, { film, peers: true }))
        await viewer.untilPlayed(WATCH_SECONDS)
        const after = usageOf(processesOf(viewer.folder))
        return {
          'processor time': after.cpuSeconds - before.cpuSeconds,
          'memory with program code': after.rssMib,
          'memory of its own': after.ownMib,
          peers: (await contender.peers?.(viewer.page)) ?? 0,
          'from others': (await viewer.page.evaluate(fromOthers)) / MIB,
        }
      },
    )
  },
}
