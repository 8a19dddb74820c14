import { expect, test, vi } from 'vitest'
import type { Playback } from '../../../src/core/policy/playback.js'
import { CHUNK_BYTES, chunk, run } from '../../../src/core/units.js'
import type { EngineOptions } from '../../../src/engine/engine.js'
import { publish } from '../store/resources.js'
import { type Calls, engineOf, respond } from './fakes.js'

const CHUNKS = 8
const URL = 'https://site.example/film.mp4'
const film = await publish(CHUNKS * CHUNK_BYTES)
const { id } = film.manifest
const ZEROS = new Uint8Array(CHUNK_BYTES)

const PLAYING: Playback = {
  isPlaying: true,
  isStarved: false,
  isSeeking: false,
  currentMs: 0,
  durationMs: 80_000,
  reachedMs: 0,
  rate: 1,
}

async function sessionOf({
  held = [],
  ...options
}: Partial<EngineOptions> & { held?: readonly number[] } = {}) {
  const around = engineOf(options)
  for (const index of held) around.storage.keep(id, CHUNKS, await film.verified(index))
  const session = await around.engine.open(URL, film.manifest)
  return { ...around, session }
}

/** One in the swarm of a film without an origin, with a neighbour that has it. */
async function sharing() {
  const around = await sessionOf({ hasOrigin: false })
  const calls = respond(around.session)
  around.session.need(0, chunk(0), [run(0, CHUNKS)])
  const [swarm] = around.swarms
  if (!swarm) throw new Error('it has not joined')
  swarm.listener.handle({ type: 'joined', peer: 'ann', maxWants: 64 })
  swarm.listener.handle({ type: 'have', peer: 'ann', runs: [run(0, CHUNKS)] })
  await around.pass(100)
  return { ...around, calls, swarm, listener: swarm.listener }
}

const named = (calls: Calls, name: string) => calls.filter(([each]) => each === name)

test('the origin is granted what to give, and the bytes that it gives are verified, kept, counted and reported', async () => {
  const { session, storage, events, pass } = await sessionOf()
  const calls = respond(session)
  session.need(0, chunk(0), [run(0, 4)])
  await pass(0)
  expect(calls).toEqual([['grant', run(0, CHUNKS)]])
  session.fetched(0, chunk(0))
  await session.receive(chunk(0), film.bytesOf(0))
  expect((await storage.holding(id, CHUNKS)).runs()).toEqual([run(0, 1)])
  expect(session.options.store.tally.bytes).toMatchObject({ origin: CHUNK_BYTES, wasted: 0 })
  expect(session.options.store.tally.handedBytes).toBe(CHUNK_BYTES)
  expect(events.at(-1)).toEqual([
    'chunk',
    { url: URL, index: 0, source: 'origin', bytes: CHUNK_BYTES },
  ])
  // It has it from the origin: it is not given again.
  expect(named(calls, 'chunk')).toEqual([])
})

test('each response that lacks a chunk is given a copy, once', async () => {
  const { session, swarm, listener, calls, events } = await sharing()
  const other = respond(session, { id: 1 })
  session.need(1, chunk(0), [run(0, 1)])
  expect(named(swarm.calls, 'want')).toEqual([['want', 'ann', [0]]])
  const bytes = film.bytesOf(0)
  await listener.arrived('ann', chunk(0), bytes)
  await listener.arrived('ann', chunk(0), film.bytesOf(0))
  const copies = [calls, other].map(each => {
    const given = named(each, 'chunk')
    expect(given).toEqual([['chunk', 0, bytes]])
    return Object(given[0]?.[2]).buffer
  })
  expect(new Set([...copies, bytes.buffer]).size).toBe(3)
  expect(named(swarm.calls, 'sendHave')).toEqual([['sendHave', 0]])
  const { tally } = session.options.store
  expect(tally.bytes).toMatchObject({ peers: 2 * CHUNK_BYTES, wasted: CHUNK_BYTES })
  expect(events.filter(([type]) => type === 'chunk')).toEqual([
    ['chunk', { url: URL, index: 0, source: 'peer', bytes: CHUNK_BYTES, peer: 'ann' }],
  ])
})

test('who gives false bytes is banned, and they are given to nobody and not kept', async () => {
  const { session, swarm, listener, calls, storage, pass } = await sharing()
  await listener.arrived('ann', chunk(0), ZEROS.slice())
  expect(named(swarm.calls, 'ban')).toEqual([
    ['ban', 'ann', expect.objectContaining({ code: 'chunk-corrupt' })],
  ])
  expect(named(calls, 'chunk')).toEqual([])
  expect(session.options.store.held.size).toBe(0)
  expect((await storage.holding(id, CHUNKS)).size).toBe(0)
  expect(session.options.store.tally.bytes).toMatchObject({ peers: 0, wasted: CHUNK_BYTES })
  // Another is asked for them.
  listener.handle({ type: 'joined', peer: 'bob', maxWants: 64 })
  listener.handle({ type: 'have', peer: 'bob', runs: [run(0, CHUNKS)] })
  await pass(100)
  expect(swarm.calls).toContainEqual(['want', 'bob', [0]])
})

test('an origin that gives false bytes is reported, and they are not kept', async () => {
  const { session, storage, events } = await sessionOf()
  respond(session)
  await session.receive(chunk(0), ZEROS.slice())
  expect(events.at(-1)).toMatchObject(['notice', { code: 'chunk-corrupt' }])
  expect((await storage.holding(id, CHUNKS)).size).toBe(0)
})

test('what an earlier visit left is read, given and counted as such', async () => {
  const { session, until, events } = await sessionOf({ held: [0, 1] })
  const calls = respond(session)
  session.need(0, chunk(0), [run(0, 2)])
  await until(() => expect(named(calls, 'chunk')).toHaveLength(2))
  expect(calls).toEqual([
    ['chunk', 0, film.bytesOf(0)],
    ['chunk', 1, film.bytesOf(1)],
  ])
  expect(session.options.store.tally.bytes.store).toBe(2 * CHUNK_BYTES)
  expect(events.filter(([type]) => type === 'chunk')).toMatchObject([
    ['chunk', { index: 0, source: 'store' }],
    ['chunk', { index: 1, source: 'store' }],
  ])
})

test('what was held and cannot be read is had from elsewhere, and neighbours are sent what is lost', async () => {
  const { session, storage, swarms, until } = await sessionOf({ held: [0, 1, 2] })
  session.played(PLAYING)
  const calls = respond(session)
  await storage.forget(id)
  session.need(0, chunk(0), [run(0, 2)])
  await until(() => expect(named(calls, 'grant')[0]?.[1]).toMatchObject({ from: 0 }))
  expect(named(swarms[0]?.calls ?? [], 'sendLost')).toEqual([['sendLost', [run(0, 2)]]])
  expect(session.options.store.held.runs()).toEqual([run(2, 3)])
})

test('what a response found by itself is counted, and held', async () => {
  const { session } = await sessionOf()
  respond(session)
  session.stored([run(2, 4)])
  expect(session.options.store.tally.bytes.store).toBe(2 * CHUNK_BYTES)
  expect(session.options.store.held.runs()).toEqual([run(2, 4)])
})

test('an origin that failed is reported, and a response is exhausted when nobody is left', async () => {
  const { session, events, pass } = await sessionOf({ maySearch: () => false })
  const calls = respond(session)
  session.need(0, chunk(0), [run(0, 2)])
  session.originFailed(0, 'a detail')
  await pass(0)
  expect(events).toContainEqual(['notice', { code: 'origin-failed', detail: 'a detail' }])
  expect(named(calls, 'exhausted')).toEqual([['exhausted']])
})

test('a response that is kept waiting is sent a hold', async () => {
  const { session, swarms, pass } = await sessionOf({ held: [0, 1, 2, 3, 4, 5] })
  session.played(PLAYING)
  const calls = respond(session)
  await pass(0)
  swarms[0]?.listener.handle({ type: 'joined', peer: 'ann', maxWants: 64 })
  session.need(0, chunk(6), [run(6, 8)])
  await pass(0)
  expect(named(calls, 'hold')).toEqual([['hold', expect.any(Number)]])
})

test('a response that was closed is called no more', async () => {
  const { session, listener, calls } = await sharing()
  session.close(0)
  expect(calls.at(-1)).toEqual(['close'])
  const before = calls.length
  await listener.arrived('ann', chunk(0), film.bytesOf(0))
  // It is kept all the same.
  expect(session.options.store.held.has(chunk(0))).toBe(true)
  session.stop()
  expect(calls).toHaveLength(before)
})

test('the policy is asked again when it says so', async () => {
  const { session, swarms, pass } = await sessionOf()
  respond(session)
  session.need(0, chunk(0), [run(0, 2)])
  await pass(0)
  // Its origin stalls.
  await pass(990)
  expect(swarms).toHaveLength(0)
  await pass(20)
  expect(swarms).toHaveLength(1)
})

test('who has stopped plans no more, keeps no response, and says goodbye', async () => {
  const { session, swarm, calls, clock, pass } = await sharing()
  session.stop()
  expect(calls.at(-1)).toEqual(['decline'])
  expect(swarm.calls.at(-1)).toEqual(['leave'])
  const before = [calls.length, swarm.calls.length, clock.events]
  session.need(0, chunk(0), [run(0, 2)])
  await swarm.listener.arrived('ann', chunk(0), film.bytesOf(0))
  await pass(60_000)
  expect([calls.length, swarm.calls.length]).toEqual(before.slice(0, 2))
  expect(clock.events).toBeLessThanOrEqual(Number(before[2]) + 1)
  expect(respond(session, { id: 2 })).toEqual([['decline']])
})

test('who may not share any more leaves, and joins another swarm once it may', async () => {
  const { session, swarm, swarms } = await sharing()
  session.share(false)
  expect(swarm.calls.at(-1)).toEqual(['leave'])
  expect(swarms).toHaveLength(1)
  session.share(true)
  expect(swarms).toHaveLength(2)
})

test('who comes and goes is reported, and what was read ahead for others goes with the last', async () => {
  const { session, listener, events } = await sharing()
  const rested = vi.spyOn(session.options.store, 'rest')
  listener.handle({ type: 'joined', peer: 'bob', maxWants: 1 })
  expect(session.neighbourCount).toBe(2)
  listener.handle({ type: 'left', peer: 'ann' })
  expect(rested).not.toHaveBeenCalled()
  listener.handle({ type: 'left', peer: 'bob' })
  expect(rested).toHaveBeenCalledOnce()
  expect(events.filter(([type]) => type === 'peer').map(([, detail]) => detail)).toEqual([
    { url: URL, peer: 'ann', state: 'joined' },
    { url: URL, peer: 'bob', state: 'joined' },
    { url: URL, peer: 'ann', state: 'left' },
    { url: URL, peer: 'bob', state: 'left' },
  ])
})

test('what was given to others, and what went wrong with them, is counted and reported', async () => {
  const { session, listener, events } = await sharing()
  listener.uploaded('ann', chunk(3), 1_000)
  expect(session.options.store.tally.bytes.uploaded).toBe(1_000)
  expect(events.at(-1)).toEqual(['upload', { url: URL, index: 3, bytes: 1_000, peer: 'ann' }])
  session.wasted(500)
  expect(session.options.store.tally.bytes).toMatchObject({ origin: 500, wasted: 500 })
})

test('the storage learns where the viewer is', async () => {
  const { session, storage, pass } = await sessionOf()
  const used = vi.spyOn(storage, 'use')
  respond(session)
  session.played({ ...PLAYING, currentMs: 35_000 })
  await pass(0)
  expect(used).toHaveBeenLastCalledWith(id, 3)
})

test('nothing is fetched ahead into a storage that is nearly full', async () => {
  for (const roomBytes of [16 * 1_048_576, 17 * 1_048_576]) {
    const around = engineOf()
    vi.spyOn(around.storage, 'roomBytes', 'get').mockReturnValue(roomBytes)
    const session = await around.engine.open(URL, film.manifest)
    session.played(PLAYING)
    const [swarm] = around.swarms
    swarm?.listener.handle({ type: 'joined', peer: 'ann', maxWants: 64 })
    swarm?.listener.handle({ type: 'have', peer: 'ann', runs: [run(0, CHUNKS)] })
    await around.pass(100)
    expect(named(swarm?.calls ?? [], 'want').length > 0).toBe(roomBytes > 16 * 1_048_576)
  }
})
