/** Where the time of a first visit goes: step by step, near and far. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { snippet, swarmtag } from '../contenders/swarmtag.mjs'
import { benchFolder } from '../harness/folders.mjs'

const CASES = [swarmtag, snippet].flatMap(contender =>
  [0, 100, 300].map(awayMs => ({
    name: `${contender.name}, ${awayMs} ms away`,
    contender,
    awayMs,
  })),
)

/** In the order in which they are to be expected. */
const STEPS = [
  'page answered',
  'tag fetched',
  'register called',
  'worker started',
  'worker evaluated',
  'installing',
  'activating',
  'page controlled',
  'video asks',
  'first bytes asked',
  'manifest asked',
  'first bytes answered',
  'manifest answered',
  'first frame',
  'playing',
]

const read = name => readFileSync(join(benchFolder, 'pages', name), 'utf8')

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'steps',
  about: 'first visits, in ms since the navigation',
  runs: 11,
  limitMs: 900_000,
  measures: Object.fromEntries(STEPS.map(step => [step, { unit: 'ms', digits: 0 }])),
  async run(trial) {
    const { site } = trial
    const film = await site.publishDemo()
    const worker = readFileSync(join(site.distFolder, 'swarmtag-sw.js'), 'utf8')
    site.write('swarmtag-sw.js', `${read('steps-worker.js')}\n${worker}\nnote('worker evaluated')`)
    const before = `<script>${read('steps-page.js')}</script>`
    await trial.rounds(CASES, async ({ contender, awayMs }, open) => {
      site.server.line.latencyMs = 0
      const viewer = await open()
      site.server.line.latencyMs = awayMs
      await viewer.visit(contender.watch(site, { film, before }))
      await viewer.untilPlaying()
      await viewer.page.waitForFunction(() => navigator.serviceWorker.controller)
      const noted = await viewer.page.evaluate(() => window.allSteps())
      return Object.fromEntries(
        STEPS.filter(step => step in noted).map(step => [step, noted[step]]),
      )
    })
  },
}
