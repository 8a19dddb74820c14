import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SwarmtagError } from '../../../src/core/errors.js'
import { type ChunkRun, chunk, run } from '../../../src/core/units.js'
import { DATA_HEADER_BYTES, decode, encode } from '../../../src/swarm/codec.js'
import type { PeerMessage } from '../../../src/swarm/messages.js'
import { splitRuns } from '../../../src/swarm/runs-codec.js'
import { holds } from '../../fuzz/decoder.js'
import { wire } from '../../fuzz/wire.js'
import { someMessage } from './arbitrary-messages.js'

const CHUNKS = 70_000

/** Runs of one chunk with a hole after each. */
const scattered = (count: number): ChunkRun[] =>
  Array.from({ length: count }, (_, at) => run(2 * at, 2 * at + 1))

/** What the codec makes of bytes: a message, or the refusal; anything else that is thrown is a fault. */
function read(bytes: Uint8Array, chunkCount = CHUNKS): PeerMessage | 'refused' {
  try {
    return decode(bytes.slice().buffer, chunkCount)
  } catch (error) {
    if (error instanceof SwarmtagError && error.code === 'peer-protocol') return 'refused'
    throw error
  }
}

test('every message comes out as it went in', () => {
  fc.assert(
    fc.property(someMessage(CHUNKS), message => {
      expect(decode(encode(message).buffer, CHUNKS)).toEqual(message)
    }),
    { numRuns: 2_000 },
  )
})

test.each([1, 2, 255, 256, 257, 1_023, 1_024])('%i runs go in one message', count => {
  const runs = scattered(count)
  for (const type of ['have', 'lost', 'want', 'cancel'] as const)
    expect(read(encode({ type, runs }))).toEqual({ type, runs })
  expect(read(encode({ type: 'busy', retryMs: 7, runs }))).toEqual({
    type: 'busy',
    retryMs: 7,
    runs,
  })
})

test('a message of more runs is refused', () => {
  expect(read(encode({ type: 'have', runs: scattered(1_025) }))).toBe('refused')
})

test.each([0, 255, 256, 65_535, 65_536, 69_999])('chunk %i goes round trip', index => {
  const position = { type: 'position', index: chunk(index) } as const
  expect(read(encode(position))).toEqual(position)
  const data = { type: 'data', index: chunk(index), offset: 0, bytes: new Uint8Array([1]) } as const
  expect(read(encode(data))).toEqual(data)
})

test('no more of a manifest is read or asked for than fits every message', () => {
  const most = new Uint8Array(16_376)
  const answer = { type: 'manifest', offset: 7, bytes: most } as const
  expect(read(encode(answer))).toEqual(answer)
  expect(read(encode({ ...answer, bytes: new Uint8Array(16_377) }))).toBe('refused')
  const question = { type: 'ask-manifest', offset: 7, length: 16_376 } as const
  expect(read(encode(question))).toEqual(question)
  for (const length of [0, 16_377]) expect(read(encode({ ...question, length }))).toBe('refused')
})

test('a chunk of full size goes in one message behind its head', () => {
  const bytes = new Uint8Array(65_536).map((_, at) => at % 251)
  const message = encode({ type: 'data', index: chunk(3), offset: 0, bytes })
  expect(message).toHaveLength(DATA_HEADER_BYTES + 65_536)
  expect(read(message)).toEqual({ type: 'data', index: 3, offset: 0, bytes })
})

test('the bytes of a chunk are not copied', () => {
  const bytes = new Uint8Array([1, 2, 3])
  const { buffer } = encode({ type: 'data', index: chunk(3), offset: 0, bytes })
  const message = decode(buffer, CHUNKS)
  expect(message.type === 'data' && message.bytes.buffer).toBe(buffer)
})

test('a message that is cut off anywhere is refused', () => {
  fc.assert(
    fc.property(someMessage(CHUNKS), fc.nat(), (message, cut) => {
      const whole = encode(message)
      const length = cut % whole.length
      // The bytes of a chunk may end anywhere; whoever asked for them knows how many there are.
      if (message.type === 'data' && length > DATA_HEADER_BYTES) return
      if (message.type === 'manifest' && length >= 8) return
      expect(read(whole.subarray(0, length))).toBe('refused')
    }),
    { numRuns: 2_000 },
  )
})

test('a message that goes on past its end is refused', () => {
  fc.assert(
    fc.property(
      someMessage(CHUNKS),
      fc.uint8Array({ minLength: 1, maxLength: 9 }),
      (message, more) => {
        if (message.type === 'data' || message.type === 'manifest') return
        expect(read(new Uint8Array([...encode(message), ...more]))).toBe('refused')
      },
    ),
    { numRuns: 2_000 },
  )
})

test('every length of every type, a byte too many or too few included, is read or refused', () => {
  for (let type = 0; type < 256; type++)
    for (let length = 0; length < 64; length++) {
      const bytes = new Uint8Array(length)
      if (length > 0) bytes[0] = type
      read(bytes)
      // One run, so that a list can be whole.
      if (length > 3) bytes[3] = 1
      read(bytes)
    }
})

test('nothing of any bytes is understood that would not be written so', () => {
  fc.assert(holds(wire), { numRuns: 20_000 })
})

test('a flipped bit makes another message or none', () => {
  fc.assert(
    fc.property(someMessage(CHUNKS), fc.nat(), fc.nat(7), (message, at, bit) => {
      const bytes = encode(message)
      const position = at % bytes.length
      bytes[position] = (bytes[position] ?? 0) ^ (1 << bit)
      expect(read(bytes)).not.toEqual(message)
    }),
    { numRuns: 2_000 },
  )
})

test('chunks that the resource does not have are refused', () => {
  for (const message of [
    { type: 'have', runs: [run(0, 11)] },
    { type: 'want', runs: [run(10, 11)] },
    { type: 'position', index: chunk(10) },
    { type: 'data', index: chunk(10), offset: 0, bytes: new Uint8Array(1) },
  ] satisfies PeerMessage[]) {
    expect(read(encode(message), 10)).toBe('refused')
    expect(read(encode(message), 11)).toEqual(message)
  }
})

test.each([0, 1, 1_023, 1_024, 1_025, 2_048, 2_049])('%i runs are split for the wire', count => {
  const runs = scattered(count)
  const pieces = splitRuns(runs)
  expect(pieces).toHaveLength(Math.ceil(count / 1_024))
  expect(pieces.flat()).toEqual(runs)
  for (const piece of pieces)
    expect(read(encode({ type: 'want', runs: piece }))).toEqual({ type: 'want', runs: piece })
})
