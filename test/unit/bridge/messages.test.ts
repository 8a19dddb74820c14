import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  BRIDGE_VERSION,
  type Opening,
  type PageSays,
  readDropped,
  readGreeting,
  readOpening,
  readPageSays,
  readWorkerSays,
  type WorkerSays,
} from '../../../src/bridge/messages.js'
import { chunk, run } from '../../../src/core/units.js'
import { bridge } from '../../fuzz/bridge.js'
import { holds } from '../../fuzz/decoder.js'

const opening: Opening = {
  type: 'swarmtag:open',
  version: BRIDGE_VERSION,
  workerId: 'a worker',
  url: 'https://site.example/movie.mp4',
  descriptor: new Uint8Array([1, 2, 3]),
  run: run(0, 7),
  isPlayed: true,
  origin: run(0, 1),
}

const workerSays: WorkerSays[] = [
  { type: 'need', cursor: chunk(0), runs: [run(0, 4), run(6, 7)] },
  { type: 'need', cursor: chunk(3), runs: [] },
  { type: 'stored', runs: [run(0, 1)] },
  { type: 'fetched', index: chunk(0), bytes: new Uint8Array(3) },
  { type: 'wasted', bytes: 0 },
  { type: 'origin-ended' },
  { type: 'origin-failed', detail: 'status 503' },
  { type: 'origin-changed', detail: '' },
  { type: 'not-public', detail: 'status 403' },
  { type: 'ask-digests', page: 0 },
  { type: 'close' },
]

const pageSays: PageSays[] = [
  { type: 'accept' },
  { type: 'hold', forMs: 0 },
  { type: 'hold', forMs: 1_234.5 },
  { type: 'decline' },
  { type: 'chunk', index: chunk(4), bytes: new Uint8Array(65_536) },
  { type: 'origin', run: run(0, 1) },
  { type: 'origin' },
  { type: 'read-on', to: chunk(40) },
  { type: 'exhausted' },
  { type: 'digests', page: 2, bytes: new Uint8Array(32) },
]

/** What a message is once it has crossed from one context to another. */
const sent = <Message>(message: Message): Message => structuredClone(message)

/** One property of a message, made into something else. */
const withField = (message: object, name: string, value: unknown) => ({ ...message, [name]: value })

const NOT_INDICES = [undefined, null, -1, 0.5, Number.NaN, '1', 2 ** 53, {}]
const NOT_RUNS = [
  null,
  [],
  7,
  { from: 0 },
  { from: 1, to: 1 },
  { from: 2, to: 1 },
  { from: -1, to: 1 },
  { from: 0, to: 0.5 },
  { from: '0', to: '1' },
]
const NOT_LISTS = [
  undefined,
  null,
  {},
  'runs',
  [null],
  [run(0, 1), { from: 1, to: 1 }],
  new Array(2),
]
const NOT_BYTES = [
  undefined,
  null,
  [1, 2],
  'bytes',
  new ArrayBuffer(3),
  new Uint16Array(3),
  new Uint8Array(new SharedArrayBuffer(3)),
]
const NOT_AMOUNTS = [undefined, null, -1, Number.NaN, Number.POSITIVE_INFINITY, '7']

test.each(workerSays)('the page reads what a worker says: $type', message => {
  expect(readWorkerSays(sent(message))).toEqual(message)
})

test.each(pageSays)('the worker reads what a page says: $type', message => {
  expect(readPageSays(sent(message))).toEqual(message)
})

test('the page reads an opening', () => {
  expect(readOpening(sent(opening))).toEqual(opening)
})

test('an opening of which nothing is fetched yet, or nonsense, says so', () => {
  for (const origin of [undefined, ...NOT_RUNS])
    expect(readOpening({ ...opening, origin })).toEqual({ ...opening, origin: undefined })
})

test('the page reads why a video was dropped before it was opened, and nothing else', () => {
  const dropped = { type: 'swarmtag:disowned', code: 'not-public', detail: 'status 403' } as const
  expect(readDropped(sent({ ...dropped, url: '/a' }))).toEqual(dropped)
  expect(readDropped({ ...dropped, code: 'origin-changed' })?.code).toBe('origin-changed')
  for (const [name, values] of [
    ['type', [undefined, 'not-public']],
    ['code', [undefined, 'origin-failed', 7]],
    ['detail', [undefined, 7]],
  ] as const)
    for (const value of values) expect(readDropped(withField(dropped, name, value))).toBeUndefined()
})

test('what a message has beyond its table is left behind', () => {
  expect(readPageSays({ type: 'accept', sudo: true })).toEqual({ type: 'accept' })
  expect(readOpening({ ...opening, credit: 16 })).toEqual(opening)
})

test('neither side takes the messages of the other', () => {
  for (const message of workerSays) expect(readPageSays(message)).toBeUndefined()
  for (const message of pageSays) expect(readWorkerSays(message)).toBeUndefined()
})

test.each([
  ['run', [...NOT_RUNS, undefined]],
  ['version', [undefined, BRIDGE_VERSION + 1, String(BRIDGE_VERSION)]],
  ['type', [undefined, 'swarmtag:hello', 'open']],
  ['workerId', [undefined, 7]],
  ['url', [undefined, 7, new URL('https://site.example/')]],
  ['descriptor', [undefined, [1, 2], new ArrayBuffer(3), 'bytes']],
  ['isPlayed', [undefined, 1, 'true']],
])('an opening with another %s is none', (name, values) => {
  for (const value of values) expect(readOpening(withField(opening, name, value))).toBeUndefined()
})

test.each([
  ['need', 'cursor', NOT_INDICES],
  ['need', 'runs', NOT_LISTS],
  ['stored', 'runs', NOT_LISTS],
  ['fetched', 'index', NOT_INDICES],
  ['fetched', 'bytes', NOT_BYTES],
  ['wasted', 'bytes', NOT_AMOUNTS],
  ['origin-failed', 'detail', [undefined, 7, { toString: null, valueOf: null }]],
  ['origin-changed', 'detail', [undefined, 7]],
  ['not-public', 'detail', [undefined, 7]],
  ['ask-digests', 'page', NOT_INDICES],
])('a worker that says %s with another %s is not understood', (type, name, values) => {
  const message = workerSays.find(each => each.type === type) ?? {}
  for (const value of values)
    expect(readWorkerSays(withField(message, name, value)), JSON.stringify(value)).toBeUndefined()
})

test.each([
  ['hold', 'forMs', NOT_AMOUNTS],
  ['chunk', 'index', NOT_INDICES],
  ['chunk', 'bytes', NOT_BYTES],
  ['origin', 'run', NOT_RUNS],
  ['read-on', 'to', NOT_INDICES],
  ['digests', 'page', NOT_INDICES],
  ['digests', 'bytes', NOT_BYTES],
])('a page that says %s with another %s is not understood', (type, name, values) => {
  const message = pageSays.find(each => each.type === type) ?? {}
  for (const value of values)
    expect(readPageSays(withField(message, name, value)), JSON.stringify(value)).toBeUndefined()
})

test('a greeting is read whatever its version, so that it can be answered', () => {
  expect(readGreeting({ type: 'swarmtag:hello', version: 99 })).toEqual({
    type: 'swarmtag:hello',
    version: 99,
  })
  for (const data of [undefined, { type: 'swarmtag:hello' }, { type: 'hello', version: 1 }])
    expect(readGreeting(data)).toBeUndefined()
})

test('whatever arrives, no guard throws, and what one lets through it lets through again', () => {
  fc.assert(holds(bridge), { numRuns: 20_000 })
})

test('a list that claims to be endless takes no time', () => {
  const runs: unknown[] = []
  runs.length = 2 ** 32 - 1
  expect(readWorkerSays({ type: 'stored', runs })).toBeUndefined()
})

test('what a guard lets through has whole runs', () => {
  const ends = fc.constantFrom(-1, 0, 1, 2, 0.5, undefined)
  const runs = fc.array(fc.record({ from: ends, to: ends }))
  fc.assert(
    fc.property(runs, fc.nat(9), (runs, hole) => {
      const sparse = [...runs]
      delete sparse[hole]
      const message = readWorkerSays({ type: 'stored', runs: sparse })
      if (message?.type !== 'stored') return
      for (const { from, to } of message.runs) expect(from).toBeLessThan(to)
    }),
    { numRuns: 2_000 },
  )
})
