import { expect, test, vi } from 'vitest'
import { ChunkSet } from '../../../src/core/chunk-set.js'
import { chunk, run } from '../../../src/core/units.js'
import type { PeerEvent, SwarmListener } from '../../../src/engine/swarm-port.js'
import { Bans } from '../../../src/swarm/bans.js'
import { ManifestExchange } from '../../../src/swarm/manifest-exchange.js'
import type { RoomOptions } from '../../../src/swarm/room.js'
import { SharedConnections } from '../../../src/swarm/shared-connections.js'
import { Swarm } from '../../../src/swarm/swarm.js'
import type { NeighbourOptions } from '../../../src/swarm/swarm-options.js'
import { publish } from '../store/resources.js'
import { connect, laneOn, settled } from './in-memory-channel.js'
import { strangerOn } from './neighbours.js'

const room = vi.hoisted(() => ({ options: undefined as unknown }))

/* Stands in for trystero and its trackers: the tests say who comes. */
vi.mock('../../../src/swarm/room.js', () => ({
  joinRoom: (options: unknown) => {
    room.options = options
    return { leave: () => {}, lookForMore: () => {} }
  },
}))

const CHUNKS = 6
const film = await publish(CHUNKS * 65_536)
const { manifest, bytesOf } = film

function listening() {
  const events: PeerEvent[] = []
  const failures: string[] = []
  const listener: SwarmListener = {
    handle: event => void events.push(event),
    arrived: async () => {},
    uploaded: () => {},
    failed: ({ code }) => void failures.push(code),
  }
  return { events, failures, listener }
}

const common = (): Omit<NeighbourOptions, 'listener'> => ({
  ...{ trackers: [], iceServers: [], isRelayed: false, role: 'provider' },
  ...{ bans: new Bans(), connections: new SharedConnections() },
  budget: { isOpen: true, take: () => 0, refund: () => {} },
})

/** Lets a stranger into the room that was joined last. */
async function meet(peerId: string) {
  const [near, far] = connect()
  near.certify(peerId)
  const stranger = strangerOn(far, manifest)
  ;(room.options as RoomOptions).onPeer(peerId, laneOn(near, peerId))
  await stranger.sayHello()
  return { near, stranger }
}

function searching() {
  const exchange = new ManifestExchange()
  const before = listening()
  const swarm = new Swarm({
    ...{ ...common(), root: manifest.id, listener: before.listener },
    exchange,
  })
  swarm.join()
  return { exchange, swarm, before }
}

const shared = (held = new ChunkSet(CHUNKS)) => ({
  ...{ manifest, held },
  read: async (index: number) => (held.has(chunk(index)) ? bytesOf(index) : undefined),
})

test('the room of a root is that of its film, and neighbours who were met before count once the film is known', async () => {
  const { swarm, before } = searching()
  expect((room.options as RoomOptions).root).toBe(manifest.id)
  const { stranger } = await meet('ann')
  await stranger.say({ type: 'have', runs: [run(0, 6)] })
  expect(swarm.neighbourCount).toBe(1)
  expect(before.events).toEqual([])
  const after = listening()
  swarm.begin(shared(new ChunkSet(CHUNKS, [run(3, 4)])), after.listener)
  expect(after.events).toEqual([
    { type: 'joined', peer: 'ann', maxWants: 64 },
    { type: 'have', peer: 'ann', runs: [run(0, 6)] },
  ])
  swarm.want('ann', [chunk(2)])
  await settled()
  expect(stranger.received().slice(-2)).toEqual([
    { type: 'have', runs: [run(3, 4)] },
    { type: 'want', runs: [run(2, 3)] },
  ])
})

test('the manifest is asked of a neighbour; who gives a false one is banned', async () => {
  const { exchange, before } = searching()
  const asked = exchange.ask({ from: 0, to: 100 })
  const first = asked.next()
  const { near, stranger } = await meet('mallory')
  await settled()
  expect(stranger.received().at(-1)).toEqual({ type: 'ask-manifest', offset: 0, length: 100 })
  await stranger.say({ type: 'manifest', offset: 0, bytes: new Uint8Array(100) })
  expect((await first).value).toEqual(new Uint8Array(100))
  void asked.next()
  await settled()
  expect(before.failures).toEqual(['manifest-mismatch'])
  expect(near.isClosed).toBe(true)
  expect((room.options as RoomOptions).admits('mallory')).toBe(false)
})

test('who knows the root alone has nothing to give', async () => {
  searching()
  const { stranger } = await meet('ann')
  await stranger.say({ type: 'ask-manifest', offset: 0, length: 100 })
  await settled()
  expect(stranger.received().at(-1)).toMatchObject({ type: 'manifest', bytes: new Uint8Array(0) })
})

test('a viewer gives the manifest as far as it has verified it, and no neighbour much more than twice', async () => {
  const swarm = new Swarm({ ...common(), ...shared(), listener: listening().listener })
  swarm.join()
  const { stranger } = await meet('ann')
  const ask = async () => {
    await stranger.say({ type: 'ask-manifest', offset: 0, length: 16_376 })
    await settled()
    const last = stranger.received().at(-1)
    return last?.type === 'manifest' ? last.bytes : undefined
  }
  expect(await ask()).toEqual(manifest.descriptorBytes)
  await manifest.digestPage(0)
  expect(await ask()).toEqual(film.bytes)
  let givenBytes = 0
  for (let count = 0; count < 200; count++) givenBytes += (await ask())?.length ?? 0
  expect(givenBytes).toBeGreaterThan(16_376)
  expect(givenBytes).toBeLessThan(2 * film.bytes.length + 2 * 16_376)
})

test('a viewer who gives nothing gives no manifest', async () => {
  const receiver = { ...common(), role: 'receiver' as const }
  new Swarm({ ...receiver, ...shared(), listener: listening().listener }).join()
  const { stranger } = await meet('ann')
  await stranger.say({ type: 'ask-manifest', offset: 0, length: 100 })
  await settled()
  expect(stranger.received().at(-1)).toMatchObject({ type: 'manifest', bytes: new Uint8Array(0) })
})
