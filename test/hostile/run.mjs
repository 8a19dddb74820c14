/** Runs the attacks of this folder, each against a viewer; with `--minutes N` instead all of them mixed for so long. */

import { spawnSync } from 'node:child_process'

const [, , flag, minutes] = process.argv
const isSoak = flag === '--minutes' && Number(minutes) > 0
const { status } = spawnSync(
  'npx',
  ['playwright', 'test', '--project=hostile', isSoak ? 'soak' : 'all'],
  { stdio: 'inherit', env: { ...process.env, ...(isSoak && { HOSTILE_MINUTES: minutes }) } },
)
process.exitCode = status ?? 1
