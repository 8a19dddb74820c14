/** A whole file from three peers that each hold it: their sum, and how evenly they give. */

import { p2pml } from '../contenders/p2pml.mjs'
import { earlier, swarmtag } from '../contenders/swarmtag.mjs'
import { webtorrent } from '../contenders/webtorrent.mjs'
import { evenness, loadFromPeers, speedOf } from '../harness/transfer.mjs'

const PEERS = 3

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'three-peers',
  about: '64 MiB from three full copies, the origin left out, from connected to last byte',
  limitMs: 900_000,
  measures: {
    speed: { unit: 'MiB/s' },
    evenness: { unit: 'least ÷ most of a peer', digits: 2 },
  },
  async run(trial) {
    const file = await trial.site.publish('random.mp4')
    await trial.rounds([swarmtag, ...earlier, webtorrent, p2pml], async (contender, open) => {
      const transfer = await loadFromPeers(trial, open, contender, file, PEERS)
      return { ...speedOf(transfer), ...evenness(transfer, PEERS) }
    })
  },
}
