/**
 * Runs the benchmark: `node bench/run.mjs [scenario …] [--runs N] [--only PATTERN] [--contenders PATTERN] [--cold]`.
 * Needs what `npm ci`, `npm run build` and `npm --prefix bench ci` install and make.
 */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchFolder } from './harness/folders.mjs'
import { describeMachine, loadAverage } from './harness/machine.mjs'
import { keep, table } from './harness/report.mjs'
import { Site } from './harness/site.mjs'
import { Trial, within } from './harness/trial.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Times each contender is measured in each scenario. */
    runs: { type: 'string' },
    /** A regular expression: of scenarios with many situations, those to measure. */
    only: { type: 'string', default: '' },
    /** A regular expression: of the contenders, those to measure. */
    contenders: { type: 'string', default: '' },
    /** Leaves out the round that warms up. */
    cold: { type: 'boolean', default: false },
  },
})

const scenarios = await findScenarios(positionals)
const at = new Date().toISOString()
const machine = describeMachine()
console.log(
  Object.entries(machine)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n'),
)
if (loadAverage() > 0.5)
  console.warn(
    `\nThe machine is busy (load ${loadAverage()}): take these figures as a test of the benchmark.`,
  )

const all = []
for (const scenario of scenarios) {
  console.log(`\n${scenario.name}: ${scenario.about}`)
  const rows = await runOne(scenario)
  keep(rows, { at, machine, load: loadAverage() })
  console.log(`\n${table(rows)}`)
  all.push(...rows)
}
if (scenarios.length > 1) console.log(`\n${table(all)}`)
process.exitCode = all.some(row => row.samples.length === 0) ? 1 : 0

/** @param {import('./harness/trial.mjs').Scenario} scenario */
async function runOne(scenario) {
  const site = new Site()
  const runs = values.runs === undefined ? undefined : Number(values.runs)
  const trial = new Trial(scenario, site, {
    runs,
    only: values.only,
    contenders: values.contenders,
    isWarm: !values.cold,
  })
  const startedAtMs = performance.now()
  try {
    await site.open()
    await within(scenario.limitMs, scenario.run(trial))
  } catch (error) {
    trial.fail('all', String(error?.message ?? error).split('\n')[0])
  } finally {
    await trial.end()
    await site.close()
  }
  console.log(` ${Math.round((performance.now() - startedAtMs) / 1000)} s`)
  return trial.rows()
}

async function findScenarios(names) {
  const files = readdirSync(join(benchFolder, 'scenarios')).sort()
  const found = await Promise.all(
    files.map(async file => (await import(`./scenarios/${file}`)).default),
  )
  const unknown = names.filter(name => !found.some(each => each.name === name))
  if (unknown.length > 0)
    throw new Error(
      `no scenario ${unknown.join(', ')}; there are ${found.map(each => each.name).join(', ')}`,
    )
  return names.length === 0 ? found : found.filter(each => names.includes(each.name))
}
