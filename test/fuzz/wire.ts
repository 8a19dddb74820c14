/** The wire between viewers: what any peer may send. */

import fc from 'fast-check'
import { decode, encode } from '../../src/swarm/codec.js'
import { MOST_MANIFEST_BYTES } from '../../src/swarm/messages.js'
import { MAX_RUNS } from '../../src/swarm/runs-codec.js'
import { someMessage } from '../unit/swarm/arbitrary-messages.js'
import { damaged, type Fuzzed, must, mustEqual, unlessRefused } from './decoder.js'

interface Wire {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly chunkCount: number
}

const CHUNKS = 70_000

const noise = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  // Most random bytes have no type that there is; these do.
  fc
    .tuple(fc.nat(14), fc.constantFrom(0, 0, 0, 1), fc.nat(3), fc.uint8Array({ maxLength: 64 }))
    .map(([type, octet, count, body]) => new Uint8Array([type, octet, 0, count, ...body])),
)
const messages = damaged(someMessage(CHUNKS, { mostRuns: 4, mostBytes: 40 }).map(encode))

export const wire: Fuzzed<Wire> = {
  inputs: fc.record({
    bytes: fc.oneof(noise, messages).map(bytes => bytes.slice()),
    chunkCount: fc.constantFrom(1, 255, 256, CHUNKS, 2 ** 32 - 1),
  }),
  check({ bytes, chunkCount }) {
    const message = unlessRefused('peer-protocol', () => decode(bytes.buffer, chunkCount))
    if (!message) return false
    mustEqual(encode(message), bytes, 'what was understood would be written otherwise')
    if ('runs' in message) {
      must(message.runs.length <= MAX_RUNS, 'more runs than a message may have')
      for (const { from, to } of message.runs)
        must(from < to && to <= chunkCount, 'chunks that there are not')
    }
    if ('index' in message) must(message.index < chunkCount, 'a chunk that there is not')
    if (message.type === 'ask-manifest')
      must(message.length > 0 && message.length <= MOST_MANIFEST_BYTES, 'a part of another size')
    if (message.type === 'manifest')
      must(message.bytes.length <= MOST_MANIFEST_BYTES, 'a larger part than was asked for')
    return true
  },
}
