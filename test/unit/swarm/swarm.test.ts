import { beforeEach, expect, test, vi } from 'vitest'
import { ChunkSet } from '../../../src/core/chunk-set.js'
import { SwarmtagError } from '../../../src/core/errors.js'
import { type ChunkIndex, chunk, run } from '../../../src/core/units.js'
import type { PeerEvent, SwarmListener } from '../../../src/engine/swarm-port.js'
import { Bans } from '../../../src/swarm/bans.js'
import type { Role } from '../../../src/swarm/messages.js'
import type { RoomOptions } from '../../../src/swarm/room.js'
import { SharedConnections } from '../../../src/swarm/shared-connections.js'
import { Swarm } from '../../../src/swarm/swarm.js'
import type { UploadBudget } from '../../../src/swarm/uploader.js'
import { publish } from '../store/resources.js'
import { connect, type InMemoryConnection, laneOn, settled } from './in-memory-channel.js'
import { strangerOn } from './neighbours.js'

const room = vi.hoisted(() => ({
  options: undefined as unknown,
  leave: vi.fn(async () => {}),
  lookForMore: vi.fn(),
}))

/* Stands in for trystero and its trackers: the tests say who comes and goes. */
vi.mock('../../../src/swarm/room.js', () => ({
  joinRoom: (options: unknown) => {
    room.options = options
    return { leave: room.leave, lookForMore: room.lookForMore }
  },
}))

beforeEach(() => room.leave.mockClear())

const CHUNKS = 6
const { manifest, bytesOf } = await publish(CHUNKS * 65_536)

const FALSE = new SwarmtagError('chunk-corrupt', 'chunk 1 is not what its digest names')

/** What the swarm called its listener with. */
type SwarmEvent =
  | PeerEvent
  | { type: 'arrived'; peer: string; index: ChunkIndex; bytes: Uint8Array }
  | { type: 'uploaded'; peer: string; index: ChunkIndex; bytes: number }
  | { type: 'failed'; error: SwarmtagError }

interface SwarmOf {
  role?: Role
  held?: object[]
  budget?: UploadBudget
  bans?: Bans
}

const UNLIMITED: UploadBudget = { isOpen: true, take: () => 0, refund: () => {} }

function swarmOf({
  role = 'provider',
  held = [run(0, 2)],
  budget = UNLIMITED,
  bans = new Bans(),
}: SwarmOf = {}) {
  const events: SwarmEvent[] = []
  const listener: SwarmListener = {
    handle: event => events.push(event),
    arrived: async (peer, index, bytes) =>
      void events.push({ type: 'arrived', peer, index, bytes }),
    uploaded: (peer, index, bytes) => events.push({ type: 'uploaded', peer, index, bytes }),
    failed: error => events.push({ type: 'failed', error }),
  }
  const chunkSet = new ChunkSet(CHUNKS, held as ReturnType<typeof run>[])
  const swarm = new Swarm({
    manifest,
    trackers: ['wss://tracker.example'],
    iceServers: [],
    isRelayed: false,
    role,
    held: chunkSet,
    budget,
    read: async index => (chunkSet.has(index) ? bytesOf(index) : undefined),
    bans,
    connections: new SharedConnections(),
    listener,
  })
  swarm.join()
  const options = room.options as RoomOptions
  /** Lets somebody into the room. */
  const meet = async (peerId: string, isOwn = false, certificate = peerId) => {
    const [near, far] = connect()
    near.certify(certificate)
    const stranger = strangerOn(far, manifest)
    options.onPeer(peerId, laneOn(near, peerId, { isOwn }))
    return { near, far: far as InMemoryConnection, stranger }
  }
  const names = () => events.map(({ type }) => type)
  return { swarm, events, names, options, meet, held: chunkSet }
}

test('a neighbour joins with its hello, and is sent what is held', async () => {
  const { events, meet } = swarmOf()
  const { stranger } = await meet('ann')
  await settled()
  expect(events).toEqual([])
  await stranger.sayHello({ maxWants: 7 })
  expect(events).toEqual([{ type: 'joined', peer: 'ann', maxWants: 7 }])
  expect(stranger.received().at(-1)).toEqual({ type: 'have', runs: [run(0, 2)] })
})

test('who holds nothing says nothing of it', async () => {
  const { meet } = swarmOf({ held: [] })
  const { stranger } = await meet('ann')
  await stranger.sayHello()
  expect(stranger.receivedTypes()).toEqual(['hello', 'hello'])
})

test('chunks gained are sent to all neighbours, several at once', async () => {
  const { swarm, meet } = swarmOf({ held: [] })
  const guests = [await meet('ann'), await meet('bob')]
  for (const { stranger } of guests) await stranger.sayHello()
  for (const index of [4, 2, 3]) swarm.sendHave(chunk(index))
  await vi.waitFor(() => {
    for (const { stranger } of guests)
      expect(stranger.received().slice(2)).toEqual([{ type: 'have', runs: [run(2, 5)] }])
  })
})

test('what is wanted of a neighbour is asked and what comes is handed on', async () => {
  const { swarm, events, meet } = swarmOf()
  const { stranger } = await meet('ann')
  await stranger.sayHello()
  await stranger.say({ type: 'have', runs: [run(3, 5)] })
  swarm.want('ann', [chunk(3), chunk(4)])
  swarm.want('nobody', [chunk(3)])
  await stranger.give(3, bytesOf(3))
  swarm.cancel('ann', [chunk(4)])
  await stranger.give(4, bytesOf(4))
  expect(events.slice(1)).toEqual([
    { type: 'have', peer: 'ann', runs: [run(3, 5)] },
    { type: 'arrived', peer: 'ann', index: 3, bytes: bytesOf(3) },
    { type: 'arrived', peer: 'ann', index: 4, bytes: bytesOf(4) },
  ])
})

test('a neighbour is given what it wants', async () => {
  const { events, meet } = swarmOf()
  const { stranger } = await meet('ann')
  await stranger.sayHello()
  await stranger.say({ type: 'want', runs: [run(1, 2)] })
  await settled()
  expect(stranger.received().at(-1)).toEqual({
    type: 'data',
    index: 1,
    offset: 0,
    bytes: bytesOf(1),
  })
  expect(events.at(-1)).toEqual({ type: 'uploaded', peer: 'ann', index: 1, bytes: 65_536 })
})

test('a receiver announces nothing and gives nothing, asked or not', async () => {
  const { swarm, names, meet } = swarmOf({ role: 'receiver' })
  const { stranger } = await meet('ann')
  await stranger.sayHello()
  swarm.sendHave(chunk(1))
  await new Promise(resolve => setTimeout(resolve, 100))
  await stranger.say({ type: 'want', runs: [run(0, 2)] })
  await settled()
  expect(names()).not.toContain('uploaded')
  expect(stranger.receivedTypes()).not.toContain('have')
  expect(stranger.receivedTypes()).not.toContain('data')
})

test('who breaks the protocol is dropped, reported and not let in again', async () => {
  const { events, options, meet } = swarmOf()
  const { near, stranger } = await meet('mallory')
  await stranger.sayHello()
  await stranger.give(1, bytesOf(1))
  expect(events.slice(1)).toEqual([
    { type: 'failed', error: expect.objectContaining({ code: 'peer-protocol' }) },
    { type: 'left', peer: 'mallory' },
  ])
  expect(near.isClosed).toBe(true)
  expect(options.admits('mallory')).toBe(false)
  expect(options.admits('ann')).toBe(true)
})

test('a banned peer is sent bye, dropped and not admitted again', async () => {
  const { swarm, names, options, meet } = swarmOf()
  const { near, stranger } = await meet('mallory')
  await stranger.sayHello()
  swarm.ban('mallory', FALSE)
  await settled()
  expect(near.isClosed).toBe(true)
  expect(names()).toEqual(['joined', 'left', 'failed'])
  expect(options.admits('mallory')).toBe(false)
})

test('an impostor under the id of another has itself banned, and not the other', async () => {
  const { names, meet, options } = swarmOf()
  const impostor = await meet('ann', false, 'mallory')
  await impostor.stranger.sayHello()
  await impostor.stranger.say('nonsense')
  expect(impostor.near.isClosed).toBe(true)
  expect(options.admits('mallory')).toBe(false)
  expect(options.admits('ann')).toBe(true)
  const ann = await meet('ann')
  await ann.stranger.sayHello()
  expect(ann.near.isClosed).toBe(false)
  expect(names().at(-1)).toBe('joined')
})

test('who is banned in one swarm of a page is let into none, nor under another name from the same address', async () => {
  const bans = new Bans()
  const first = swarmOf({ bans })
  const { near, stranger } = await first.meet('mallory')
  near.address = '192.0.2.7'
  await stranger.sayHello()
  first.swarm.ban('mallory', FALSE)
  const second = swarmOf({ bans })
  expect(second.options.admits('mallory')).toBe(false)
  const comeBack = async (peerId: string, address: string, type?: string) => {
    const [near] = connect()
    Object.assign(near, { address, candidateType: type ?? 'srflx' })
    second.options.onPeer(peerId, laneOn(near, peerId, { isOwn: false }))
    await settled()
    return near.isClosed
  }
  expect(await comeBack('not mallory', '192.0.2.7')).toBe(true)
  expect(await comeBack('ann', '192.0.2.8')).toBe(false)
  // Behind a relay are others too.
  expect(await comeBack('bob', '192.0.2.7', 'relay')).toBe(false)
})

test('who leaves may come back', async () => {
  const { names, options, meet } = swarmOf()
  const { stranger } = await meet('ann')
  await stranger.sayHello()
  options.onPeerGone('ann')
  await settled()
  expect(names()).toEqual(['joined', 'left'])
  expect(options.admits('ann')).toBe(true)
})

test('where a neighbour has gone others are looked for', async () => {
  const { meet } = swarmOf()
  room.lookForMore.mockClear()
  const { stranger } = await meet('a')
  await stranger.sayHello()
  expect(room.lookForMore).not.toHaveBeenCalled()
  await stranger.say({ type: 'bye', reason: 'leaving' })
  expect(room.lookForMore).toHaveBeenCalledOnce()
})

test('who never joined does not leave', async () => {
  const { names, options, meet } = swarmOf()
  await meet('ann')
  options.onPeerGone('ann')
  await settled()
  expect(names()).toEqual([])
})

test('who comes a second time takes the place of the first', async () => {
  const { names, meet, swarm } = swarmOf()
  const first = await meet('ann')
  await first.stranger.sayHello()
  const second = await meet('ann')
  await second.stranger.sayHello()
  expect(names()).toEqual(['joined', 'left', 'joined'])
  swarm.want('ann', [chunk(3)])
  await settled()
  expect(second.stranger.receivedTypes().at(-1)).toBe('want')
})

test('neighbours are looked for until there are enough, and let in until there are too many', async () => {
  const { options, meet } = swarmOf()
  let count = 0
  while (options.wanted() > 0 && count < 100) await meet(`guest ${count++}`, true)
  const enough = count
  while (options.admits('another') && count < 100) await meet(`guest ${count++}`)
  expect(enough).toBeGreaterThanOrEqual(8)
  expect(count).toBeGreaterThan(enough)
  expect(count).toBeLessThanOrEqual(30)
})

test('however many connect at once, no more than the limit stay', async () => {
  const { names, meet } = swarmOf()
  const guests = []
  // Nobody asks whether there is room: each was let in before the others were there.
  for (let count = 0; count < 60; count++) guests.push(await meet(`guest ${count}`))
  for (const { stranger } of guests)
    await stranger.sayHello().catch(() => {
      // Turned away.
    })
  expect(names().filter(name => name === 'joined').length).toBeLessThanOrEqual(30)
})

test('who comes by himself leaves room for those that were looked for', async () => {
  const { options, meet } = swarmOf()
  const strangers = []
  for (let count = 0; count < 60; count++) strangers.push(await meet(`stranger ${count}`))
  await settled()
  const stayed = strangers.filter(({ near }) => !near.isClosed).length
  expect(options.admits('another')).toBe(true)
  expect(options.wanted()).toBeGreaterThan(0)
  for (let count = 0; count < 60; count++) await meet(`friend ${count}`, true)
  await settled()
  expect(strangers.filter(({ near }) => !near.isClosed)).toHaveLength(stayed)
  expect(options.wanted()).toBeLessThanOrEqual(0)
  expect(options.admits('another')).toBe(false)
})

test.each([
  ['one network', (count: number) => `198.51.100.${count}`, 'host', 5],
  ['many networks', (count: number) => `198.51.${count}.1`, 'host', 10],
  ['one home', (count: number) => `192.168.1.${count}`, 'host', 10],
  ['behind one relay', () => '198.51.100.1', 'relay', 10],
])('of ten neighbours in %s some stay', async (_where, addressOf, candidateType, stayed) => {
  const { meet, names } = swarmOf()
  for (let count = 0; count < 10; count++) {
    const { near, stranger } = await meet(`guest ${count}`, true)
    Object.assign(near, { address: addressOf(count), candidateType })
    await stranger.sayHello()
    await settled()
  }
  expect(names().filter(name => name === 'left')).toHaveLength(10 - stayed)
})

test('who may give no more takes back what was offered, and offers nothing new', async () => {
  let isOpen = true
  const budget: UploadBudget = {
    get isOpen() {
      return isOpen
    },
    take: () => (isOpen ? 0 : Number.POSITIVE_INFINITY),
    refund: () => {},
  }
  const { swarm, meet, names } = swarmOf({ budget })
  const { stranger } = await meet('ann')
  await stranger.sayHello()
  isOpen = false
  await stranger.say({ type: 'want', runs: [run(0, 1)] })
  await settled()
  expect(stranger.received().slice(-2)).toEqual([
    { type: 'busy', retryMs: 3_600_000, runs: [run(0, 1)] },
    { type: 'lost', runs: [run(0, 2)] },
  ])
  swarm.sendHave(chunk(4))
  const late = await meet('bob')
  await late.stranger.sayHello()
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(stranger.receivedTypes().at(-1)).toBe('lost')
  expect(late.stranger.receivedTypes()).toEqual(['hello', 'hello'])
  expect(names()).not.toContain('uploaded')
})

test('who sends what nobody asked for on the connection is dropped', async () => {
  const { events, options, meet } = swarmOf()
  const { near, stranger } = await meet('mallory')
  await stranger.sayHello()
  const offence = new SwarmtagError('peer-protocol', 'a frame')
  options.onOffence(near.asReal, offence)
  expect(events.slice(1)).toEqual([
    { type: 'failed', error: offence },
    { type: 'left', peer: 'mallory' },
  ])
  expect(options.admits('mallory')).toBe(false)
})

test('who leaves the swarm says so to all and leaves the room', async () => {
  const { swarm, meet } = swarmOf()
  const { stranger } = await meet('ann')
  await stranger.sayHello()
  swarm.leave()
  await settled()
  expect(stranger.received().at(-1)).toEqual({ type: 'bye', reason: 'leaving' })
  expect(room.leave).toHaveBeenCalledTimes(1)
})
