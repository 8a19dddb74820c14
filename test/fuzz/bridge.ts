/** The bridge between page and worker: what anything on the site may post to either. */

import fc from 'fast-check'
import { readFinding, readFound } from '../../src/bridge/find.js'
import {
  BRIDGE_VERSION,
  readGreeting,
  readOpening,
  readPageSays,
  readWorkerSays,
} from '../../src/bridge/messages.js'
import { type Fuzzed, must, mustEqual } from './decoder.js'

const READERS = [readOpening, readGreeting, readWorkerSays, readPageSays, readFinding, readFound]

const TYPES = [
  ...['need', 'stored', 'fetched', 'wasted', 'origin-ended', 'origin-failed', 'origin-changed'],
  ...['close', 'accept', 'hold', 'decline', 'chunk', 'origin', 'read-on', 'exhausted'],
  ...['ask-digests', 'digests', 'swarmtag:find', 'found', 'not-sought'],
  ...['swarmtag:open', 'swarmtag:hello', 'toString', ''],
]

const anything = fc.anything({
  maxDepth: 2,
  maxKeys: 3,
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
})
const index = fc.oneof(fc.nat(9), fc.constantFrom(-1, 0.5, Number.NaN, 2 ** 53, Infinity, '1'))
const run = fc.oneof(
  { arbitrary: fc.record({ from: index, to: index }), weight: 8 },
  { arbitrary: anything, weight: 1 },
)

/** A field that is right, or nearly, or anything at all. */
const field = (right: fc.Arbitrary<unknown>) =>
  fc.oneof({ arbitrary: right, weight: 12 }, { arbitrary: anything, weight: 1 })

const nearly = fc.record(
  {
    type: fc.constantFrom(...TYPES),
    version: field(fc.constantFrom(BRIDGE_VERSION, BRIDGE_VERSION + 1)),
    workerId: field(fc.constant('a worker')),
    url: field(fc.constant('https://site.example/movie.mp4')),
    descriptor: field(fc.constant(new Uint8Array(3))),
    isPlayed: field(fc.boolean()),
    run,
    runs: field(fc.array(run, { maxLength: 3 })),
    cursor: field(index),
    index: field(index),
    bytes: field(fc.oneof(fc.constant(new ArrayBuffer(3)), index)),
    detail: field(fc.constant('status 503')),
    forMs: field(index),
    to: field(index),
    page: field(index),
    root: field(fc.constant('0'.repeat(64))),
  },
  { requiredKeys: ['type'] },
)

export const bridge: Fuzzed<unknown> = {
  inputs: fc.oneof({ arbitrary: nearly, weight: 9 }, { arbitrary: anything, weight: 1 }),
  check(data) {
    let isUnderstood = false
    for (const read of READERS) {
      const message = read(data)
      if (!message) continue
      isUnderstood = true
      mustEqual(read(message), message, 'what was understood is not read again')
      if ('runs' in message)
        for (const { from, to } of message.runs) must(0 <= from && from < to, 'chunks of no run')
    }
    return isUnderstood
  },
}
