/**
 * Runs the attacks of this folder, each against a viewer; with `--minutes N` instead all of them mixed for so long, with
 * `--offers N` offers of ever new names, so many a second, until a newcomer is met; `--names N` are at the tracker meanwhile.
 */

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const option = { type: 'string', default: '0' }
const { values } = parseArgs({ options: { minutes: option, offers: option, names: option } })
const { minutes, offers, names } = values
const file = Number(minutes) > 0 ? 'soak' : Number(offers) > 0 ? 'newcomer' : 'all'
const { status } = spawnSync('npx', ['playwright', 'test', '--project=hostile', file], {
  stdio: 'inherit',
  env: {
    ...process.env,
    HOSTILE_MINUTES: minutes,
    HOSTILE_OFFERS: offers,
    HOSTILE_NAMES: names,
  },
})
process.exitCode = status ?? 1
