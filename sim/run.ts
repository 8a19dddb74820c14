/** `npm run sim`: simulates a crowd and prints what it cost the origin, beside what no scheduler can exceed. */

import { parseArgs } from 'node:util'
import { offloadBound } from './bounds.js'
import { filmOf } from './film.js'
import { type Crowd, simulate } from './swarm.js'

const USAGE = `npm run sim -- [options]

  --viewers N      how many come in all                          (100)
  --arrival S      mean seconds between two of them              (3)
  --minutes M      playing time of the film                      (10)
  --mbps R         its bit rate in Mbit/s                        (1.3)
  --up U           each viewer's upload in Mbit/s                (2.6)
  --down D         each viewer's download in Mbit/s              (20)
  --degree N       neighbours that each looks for                (12)
  --linger S       seconds that each stays after the film        (0)
  --seed N         the same seed gives the same run              (1)
  --json           prints the figures as JSON`

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '100' },
    arrival: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '10' },
    mbps: { type: 'string', default: '1.3' },
    up: { type: 'string', default: '2.6' },
    down: { type: 'string', default: '20' },
    degree: { type: 'string', default: '12' },
    linger: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** Bytes a second of so many Mbit/s. */
const bytesPerSecond = (mbps: number): number => (mbps * 1e6) / 8

function numberOf(name: Exclude<keyof typeof values, 'json' | 'help'>, least: number): number {
  const number = Number(values[name])
  if (!Number.isFinite(number) || number < least) {
    console.error(`--${name} takes a number of at least ${least}\n\n${USAGE}`)
    process.exit(2)
  }
  return number
}

if (values.help) {
  console.log(USAGE)
  process.exit(0)
}

const crowd: Crowd = {
  seed: numberOf('seed', 0),
  viewers: numberOf('viewers', 1),
  arrivalMs: numberOf('arrival', 0) * 1_000,
  film: filmOf(numberOf('mbps', 0.05) * 1e6, numberOf('minutes', 0.05) * 60_000),
  lines: {
    downBytesPerSecond: bytesPerSecond(numberOf('down', 0.05)),
    upBytesPerSecond: bytesPerSecond(numberOf('up', 0.001)),
    latencyMs: 20,
  },
  originBytesPerSecond: bytesPerSecond(1_000),
  originLatencyMs: 0,
  degree: numberOf('degree', 0),
  lingerMs: numberOf('linger', 0) * 1_000,
}

const startedAtMs = performance.now()
const outcome = simulate(crowd)
const tookS = (performance.now() - startedAtMs) / 1_000
const bound = offloadBound(crowd)
const percent = (share: number) => `${(share * 100).toFixed(1)} %`

if (values.json) console.log(JSON.stringify({ ...outcome, bound }))
else
  console.log(`offload          ${percent(outcome.offload)} of a bound of ${percent(bound)} (${(outcome.offload / bound).toFixed(3)})
origin           ${outcome.originCopies.toFixed(2)} copies of the film for ${crowd.viewers} views, ${outcome.originRequests} requests
wasted           ${percent(outcome.wastedShare)} of the bytes played
start            ${outcome.meanStartMs.toFixed(0)} ms on average
views that stall ${outcome.stalledViews} of ${crowd.viewers}
neighbours       ${outcome.meanDegree.toFixed(1)} on average, ${outcome.mostDegree} at most
simulated        ${(outcome.virtualMs / 60_000).toFixed(1)} minutes in ${tookS.toFixed(1)} s, ${outcome.events} events`)
