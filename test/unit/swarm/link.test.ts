import { expect, onTestFinished, test, vi } from 'vitest'
import { run } from '../../../src/core/units.js'
import { encode } from '../../../src/swarm/codec.js'
import { WIRE_VERSION } from '../../../src/swarm/messages.js'
import { publish } from '../store/resources.js'
import { connect, settled } from './in-memory-channel.js'
import { chunks, linkOn, strangerOn } from './neighbours.js'

/* Six chunks, the last of a hundred bytes. */
const { manifest, bytesOf } = await publish(5 * 65_536 + 100)
const other = await publish(5 * 65_536 + 100, 4)
const LAST = 5

/** Two links that have met. */
async function met(options?: Parameters<typeof connect>[0]) {
  const [near, far] = connect(options)
  const a = linkOn(near, manifest)
  const b = linkOn(far, manifest)
  await settled()
  return { a, b, near, far }
}

/** A link that has met a stranger who says what a test wants. */
async function metStranger(options?: Parameters<typeof connect>[0]) {
  const [near, far] = connect(options)
  const stranger = strangerOn(far, manifest)
  const side = linkOn(near, manifest)
  await stranger.sayHello()
  return { ...side, stranger, near }
}

test('two viewers say hello and know what the other takes', async () => {
  const { a, b } = await met()
  for (const side of [a, b]) {
    expect(side.names()).toEqual(['ready'])
    expect(side.link.remote).toEqual({ role: 'provider', maxWants: 64 })
  }
})

test('they connect even if the first hello was lost, as the other side had no channel yet', async () => {
  const [near, far] = connect()
  const early = linkOn(near, manifest)
  await settled()
  expect(early.names()).toEqual([])
  const late = linkOn(far, manifest)
  await settled()
  expect(early.names()).toEqual(['ready'])
  expect(late.names()).toEqual(['ready'])
})

test('what is to be sent to a neighbour before the channel is open is sent then', async () => {
  const [near, far] = connect()
  const stranger = strangerOn(far, manifest)
  await settled()
  const side = linkOn(near, manifest, { ready: link => link.have([run(0, 3)]) })
  const hello = encode({
    type: 'hello',
    version: WIRE_VERSION,
    role: 'provider',
    maxWants: 64,
    maxMessageBytes: 65_548,
    root: manifest.descriptor.root,
  })
  near.channels.get(100)?.onmessage?.({ data: hello.buffer })
  expect(side.names()).toEqual(['ready'])
  expect(stranger.receivedTypes()).toEqual([])
  await settled()
  expect(stranger.receivedTypes()).toContain('have')
})

test('a channel that is open already is used as well', async () => {
  const [near, far] = connect()
  const createDataChannel = near.createDataChannel.bind(near)
  near.createDataChannel = (...args) => {
    const channel = createDataChannel(...args)
    channel.open()
    return channel
  }
  const stranger = strangerOn(far, manifest)
  await settled()
  const { names } = linkOn(near, manifest)
  await settled()
  expect(stranger.receivedTypes()).toEqual(['hello'])
  await stranger.sayHello()
  expect(names()).toEqual(['ready'])
})

test('the channel has the id that both sides know, apart from those of the room', async () => {
  const [near] = connect()
  linkOn(near, manifest)
  expect([...near.channels.keys()]).toEqual([100])
})

test('the first hello that is received is answered by another, further ones are not', async () => {
  const { stranger, names } = await metStranger()
  expect(stranger.receivedTypes()).toEqual(['hello', 'hello'])
  await stranger.sayHello()
  expect(stranger.receivedTypes()).toEqual(['hello', 'hello'])
  expect(names()).toEqual(['ready'])
})

test('nobody takes on more wants than this release allows, whatever the other offers', async () => {
  const [near, far] = connect()
  const stranger = strangerOn(far, manifest)
  const { link } = linkOn(near, manifest)
  await stranger.sayHello({ maxWants: 60_000 })
  expect(link.remote?.maxWants).toBe(64)
})

test('what one has, the other knows, until it is lost', async () => {
  const { a, b } = await met()
  a.link.have([run(0, 2), run(4, 6)])
  a.link.lost([run(1, 2)])
  await settled()
  expect(b.reported.slice(1)).toEqual([
    ['have', [run(0, 2), run(4, 6)]],
    ['lost', [run(1, 2)]],
  ])
})

test('a chunk that was wanted arrives whole', async () => {
  const { a, b } = await met()
  a.link.want(chunks(1, 3, 2))
  await settled()
  expect(b.reported.at(-1)).toEqual(['wanted', [run(1, 4)]])
  b.link.chunk(run(2, 3).from, bytesOf(2))
  await settled()
  expect(a.reported.at(-1)).toEqual(['arrived', 2, bytesOf(2)])
})

test('a list of more runs than a message holds goes as several', async () => {
  const long = await publish(2_100 * 65_536)
  const [near, far] = connect()
  const a = linkOn(near, long.manifest)
  const b = linkOn(far, long.manifest)
  await settled()
  const scattered = Array.from({ length: 1_030 }, (_, at) => run(2 * at, 2 * at + 1))
  a.link.have(scattered)
  a.link.want(scattered.map(each => each.from))
  await settled()
  expect(b.reported.flatMap(([name, runs]) => (name === 'have' ? runs : []))).toEqual(scattered)
  expect(b.names()).toEqual(['ready', 'have', 'have', 'wanted', 'wanted'])
})

test.each([
  ['the browser allows 16 KiB', { maxMessageBytes: 16_384 }],
  ['the browser names no limit', { maxMessageBytes: null }],
])('a chunk is split where %s, and put together again', async (_where, options) => {
  const { a, b, far } = await met(options)
  a.link.want(chunks(1, LAST))
  b.link.chunk(run(1, 2).from, bytesOf(1))
  b.link.chunk(run(LAST, LAST + 1).from, bytesOf(LAST))
  await settled()
  expect(a.reported.filter(([name]) => name === 'arrived')).toEqual([
    ['arrived', 1, bytesOf(1)],
    ['arrived', LAST, bytesOf(LAST)],
  ])
  expect(a.names().filter(name => name === 'progress')).toHaveLength(4)
  const longest = Math.max(...[...far.channels.values()].flatMap(({ sent }) => sent).map(size))
  expect(longest).toBe(16_384)
})

const size = ({ length }: { length: number }): number => length

test('a chunk is split to what the other side says that it takes', async () => {
  const [near, far] = connect()
  const stranger = strangerOn(far, manifest)
  const { link } = linkOn(near, manifest)
  await stranger.sayHello({ maxMessageBytes: 20_000 })
  link.chunk(run(0, 1).from, bytesOf(0))
  await settled()
  const parts = stranger.received().filter(({ type }) => type === 'data')
  expect(parts).toHaveLength(4)
  expect(parts[1]).toMatchObject({ index: 0, offset: 19_988 })
})

test.each([0, 1, 12, 16_383])(
  'who takes messages of %i bytes at most is no browser',
  async limit => {
    const [near, far] = connect()
    const stranger = strangerOn(far, manifest)
    const { offence } = linkOn(near, manifest)
    await stranger.sayHello({ maxMessageBytes: limit })
    expect(offence()).toBe('peer-protocol')
  },
)

test('undersized fragments close', async () => {
  const { link, stranger, offence } = await metStranger()
  link.want(chunks(0))
  await stranger.give(0, bytesOf(0).subarray(0, 1_024))
  expect(offence()).toBeUndefined()
  await stranger.give(0, bytesOf(0).subarray(1_024, 1_025), 1_024)
  expect(offence()).toBe('peer-protocol')
})

test('more messages than any viewer sends close', async () => {
  const { stranger, offence, reported } = await metStranger()
  const have = { type: 'have' as const, runs: [run(0, 1)] }
  await stranger.say(...Array.from({ length: 3_900 }, () => have))
  expect(offence()).toBeUndefined()
  await stranger.say(...Array.from({ length: 4_000 }, () => have))
  expect(offence()).toBe('peer-protocol')
  expect(reported.length).toBeLessThan(6_000)
})

test('long lists are counted by what they cost, and not as one message', async () => {
  const long = await publish(2_048 * 65_536)
  const [near, far] = connect()
  const stranger = strangerOn(far, long.manifest)
  const { offence } = linkOn(near, long.manifest)
  await stranger.sayHello({ root: long.manifest.descriptor.root })
  const scattered = Array.from({ length: 1_024 }, (_, at) => run(2 * at, 2 * at + 1))
  const haves = (count: number) =>
    Array.from({ length: count }, () => ({ type: 'have' as const, runs: scattered }))
  await stranger.say(...haves(55))
  expect(offence()).toBeUndefined()
  await stranger.say(...haves(10))
  expect(offence()).toBe('peer-protocol')
})

test.each([0, 1, 3])('who has chunks to give and takes %i wants is no provider', async maxWants => {
  const [near, far] = connect()
  const stranger = strangerOn(far, manifest)
  const { offence, names } = linkOn(near, manifest)
  await stranger.sayHello({ maxWants, role: 'receiver' })
  expect(names()).toEqual(['ready'])
  await stranger.sayHello({ maxWants })
  expect(offence()).toBe('peer-protocol')
})

test('what is sent to a neighbour that reads nothing does not pile up', async () => {
  const { link, near, offence } = await metStranger()
  near.isStalled = true
  for (let count = 0; count < 1_000_000 && offence() === undefined; count++) link.have([run(0, 1)])
  expect(offence()).toBe('peer-timeout')
  expect(near.channels.get(100)?.bufferedAmount).toBeLessThan(1_100_000)
})

test('a chunk that nobody asked for closes', async () => {
  const { stranger, offence } = await metStranger()
  await stranger.give(1, bytesOf(1))
  expect(offence()).toBe('peer-protocol')
  expect(stranger.received().at(-1)).toEqual({ type: 'bye', reason: 'protocol' })
})

test('a chunk that comes twice closes', async () => {
  const { link, stranger, names, offence } = await metStranger()
  link.want(chunks(1))
  await stranger.give(1, bytesOf(1))
  expect(names()).toEqual(['ready', 'arrived'])
  await stranger.give(1, bytesOf(1))
  expect(offence()).toBe('peer-protocol')
})

test('a chunk that was refused may not come after all', async () => {
  const { link, stranger, reported, offence } = await metStranger()
  link.want(chunks(1, 2))
  await stranger.say({ type: 'busy', retryMs: 500, runs: [run(1, 2)] })
  expect(reported.at(-1)).toEqual(['busy', [run(1, 2)], 500])
  await stranger.give(2, bytesOf(2))
  expect(offence()).toBeUndefined()
  await stranger.give(1, bytesOf(1))
  expect(offence()).toBe('peer-protocol')
})

test('a chunk that crosses its cancellation is taken as it comes, and is no offence', async () => {
  const { link, stranger, reported, isClosed } = await metStranger()
  link.want(chunks(1))
  link.cancel(chunks(1))
  await stranger.give(1, bytesOf(1))
  expect(reported.slice(1)).toEqual([['arrived', 1, bytesOf(1)]])
  expect(isClosed()).toBe(false)
})

test('only one copy of a cancelled chunk is tolerated', async () => {
  const { link, stranger, offence } = await metStranger()
  link.want(chunks(1))
  link.cancel(chunks(1))
  await stranger.give(1, bytesOf(1))
  await stranger.give(1, bytesOf(1))
  expect(offence()).toBe('peer-protocol')
})

test('the rest of a chunk that crosses its cancellation is taken as it comes, and is no offence', async () => {
  const { link, stranger, reported, isClosed } = await metStranger()
  link.want(chunks(1))
  await stranger.give(1, bytesOf(1).slice(0, 30_000))
  link.cancel(chunks(1))
  await stranger.give(1, bytesOf(1).slice(30_000), 30_000)
  expect(reported.slice(1)).toEqual([['progress'], ['arrived', 1, bytesOf(1)]])
  expect(isClosed()).toBe(false)
})

test('only what was wanted is cancelled', async () => {
  const { link, stranger } = await metStranger()
  link.want(chunks(1, 2))
  link.cancel(chunks(2, 3))
  link.cancel(chunks(2))
  await settled()
  expect(stranger.received().slice(2)).toEqual([
    { type: 'want', runs: [run(1, 3)] },
    { type: 'cancel', runs: [run(2, 3)] },
  ])
})

test('a chunk wanted again after it was cancelled may come for both wants', async () => {
  const { link, stranger, names, offence } = await metStranger()
  link.want(chunks(1))
  link.cancel(chunks(1))
  link.want(chunks(1))
  // The first was on its way before the cancellation was received.
  await stranger.give(1, bytesOf(1))
  await stranger.give(1, bytesOf(1))
  expect(offence()).toBeUndefined()
  expect(names()).toEqual(['ready', 'arrived', 'arrived'])
  await stranger.give(1, bytesOf(1))
  expect(offence()).toBe('peer-protocol')
})

test('a chunk cancelled and wanted again several times may come for each want', async () => {
  const { link, stranger, names, offence } = await metStranger()
  for (let turn = 0; turn < 2; turn++) {
    link.want(chunks(1))
    link.cancel(chunks(1))
  }
  link.want(chunks(1))
  await stranger.give(1, bytesOf(1))
  await stranger.give(1, bytesOf(1))
  expect(offence()).toBeUndefined()
  await stranger.give(1, bytesOf(1))
  expect(offence()).toBeUndefined()
  expect(names()).toEqual(['ready', 'arrived', 'arrived', 'arrived'])
})

test('the rest of a cancelled chunk that is wanted again is no offence', async () => {
  const { link, stranger, names, offence } = await metStranger()
  link.want(chunks(1))
  link.cancel(chunks(1))
  await stranger.give(1, bytesOf(1).slice(0, 30_000))
  link.want(chunks(1))
  await stranger.give(1, bytesOf(1).slice(30_000), 30_000)
  await stranger.give(1, bytesOf(1))
  expect(offence()).toBeUndefined()
  expect(names().filter(name => name === 'arrived')).toHaveLength(2)
})

test('what comes behind a chunk is not read before that was verified, and never if it was corrupt', async () => {
  const [near, far] = connect()
  const stranger = strangerOn(far, manifest)
  const verdicts: (() => void)[] = []
  const { link, names } = linkOn(near, manifest, {
    arrived: () => new Promise(resolve => verdicts.push(resolve)),
  })
  await stranger.sayHello()
  link.want(chunks(0, 1, 2, 3))
  for (const index of [0, 1, 2, 3]) await stranger.give(index, bytesOf(index))
  expect(names()).toEqual(['ready', 'arrived'])
  verdicts[0]?.()
  await settled()
  expect(names()).toEqual(['ready', 'arrived', 'arrived'])
  // The second is false.
  link.close('protocol')
  verdicts[1]?.()
  await settled()
  expect(names()).toEqual(['ready', 'arrived', 'arrived', 'closed'])
})

test('more than was asked for, behind a chunk that is being verified, closes', async () => {
  const [near, far] = connect()
  const stranger = strangerOn(far, manifest)
  const { link, offence } = linkOn(near, manifest, { arrived: () => new Promise(() => {}) })
  await stranger.sayHello()
  link.want(chunks(0, 1))
  await stranger.give(0, bytesOf(0))
  let sent = 0
  while (sent < 200 && offence() === undefined) {
    await stranger.give(1, bytesOf(1))
    sent++
  }
  expect(offence()).toBe('peer-protocol')
  expect(sent).toBeLessThanOrEqual(65)
})

test.each([
  ['start in the middle', [[1, 30_000, 60_000]]],
  [
    'leave a hole',
    [
      [1, 0, 20_000],
      [1, 30_000, 65_536],
    ],
  ],
  [
    'come twice',
    [
      [1, 0, 20_000],
      [1, 10_000, 30_000],
    ],
  ],
  [
    'mix two chunks',
    [
      [1, 0, 20_000],
      [2, 0, 20_000],
    ],
  ],
] as const)('parts that %s close', async (_how, parts) => {
  const { link, stranger, offence } = await metStranger()
  link.want(chunks(1, 2))
  for (const [index, from, to] of parts)
    await stranger.give(index, bytesOf(index).slice(from, to), from)
  expect(offence()).toBe('peer-protocol')
})

test('a part that goes past the end of its chunk closes', async () => {
  const { link, stranger, offence } = await metStranger()
  link.want(chunks(0))
  await stranger.give(0, bytesOf(0).slice(0, 60_000))
  await stranger.give(0, new Uint8Array(5_537), 60_000)
  expect(offence()).toBe('peer-protocol')
})

test('more bytes than the chunk has close', async () => {
  const { link, stranger, offence } = await metStranger()
  link.want(chunks(LAST))
  await stranger.give(LAST, new Uint8Array(101))
  expect(offence()).toBe('peer-protocol')
})

test.each([
  ['have', { type: 'have', runs: [run(0, 1)] }],
  ['want', { type: 'want', runs: [run(0, 1)] }],
  ['data', { type: 'data', index: chunks(0)[0], offset: 0, bytes: new Uint8Array(9) }],
] as const)('%s ahead of hello closes', async (_type, message) => {
  const [near, far] = connect()
  const stranger = strangerOn(far, manifest)
  const { names, offence } = linkOn(near, manifest)
  await stranger.say(message as Parameters<typeof stranger.say>[0])
  expect(names()).toEqual(['closed'])
  expect(offence()).toBe('peer-protocol')
})

test('text closes', async () => {
  const { stranger, offence } = await metStranger()
  await stranger.say('{"type":"have"}')
  expect(offence()).toBe('peer-protocol')
})

test('bytes that are no message close', async () => {
  const { stranger, offence } = await metStranger()
  await stranger.say(new Uint8Array([42, 0, 0, 0]))
  expect(offence()).toBe('peer-protocol')
})

test.each([
  ['of another resource', { root: other.manifest.descriptor.root }],
  ['of another version', { version: WIRE_VERSION + 1 }],
])('a hello %s closes', async (_which, hello) => {
  const [near, far] = connect()
  const stranger = strangerOn(far, manifest)
  const { names, offence } = linkOn(near, manifest)
  await stranger.sayHello(hello)
  expect(names()).toEqual(['closed'])
  expect(offence()).toBe('peer-protocol')
})

test('a peer that sends no hello in time is dropped', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const [near, far] = connect()
  strangerOn(far, manifest)
  const { isClosed, offence } = linkOn(near, manifest)
  await settled()
  vi.advanceTimersByTime(9_000)
  expect(isClosed()).toBe(false)
  vi.advanceTimersByTime(1_000)
  expect(offence()).toBe('peer-timeout')
})

test('who said hello in time may be silent', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { isClosed } = await metStranger()
  vi.advanceTimersByTime(3_600_000)
  expect(isClosed()).toBe(false)
})

test('who says bye is gone, and no offender', async () => {
  const { a, b } = await met()
  a.link.close('leaving')
  await settled()
  expect(b.names()).toEqual(['ready', 'closed'])
  expect(b.offence()).toBeUndefined()
  expect(a.names()).toEqual(['ready', 'closed'])
})

test('who says bye ahead of hello is no offender either', async () => {
  const [near, far] = connect()
  const stranger = strangerOn(far, manifest)
  const { isClosed, offence } = linkOn(near, manifest)
  await stranger.say({ type: 'bye', reason: 'crowded' })
  expect(isClosed()).toBe(true)
  expect(offence()).toBeUndefined()
})

test('a connection that ends closes once', async () => {
  const { a, near } = await met()
  near.close()
  a.link.close('leaving')
  await settled()
  expect(a.names()).toEqual(['ready', 'closed'])
})

test('after the end nothing is handled and nothing is sent', async () => {
  const { link, stranger, names } = await metStranger()
  link.want(chunks(1))
  link.close('leaving')
  stranger.channel.far?.onmessage?.({ data: encode({ type: 'have', runs: [run(0, 1)] }).buffer })
  link.want(chunks(2))
  link.have([run(0, 1)])
  await settled()
  expect(names()).toEqual(['ready', 'closed'])
  expect(stranger.receivedTypes()).toEqual(['hello', 'hello', 'want', 'bye'])
})

test('a position is received and changes nothing', async () => {
  const { stranger, names } = await metStranger()
  await stranger.say({ type: 'position', index: run(3, 4).from })
  expect(names()).toEqual(['ready'])
})

test('a link is not writable while much waits in its channel', async () => {
  const { a, near } = await met()
  near.isStalled = true
  let sentChunks = 0
  while (a.link.isWritable && sentChunks < 100) {
    a.link.chunk(run(0, 1).from, bytesOf(0))
    sentChunks++
  }
  expect(sentChunks).toBeGreaterThan(1)
  expect(sentChunks).toBeLessThan(17)
})
