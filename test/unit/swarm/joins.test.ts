import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Glare } from '../../../src/swarm/glare.js'
import { Joins } from '../../../src/swarm/joins.js'
import type { Join, Lane } from '../../../src/swarm/lane.js'
import type { SharedConnection } from '../../../src/swarm/shared-connection.js'
import { SharedConnections } from '../../../src/swarm/shared-connections.js'
import { connect, settled as delivered, type InMemoryConnection } from './in-memory-channel.js'

const OFFER = 'offer000000000000001'

/** Until nothing is on its way any more; digests are made by another thread, which may be busy. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    await crypto.subtle.digest('SHA-256', new Uint8Array(1))
    await delivered()
  }
}

/** One of two viewers, who have a connection for a film already. */
class Side {
  readonly shared = new SharedConnections()
  readonly connection: SharedConnection
  /** What it said on the first film's lane. */
  readonly said: Join[] = []

  /** @param other - the name of the other viewer */
  constructor(
    readonly other: string,
    readonly end: InMemoryConnection,
    isOwn: boolean,
  ) {
    this.connection = this.shared.add(other, end.asReal, isOwn)
  }

  /** From now on what it says reaches the other side. */
  talksTo(far: Side): void {
    this.connection.first.met(join => {
      this.said.push(join)
      far.connection.handleJoin(join)
    })
  }

  /** A room of it, with one offer that waits for an answer. */
  enters(secret: string, { hasRoom = true } = {}) {
    const met: Lane[] = []
    const offers = new Set([OFFER])
    const joins = new Joins(this.shared, {
      secret,
      glare: new Glare(this.other === 'bob' ? 'alice' : 'bob'),
      hasRoom: () => hasRoom,
      isNeighbour: () => met.length > 0,
      isOffered: id => offers.has(id),
      withdraw: id => offers.delete(id),
      onPeer: (peer, lane) => {
        expect(peer).toBe(this.other)
        met.push(lane)
      },
    })
    return { joins, met, offers }
  }
}

function pair(): [Side, Side] {
  const [near, far] = connect()
  const alice = new Side('bob', near, true)
  const bob = new Side('alice', far, false)
  alice.talksTo(bob)
  bob.talksTo(alice)
  return [alice, bob]
}

test('an offer of who is connected is answered with a lane on that connection, which both have', async () => {
  const [alice, bob] = pair()
  const [hers, his] = [alice.enters('film'), bob.enters('film')]
  expect(await his.joins.answer('alice', OFFER)).toBe(true)
  await vi.waitFor(() => expect(hers.met).toHaveLength(1), { interval: 1 })
  expect(his.met.map(({ id }) => id)).toEqual(hers.met.map(({ id }) => id))
  expect(hers.offers.size).toBe(0)

  // Who asked listens first: what it says before the other side has the lane is lost.
  expect([hers.met[0]?.maySpeak, his.met[0]?.maySpeak]).toEqual([true, false])
  await settled()
  hers.met[0]?.film.send(new Uint8Array(1))
  await settled()
  expect(his.met[0]?.maySpeak).toBe(true)
})

test('who knows another film opens no lane, and uses up no offer', async () => {
  const [alice, bob] = pair()
  const [hers, his] = [alice.enters('film'), bob.enters('another film')]
  await his.joins.answer('alice', OFFER)
  await settled()
  expect(bob.said).toHaveLength(1)
  expect(hers.met).toEqual([])
  expect(hers.offers.size).toBe(1)
})

test('an offer that no longer waits opens no lane', async () => {
  const [alice, bob] = pair()
  const [hers, his] = [alice.enters('film'), bob.enters('film')]
  hers.offers.clear()
  await his.joins.answer('alice', OFFER)
  await settled()
  expect(bob.said).toHaveLength(1)
  expect(hers.met).toEqual([])
})

test('of two offers that cross, that of the lesser name opens a lane', async () => {
  const [alice, bob] = pair()
  const [hers, his] = [alice.enters('film'), bob.enters('film')]
  await Promise.all([hers.joins.answer('bob', OFFER), his.joins.answer('alice', OFFER)])
  await settled()
  expect(hers.met.at(-1)?.id).toBe(his.met[0]?.id)
  expect(his.met).toHaveLength(1)
})

test('an offer is not answered by who has no room, or the peer already', async () => {
  const [alice, bob] = pair()
  const full = bob.enters('film', { hasRoom: false })
  const his = bob.enters('film')
  alice.enters('film')
  expect(await full.joins.answer('alice', OFFER)).toBe(true)
  expect(bob.said).toEqual([])
  await his.joins.answer('alice', OFFER)
  expect(await his.joins.answer('alice', OFFER)).toBe(true)
  expect(bob.said).toHaveLength(1)
})

test('an offer of a peer without a connection, or with one on which no film was greeted, is answered through the tracker', async () => {
  const [alice, bob] = pair()
  const his = bob.enters('film')
  expect(await his.joins.answer('carol', OFFER)).toBe(false)
  expect(await his.joins.answer('alice', 'no id')).toBe(false)
  const silent = new Side('bob', alice.end, true)
  expect(await silent.enters('film').joins.answer('bob', OFFER)).toBe(false)
})

test.each([
  ['of its own side', 104],
  ['the first', 100],
  ['that there are not so many of', 258],
  ['between two', 107],
])('a peer that opens a lane %s breaks the protocol', (_what, lane) => {
  const [alice] = pair()
  const join = { offerId: OFFER, lane, proof: new Uint8Array(32) }
  expect(() => alice.connection.handleJoin(join)).toThrow(
    expect.objectContaining({ code: 'peer-protocol' }),
  )
})

test('a peer that opens a lane twice breaks the protocol', () => {
  const [alice] = pair()
  const join = { offerId: OFFER, lane: 106, proof: new Uint8Array(32) }
  alice.connection.handleJoin(join)
  expect(() => alice.connection.handleJoin(join)).toThrow(
    expect.objectContaining({ code: 'peer-protocol' }),
  )
})

test('lanes are opened as long as there are ids, and then there are connections again', async () => {
  const [alice, bob] = pair()
  for (let film = 1; film <= 38; film++) {
    const [hers, his] = [alice.enters(`film ${film}`), bob.enters(`film ${film}`)]
    expect(await his.joins.answer('alice', OFFER)).toBe(true)
    await vi.waitFor(() => expect(hers.met).toHaveLength(1), { interval: 1 })
    hers.joins.leave()
    his.met[0]?.close()
  }
  expect(await bob.enters('film').joins.answer('alice', OFFER)).toBe(false)
})

test('a connection ends with the last of its lanes, whichever that is', async () => {
  const [alice, bob] = pair()
  const [hers, his] = [alice.enters('film'), bob.enters('film')]
  await his.joins.answer('alice', OFFER)
  await vi.waitFor(() => expect(hers.met).toHaveLength(1), { interval: 1 })
  // The room of the first film leaves.
  expect(alice.shared.letGo(alice.end.asReal)).toBe(false)
  expect(alice.end.isClosed).toBe(false)
  hers.met[0]?.close()
  expect(alice.end.isClosed).toBe(true)
})

test('a lane that one side leaves the other leaves too', async () => {
  const [alice, bob] = pair()
  const [hers, his] = [alice.enters('film'), bob.enters('film')]
  await his.joins.answer('alice', OFFER)
  await vi.waitFor(() => expect(hers.met).toHaveLength(1), { interval: 1 })
  await settled()
  hers.met[0]?.close()
  await settled()
  expect(his.met[0]?.film.readyState).toBe('closed')
  expect(alice.end.isClosed).toBe(false)
  // The first film's was the last one.
  expect(bob.shared.letGo(bob.end.asReal)).toBe(true)
})

test('a connection that fails is over for all films', async () => {
  const [alice, bob] = pair()
  const [hers, his] = [alice.enters('film'), bob.enters('film')]
  await his.joins.answer('alice', OFFER)
  await vi.waitFor(() => expect(hers.met).toHaveLength(1), { interval: 1 })
  alice.connection.cut()
  expect(hers.met[0]?.film.readyState).toBe('closed')
  expect(await hers.joins.answer('bob', OFFER)).toBe(false)
})

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

test('a peer to whom another film is connecting is answered once that is done, on its connection', async () => {
  const [near, far] = connect()
  const [alice, bob] = [new Side('bob', near, true), new Side('alice', far, false)]
  bob.enters('first film').joins.begin('alice')
  const [hers, his] = [alice.enters('film'), bob.enters('film')]
  const answered = his.joins.answer('alice', OFFER)
  await settled()
  expect(bob.said).toEqual([])
  alice.talksTo(bob)
  bob.talksTo(alice)
  expect(await answered).toBe(true)
  await vi.waitFor(() => expect(hers.met).toHaveLength(1), { interval: 1 })
})

test.each([
  ['gives up', (joins: Joins) => joins.giveUp('alice')],
  ['takes too long', () => void vi.advanceTimersByTime(3_000)],
])(
  'a peer to whom another film is connecting is connected to again when that %s',
  async (_how, end) => {
    const [, far] = connect()
    const bob = new Side('nobody', far, false)
    const first = bob.enters('first film').joins
    first.begin('alice')
    let answered: boolean | undefined
    void bob
      .enters('film')
      .joins.answer('alice', OFFER)
      .then(value => {
        answered = value
      })
    await settled()
    expect(answered).toBeUndefined()
    end(first)
    await settled()
    expect(answered).toBe(false)
  },
)
