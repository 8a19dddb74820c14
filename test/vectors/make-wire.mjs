/**
 * Makes wire.json: one message of each type between two viewers, byte by byte, and some that must be refused.
 * Written from docs/protocol.md, section 4, so that it shares no fault with `src`.
 *
 *   node test/vectors/make-wire.mjs > test/vectors/wire.json
 */

import { createHash } from 'node:crypto'

const u8 = number => [number]
const u16 = number => [number >> 8, number & 255]
const u32 = number => [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255]
const hex = (...parts) => Buffer.from(parts.flat(2)).toString('hex')
const runs = pairs => pairs.map(([from, to]) => [...u32(from), ...u32(to)])

/** A resource of 2^24 + 1 chunks, so that every byte of an index is used. */
const CHUNKS = 16_777_217
const ROOT = Array.from({ length: 32 }, (_, at) => 0xe0 ^ (at * 7))
const PAIRS = [
  [0, 1],
  [255, 257],
  [65_536, 16_777_217],
]
const RUNS = PAIRS.map(([from, to]) => ({ from, to }))
const BYTES = [0, 1, 127, 128, 255]

const hello = (version, role, tail = []) =>
  hex(u8(1), u8(version), u16(64), u32(65_548), u32(role), ROOT, tail)
const list = (type, pairs, count = pairs.length, octet = 0) =>
  hex(u8(type), u8(octet), u16(count), runs(pairs))

const digest = (algorithm, text) => createHash(algorithm).update(text, 'utf8').digest()
const ascii = text => [...Buffer.from(text, 'ascii')]

const root = Buffer.from(ROOT).toString('hex')
const appId = `swarmtag/3/${root}`
/** What only those in the room know. */
const SECRET = `${root}:${appId}:viewers`
const OFFER = '0a9zAZ4567890123456B'

const messages = [
  {
    name: 'hello of a provider',
    hex: hello(3, 0),
    message: {
      type: 'hello',
      version: 3,
      role: 'provider',
      maxWants: 64,
      maxMessageBytes: 65_548,
      root: Buffer.from(ROOT).toString('hex'),
    },
  },
  {
    name: 'hello of a receiver',
    hex: hello(3, 1),
    message: {
      type: 'hello',
      version: 3,
      role: 'receiver',
      maxWants: 64,
      maxMessageBytes: 65_548,
      root: Buffer.from(ROOT).toString('hex'),
    },
  },
  { name: 'have', hex: list(2, PAIRS), message: { type: 'have', runs: RUNS } },
  { name: 'lost', hex: list(3, PAIRS), message: { type: 'lost', runs: RUNS } },
  { name: 'want', hex: list(4, PAIRS), message: { type: 'want', runs: RUNS } },
  { name: 'cancel', hex: list(5, PAIRS), message: { type: 'cancel', runs: RUNS } },
  {
    name: 'busy',
    hex: hex(u8(6), u8(0), u16(3), u32(1_000), runs(PAIRS)),
    message: { type: 'busy', retryMs: 1_000, runs: RUNS },
  },
  {
    name: 'data from the start of a chunk',
    hex: hex(u8(7), u8(0), u16(0), u32(258), u32(0), BYTES),
    message: { type: 'data', index: 258, offset: 0, bytes: hex(BYTES) },
  },
  {
    name: 'data from the middle of the last chunk',
    hex: hex(u8(7), u8(0), u16(0), u32(16_777_216), u32(16_372), BYTES),
    message: { type: 'data', index: 16_777_216, offset: 16_372, bytes: hex(BYTES) },
  },
  {
    name: 'position',
    hex: hex(u8(8), u8(0), u16(0), u32(66_051)),
    message: { type: 'position', index: 66_051 },
  },
  ...['leaving', 'protocol', 'corrupt', 'crowded'].map((reason, octet) => ({
    name: `bye: ${reason}`,
    hex: hex(u8(9), u8(octet), u16(0)),
    message: { type: 'bye', reason },
  })),
  {
    name: 'join',
    hex: hex(u8(10), u8(0), u16(110), ascii(OFFER), [...digest('sha256', `${OFFER}:${SECRET}`)]),
    message: {
      type: 'join',
      offerId: OFFER,
      lane: 110,
      proof: digest('sha256', `${OFFER}:${SECRET}`).toString('hex'),
    },
  },
  {
    name: 'ask-manifest',
    hex: hex(u8(11), u8(0), u16(0), u32(66_051), u32(16_376)),
    message: { type: 'ask-manifest', offset: 66_051, length: 16_376 },
  },
  {
    name: 'manifest',
    hex: hex(u8(12), u8(0), u16(0), u32(66_051), BYTES),
    message: { type: 'manifest', offset: 66_051, bytes: hex(BYTES) },
  },
  {
    name: 'manifest: not here',
    hex: hex(u8(12), u8(0), u16(0), u32(0)),
    message: { type: 'manifest', offset: 0, bytes: '' },
  },
]

const refused = [
  { name: 'no bytes', hex: '' },
  { name: 'three bytes', hex: hex(u8(9), u8(0), [0]) },
  { name: 'type 0', hex: hex(u8(0), u8(0), u16(0)) },
  { name: 'type 13', hex: hex(u8(13), u8(0), u16(0)) },
  { name: 'a question for no bytes', hex: hex(u8(11), u8(0), u16(0), u32(0), u32(0)) },
  { name: 'a question for too many bytes', hex: hex(u8(11), u8(0), u16(0), u32(0), u32(16_377)) },
  { name: 'a question with a number', hex: hex(u8(11), u8(0), u16(1), u32(0), u32(1)) },
  { name: 'a question that goes on', hex: hex(u8(11), u8(0), u16(0), u32(0), u32(1), [0]) },
  { name: 'a manifest without an offset', hex: hex(u8(12), u8(0), u16(0)) },
  { name: 'a join without a proof', hex: hex(u8(10), u8(0), u16(110), ascii(OFFER)) },
  {
    name: 'a join of no offer',
    hex: hex(u8(10), u8(0), u16(110), ascii('-'.repeat(20)), ROOT),
  },
  {
    name: 'a join that goes on',
    hex: hex(u8(10), u8(0), u16(110), ascii(OFFER), ROOT, [0]),
  },
  { name: 'a hello of an unknown role', hex: hello(3, 2) },
  { name: 'a hello that goes on', hex: hello(3, 0, [0]) },
  { name: 'a have of no runs', hex: list(2, []) },
  { name: 'a have that counts one run too many', hex: list(2, PAIRS, 4) },
  { name: 'a have that counts one run too few', hex: list(2, PAIRS, 2) },
  { name: 'a have whose octet is not zero', hex: list(2, PAIRS, 3, 1) },
  { name: 'an empty run', hex: list(4, [[5, 5]]) },
  { name: 'a run that ends before it starts', hex: list(4, [[6, 5]]) },
  {
    name: 'runs out of order',
    hex: list(4, [
      [8, 9],
      [2, 3],
    ]),
  },
  {
    name: 'runs that overlap',
    hex: list(4, [
      [2, 5],
      [4, 9],
    ]),
  },
  { name: 'a run past the last chunk', hex: list(2, [[0, 16_777_218]]) },
  { name: 'a busy without runs', hex: hex(u8(6), u8(0), u16(0), u32(1_000)) },
  { name: 'data without bytes', hex: hex(u8(7), u8(0), u16(0), u32(0), u32(0)) },
  { name: 'data with a number', hex: hex(u8(7), u8(0), u16(1), u32(0), u32(0), BYTES) },
  {
    name: 'data of a chunk past the last',
    hex: hex(u8(7), u8(0), u16(0), u32(16_777_217), u32(0), BYTES),
  },
  { name: 'a position with a number', hex: hex(u8(8), u8(0), u16(1), u32(0)) },
  { name: 'a position past the last chunk', hex: hex(u8(8), u8(0), u16(0), u32(16_777_217)) },
  { name: 'a bye for an unknown reason', hex: hex(u8(9), u8(4), u16(0)) },
  { name: 'a bye with a number', hex: hex(u8(9), u8(0), u16(1)) },
  { name: 'a bye that goes on', hex: hex(u8(9), u8(0), u16(0), [0]) },
]

const inBase36 = bytes => [...bytes].map(byte => byte.toString(36)).join('')
const h = text => inBase36(digest('sha1', text))

const topic = `Trystero@${appId}@viewers`
const room = {
  root,
  topic,
  infoHash: h(h(topic)).slice(0, 20),
  key: digest('sha256', SECRET).toString('hex'),
  token: digest('sha256', `Trystero:${appId}:viewers`).toString('hex'),
}

const vectors = {
  about:
    'The room of a resource, and messages of wire version 3 about one of `chunks` chunks; bytes are hexadecimal. Those under `refused` must be refused.',
  room,
  chunks: CHUNKS,
  messages,
  refused,
}
process.stdout.write(`${JSON.stringify(vectors, null, 2)}\n`)
