/** Page → worker → response alone: what the product's bridge costs on a path that carries bytes from memory. */

import { loadPage } from '../contenders/pages.mjs'
import { speedOf } from '../harness/transfer.mjs'

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'worker-hop',
  about: '64 MiB from the memory of the page through the worker back to the page',
  runs: 7,
  limitMs: 300_000,
  measures: { speed: { unit: 'MiB/s', digits: 0 } },
  async run(trial) {
    const file = await trial.site.publish('random.mp4')
    const page = loadPage('', '../hop/bridge.js')
    const url = trial.site.write('hop/load.html', page)
    const cases = [
      { name: 'bare worker stream', ask: 'bare' },
      { name: 'swarmtag bridge, verified', ask: 'bridge' },
    ]
    await trial.rounds(cases, async ({ ask }, open) => {
      const viewer = await (await open()).visit(url)
      return speedOf(await viewer.ask(ask, file))
    })
  },
}
