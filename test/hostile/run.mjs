/**
 * Runs the attacks of this folder, each against a viewer, and those by offers, which are with the promises; with
 * `--minutes N` instead all of this folder mixed for so long, with `--offers N` so many offers a second, each of another
 * source, until a newcomer is met, while `--names N` more peers are at the tracker.
 */

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const option = { type: 'string', default: '0' }
const { values } = parseArgs({ options: { minutes: option, offers: option, names: option } })
const { minutes, offers, names } = values
const env = {
  ...process.env,
  HOSTILE_MINUTES: minutes,
  HOSTILE_OFFERS: offers,
  HOSTILE_NAMES: names,
}

const BY_OFFERS = ['--project=promises', 'p5-bounded', '-g', 'offer|under the id of another']

function runs() {
  if (Number(minutes) > 0) return [['--project=hostile', 'soak']]
  if (Number(offers) > 0) return [['--project=hostile', 'newcomer']]
  return [['--project=hostile', 'all'], BY_OFFERS]
}

for (const run of runs()) {
  const { status } = spawnSync('npx', ['playwright', 'test', ...run], { stdio: 'inherit', env })
  if (status !== 0) process.exitCode = status ?? 1
}
