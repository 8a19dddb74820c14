/** Promise P1 below the browser: the engine's real chain from a neighbour's bytes to video, store and other viewers, under attack. */

import 'fake-indexeddb/auto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { VirtualClock } from '../../../sim/clock.js'
import { CHUNK_BYTES, type ChunkIndex, chunk, chunksIn, run } from '../../../src/core/units.js'
import { Engine } from '../../../src/engine/engine.js'
import { ChunkStore } from '../../../src/store/chunk-store.js'
import { Bans } from '../../../src/swarm/bans.js'
import { decode, encode } from '../../../src/swarm/codec.js'
import { WIRE_VERSION } from '../../../src/swarm/messages.js'
import type { RoomOptions } from '../../../src/swarm/room.js'
import { SharedConnections } from '../../../src/swarm/shared-connections.js'
import { Swarm } from '../../../src/swarm/swarm.js'
import { publish } from '../store/resources.js'
import { connect, laneOn, settled } from '../swarm/in-memory-channel.js'
import { type Stranger, strangerOn } from '../swarm/neighbours.js'

const room = vi.hoisted(() => ({ options: undefined as unknown }))

/* Stands in for trystero and its trackers: the test says who comes. */
vi.mock('../../../src/swarm/room.js', () => ({
  joinRoom: (options: unknown) => {
    room.options = options
    return { leave: async () => {}, lookForMore: () => {} }
  },
}))

const CHUNKS = 32
const URL = 'https://site.example/film.mp4'
const film = await publish(CHUNKS * CHUNK_BYTES)
const olderFilm = await publish(CHUNKS * CHUNK_BYTES, 4)
const chunks = Array.from({ length: CHUNKS }, (_, index) => film.bytesOf(index))
/** A chunk as the publisher made it. */
const trueBytes = (index: number) => chunks[index % CHUNKS]?.slice() ?? new Uint8Array()

const HELLO = encode({
  type: 'hello',
  version: WIRE_VERSION,
  role: 'provider',
  maxWants: 64,
  maxMessageBytes: 65_548,
  root: film.manifest.descriptor.root,
})

type Corrupt = (index: ChunkIndex, attack: number) => Uint8Array<ArrayBuffer>

const corruptions: Record<string, Corrupt> = {
  'flips a bit': (index, attack) => {
    const bytes = trueBytes(index)
    const at = (attack * 4_099) % bytes.length
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (attack % 8))
    return bytes
  },
  'sends another chunk': index => trueBytes(index + 1),
  'sends the chunk of an older version': index => olderFilm.bytesOf(index),
  'cuts the end off': index => trueBytes(index).slice(0, -1),
  'sends zeros': () => new Uint8Array(CHUNK_BYTES),
}

/** A viewer with a video that waits for the whole film, whose origin gives nothing. */
async function viewer() {
  const clock = new VirtualClock()
  const notices: string[] = []
  const store = new ChunkStore({ name: `pollution ${crypto.randomUUID()}` })
  const engine = new Engine({
    ...{ storage: store, clock, hasOrigin: false, maySearch: () => true },
    emit: (type, detail) => {
      if (type === 'notice' && 'code' in detail) notices.push(detail.code)
    },
    joinSwarm: (shared, listener) => {
      const swarm = new Swarm({
        ...{ ...shared, trackers: ['/tracker'], iceServers: [], isRelayed: false },
        ...{ role: 'provider', bans: new Bans(), connections: new SharedConnections(), listener },
        budget: { isOpen: true, take: () => 0, refund: () => {} },
      })
      swarm.join()
      return swarm
    },
  })
  onTestFinished(() => engine.stop())
  const session = await engine.open(URL, film.manifest)
  const handed = new Map<number, Uint8Array>()
  const silent = { grant() {}, readOn() {}, hold() {}, exhausted() {}, decline() {}, close() {} }
  const opened = { id: 0, run: run(0, CHUNKS), isPlayed: true, origin: undefined }
  session.open(opened, { ...silent, chunk: (index, bytes) => void handed.set(index, bytes) })
  session.need(0, chunk(0), [run(0, CHUNKS)])
  await settled()
  const { options: roomOptions } = room as { options: RoomOptions }
  const arrive = async (name: string, address = name) => {
    const [near, far] = connect()
    near.address = address
    near.certify(name)
    const stranger = strangerOn(far, film.manifest)
    roomOptions.onPeer(name, laneOn(near, name))
    await settled()
    await reached(() => near.isClosed || stranger.channel.readyState === 'open', 'it is there')
    if (!near.isClosed) stranger.channel.send(HELLO)
    return { near, stranger }
  }
  const until = untilAt(clock)
  return { clock, session, store, handed, notices, options: roomOptions, arrive, until }
}

/** What a peer gives when it is asked for a chunk. */
type Answer = (index: ChunkIndex) => Uint8Array<ArrayBuffer>

/** Lets a stranger claim to have some chunks and answer what it is asked for; returns what it was asked for and sent. */
function play({ channel }: Stranger, answer: Answer, has = run(0, CHUNKS)) {
  const asked: ChunkIndex[] = []
  let sentBytes = 0
  const receive = channel.onmessage
  channel.onmessage = message => {
    receive?.(message)
    const received = decode(message.data as ArrayBuffer, CHUNKS)
    if (received.type !== 'want') return
    for (const index of chunksIn(received.runs)) {
      asked.push(index)
      const bytes = answer(index)
      sentBytes += bytes.length
      channel.send(encode({ type: 'data', index, offset: 0, bytes }))
    }
  }
  channel.send(encode({ type: 'have', runs: [has] }))
  return { asked, sentBytes: () => sentBytes }
}

/** Waits for a condition as briefly as can be: thousands of attacks do. No time passes but what `pass` lets pass. */
async function reached(isSo: () => boolean, what: string, pass = () => {}): Promise<void> {
  for (const endMs = Date.now() + 50_000; !isSo(); ) {
    if (Date.now() > endMs) throw new Error(`not so: ${what}`)
    pass()
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** Waits for a condition while each turn of the event loop takes a millisecond. */
const untilAt = (clock: VirtualClock) => (isSo: () => boolean, what: string) =>
  reached(isSo, what, () => clock.run(clock.nowMs() + 1))

/** What a stranger was given. */
const givenTo = (stranger: Stranger) =>
  stranger
    .received()
    .flatMap(each => (each.type === 'data' ? [[each.index, each.bytes] as const] : []))

const ATTACKS = 10_000
const PEERS = 20
const HALF = run(0, CHUNKS / 2)

test(`P1 ${ATTACKS} attack chunks while half of all peers send corrupt data: none reaches the video, the store or another viewer`, async () => {
  const { session, store, handed, notices, options, arrive, until } = await viewer()
  // Honest neighbours that have a half of the film.
  for (let count = 0; count < PEERS / 2; count++)
    play((await arrive(`honest ${count}`)).stranger, trueBytes, HALF)
  const kinds = Object.entries(corruptions)
  let attacks = 0
  let round = 0
  let worstBytes = 0
  while (attacks < ATTACKS) {
    const [kind = '', corrupt] = kinds[round++ % kinds.length] ?? []
    const attackers = await Promise.all(
      Array.from({ length: PEERS / 2 }, async (_, each) => {
        const name = `attacker ${attacks + each}`
        const { near, stranger } = await arrive(name)
        const { asked, sentBytes } = play(
          stranger,
          index => corrupt?.(index, attacks) ?? trueBytes(0),
        )
        return { name, near, asked, sentBytes }
      }),
    )
    await until(() => attackers.every(each => each.asked.length > 0), `all are asked who: ${kind}`)
    const isGuilty = kind !== 'cuts the end off'
    // No time passes: on a machine that is busy an attacker would be late first, and then be asked once more.
    if (isGuilty)
      await reached(() => attackers.every(each => each.near.isClosed), `dropped who: ${kind}`)
    for (const { name, near, asked, sentBytes } of attackers) {
      attacks += asked.length
      worstBytes = Math.max(worstBytes, sentBytes())
      expect(asked, kind).toHaveLength(1)
      if (isGuilty) expect(options.admits(name)).toBe(false)
      near.close()
    }
  }
  expect(worstBytes).toBe(CHUNK_BYTES)
  expect(notices.length).toBeLessThanOrEqual(attacks)
  await settled()
  const taker = await arrive('dora')
  await taker.stranger.say({ type: 'want', runs: [HALF] })
  await vi.waitFor(() => expect(givenTo(taker.stranger)).toHaveLength(CHUNKS / 2))
  await store.flush()
  const stored = await store.read(film.manifest.id, run(0, CHUNKS))
  // The half that only attackers claimed to have is still missing; the other is true wherever it went.
  for (const [where, chunks] of [
    ['the video', [...handed]],
    ['the store', stored.map(({ index, bytes }) => [index, bytes] as const)],
    ['another viewer', givenTo(taker.stranger)],
  ] as const) {
    expect(chunks.length, where).toBe(CHUNKS / 2)
    const polluted = chunks.filter(([index, bytes]) => Buffer.compare(bytes, trueBytes(index)))
    expect(polluted, where).toEqual([])
  }
  expect(session.options.store.held.size).toBe(CHUNKS / 2)
}, 60_000)

test('P1 who gave true chunks and then only corrupt ones is dropped at its first corrupt one, and wastes that one chunk', async () => {
  const { session, arrive, handed, until } = await viewer()
  const { near, stranger } = await arrive('judas')
  const { tally } = session.options.store
  const verified = vi.spyOn(session.options.store, 'verify')
  let given = 0
  const { asked, sentBytes } = play(stranger, index => {
    given++
    return given <= 6
      ? trueBytes(index)
      : (corruptions['flips a bit']?.(index, given) ?? trueBytes(0))
  })
  await until(() => near.isClosed, 'it is dropped')
  await until(() => handed.size === 6, 'what was true is handed over')
  expect(tally.bytes.peers).toBe(6 * CHUNK_BYTES)
  // It had been asked for more, and sent false chunks for all of it.
  expect(asked.length).toBeGreaterThan(8)
  expect(sentBytes()).toBe(asked.length * CHUNK_BYTES)
  expect(verified).toHaveBeenCalledTimes(7)
  expect(tally.bytes.wasted).toBe(CHUNK_BYTES)
})

test('P1 who never ends a chunk is asked for one only, and the others give the film', async () => {
  const { clock, session, arrive, until } = await viewer()
  const { stranger } = await arrive('miser')
  const { asked } = play(stranger, index => trueBytes(index).slice(0, -1))
  await until(() => asked.length === 1, 'it is asked')
  for (const endMs = clock.nowMs() + 1_500; clock.nowMs() < endMs; await settled())
    clock.run(clock.nowMs() + 50)
  play((await arrive('ann')).stranger, trueBytes)
  await until(() => session.options.store.held.isComplete, 'the film is there')
  expect(asked).toHaveLength(1)
})

test('P1 an attacker that comes back is not asked again: not under its name, nor under another from where it was', async () => {
  const { arrive, options, until } = await viewer()
  const first = await arrive('mallory', '192.0.2.7')
  play(first.stranger, () => new Uint8Array(CHUNK_BYTES))
  await until(() => first.near.isClosed, 'it is dropped')
  expect(options.admits('mallory')).toBe(false)
  expect((await arrive('not mallory', '192.0.2.7')).near.isClosed).toBe(true)
  expect((await arrive('ann', '192.0.2.8')).near.isClosed).toBe(false)
})

test('P1 who claims chunks and gives none is asked and left, and the others give the film', async () => {
  const { session, arrive, until } = await viewer()
  const { stranger } = await arrive('boaster')
  await stranger.say({ type: 'have', runs: [run(0, CHUNKS)] })
  play((await arrive('ann')).stranger, trueBytes)
  await until(() => session.options.store.held.isComplete, 'the film is there')
})
