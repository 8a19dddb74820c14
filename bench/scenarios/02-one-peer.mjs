/** A whole file from one peer that holds it, and nothing from the origin. */

import { p2pml } from '../contenders/p2pml.mjs'
import { earlier, swarmtag } from '../contenders/swarmtag.mjs'
import { webtorrent } from '../contenders/webtorrent.mjs'
import { loadFromPeers, speedOf } from '../harness/transfer.mjs'

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'one-peer',
  about: '64 MiB from one full copy, the origin left out, from connected to last byte',
  limitMs: 600_000,
  measures: { speed: { unit: 'MiB/s' } },
  async run(trial) {
    const file = await trial.site.publish('random.mp4')
    await trial.rounds([swarmtag, ...earlier, webtorrent, p2pml], async (contender, open) =>
      speedOf(await loadFromPeers(trial, open, contender, file, 1)),
    )
  },
}
