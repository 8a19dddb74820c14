/** A line of 20 Mbit/s beside one peer: whether the two add up, and how much the origin is spared. */

import { p2pml } from '../contenders/p2pml.mjs'
import { swarmtag } from '../contenders/swarmtag.mjs'
import { webtorrent } from '../contenders/webtorrent.mjs'
import { peerShare, peersHolding, SETTLE_MS, speedOf } from '../harness/transfer.mjs'

const LINE = { bytesPerSecond: 20_000_000 / 8, latencyMs: 30 }

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'slow-origin',
  about: '64 MiB with an origin of 20 Mbit/s an answer, 30 ms away, and one full copy',
  runs: 3,
  limitMs: 1_500_000,
  measures: {
    speed: { unit: 'MiB/s' },
    'from peers': { unit: '%', digits: 0 },
    'from origin': { unit: 'MiB' },
  },
  async run(trial) {
    const { site } = trial
    const file = await site.publish('random.mp4')
    const cases = [
      { name: 'swarmtag, origin alone', contender: swarmtag, peers: false, origin: 'fallback' },
      { name: 'swarmtag, peer alone', contender: swarmtag, peers: true, origin: 'never' },
      { name: 'swarmtag, both', contender: swarmtag, peers: true, origin: 'fallback' },
      { name: 'webtorrent, both', contender: webtorrent, peers: true, origin: 'fallback' },
      { name: 'p2p-media-loader, both', contender: p2pml, peers: true, origin: 'fallback' },
    ]
    await trial.rounds(cases, async ({ contender, peers, origin }, open) => {
      site.resetLine()
      await contender.prepare?.(site, file)
      if (peers) await peersHolding(trial, contender, file, 1)
      Object.assign(site.server.line, LINE)
      const viewer = await open()
      await viewer.visit(contender.load(site, { origin, peers }))
      if (peers) await viewer.ask('meet', file, 1)
      await viewer.page.waitForTimeout(SETTLE_MS)
      const before = site.sent(file).bytes
      const transfer = await viewer.ask('load', file)
      const fromOrigin = (site.sent(file).bytes - before) / 2 ** 20
      return { ...speedOf(transfer), ...peerShare(transfer), 'from origin': fromOrigin }
    })
  },
}
