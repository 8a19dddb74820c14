import { expect, test, vi } from 'vitest'
import { CHUNK_BYTES, chunk, run } from '../../../src/core/units.js'
import type { EngineOptions } from '../../../src/engine/engine.js'
import { MemoryStorage } from '../../../src/store/memory-storage.js'
import { publish } from '../store/resources.js'
import { settled } from '../swarm/in-memory-channel.js'
import { engineOf, noting, respond } from './fakes.js'

const CHUNKS = 4
const URL = 'https://site.example/film.mp4'
const film = await publish(CHUNKS * CHUNK_BYTES)
const newer = await publish(CHUNKS * CHUNK_BYTES, 4)
const { id } = film.manifest
const LINGER_MS = 60_000

test('a resource has one session, however many ask for it at once', async () => {
  const { engine, events } = engineOf()
  const sessions = await Promise.all([1, 2, 3].map(() => engine.open(URL, film.manifest)))
  expect(new Set(sessions).size).toBe(1)
  expect(await engine.find(URL)).toBe(sessions[0])
  expect(engine.find('another')).toBeUndefined()
  expect(events).toEqual([
    ['video', { url: URL, root: id, sizeBytes: CHUNKS * CHUNK_BYTES, chunks: CHUNKS }],
  ])
})

test('one whose manifest has changed gets another, and the old one lets its responses go on alone', async () => {
  const { engine } = engineOf()
  const old = await engine.open(URL, film.manifest)
  const calls = respond(old)
  const made = await Promise.all([1, 2].map(() => engine.open(URL, newer.manifest)))
  expect(new Set([old, ...made]).size).toBe(2)
  expect(calls).toEqual([['decline']])
  expect(engine.sessions).toEqual([made[0]])
})

test('what an earlier visit left is held; a storage that cannot be read has left nothing', async () => {
  const { engine, storage } = engineOf()
  storage.keep(id, CHUNKS, await film.verified(1))
  const { held } = (await engine.open(URL, film.manifest)).options.store
  expect(held.runs()).toEqual([run(1, 2)])
  vi.spyOn(storage, 'holding').mockRejectedValue(new Error('a broken disk'))
  expect((await engine.open('another', film.manifest)).options.store.held.size).toBe(0)
})

test('what nobody shows for long rests, and is at work again when it is back', async () => {
  const { engine, pass, swarms } = engineOf({ hasOrigin: false })
  const session = await engine.open(URL, film.manifest)
  respond(session)
  expect(engine.sessions).toEqual([session])
  engine.restThoseGone(() => true)
  await pass(1_000)
  engine.restThoseGone(url => url !== URL)
  await pass(LINGER_MS)
  engine.restThoseGone(url => url !== URL)
  expect(swarms[0]?.calls).toContainEqual(['leave'])
  expect(engine.sessions).toEqual([])
  respond(await engine.open(URL, film.manifest), { id: 1 })
  expect(engine.sessions).toEqual([session])
  expect(swarms).toHaveLength(2)
})

test('of many that rest the oldest are let go of, and their figures stay', async () => {
  const { engine, pass } = engineOf()
  const first = await engine.open('film 0', film.manifest)
  first.stored([run(0, 2)])
  for (let count = 1; count < 40; count++) await engine.open(`film ${count}`, film.manifest)
  engine.restThoseGone(() => false)
  await pass(LINGER_MS)
  engine.restThoseGone(() => false)
  expect(engine.find('film 0')).toBeUndefined()
  expect(engine.find('film 7')).toBeUndefined()
  expect(engine.find('film 8')).toBeDefined()
  expect(engine.takenBytes).toBe(2 * CHUNK_BYTES)
  const again = await engine.open('film 0', film.manifest)
  expect(again).not.toBe(first)
  expect(again.options.store.tally.bytes.store).toBe(2 * CHUNK_BYTES)
})

test('what may be shared is asked for a session when it is made, and passed on when that changes', async () => {
  let isAllowed = false
  const { engine, swarms } = engineOf({ hasOrigin: false, maySearch: () => isAllowed })
  respond(await engine.open(URL, film.manifest))
  expect(swarms).toHaveLength(0)
  isAllowed = true
  engine.sharingChanged()
  expect(swarms).toHaveLength(1)
  isAllowed = false
  engine.sharingChanged()
  expect(swarms[0]?.calls.at(-1)).toEqual(['leave'])
})

test('who goes and comes back says goodbye, responses go on, and others are met anew', async () => {
  let isAllowed = true
  const { engine, swarms } = engineOf({ maySearch: () => isAllowed })
  const session = await engine.open(URL, film.manifest)
  const calls = respond(session)
  session.seed({ stays: true })
  isAllowed = false
  engine.sharingChanged()
  expect(swarms[0]?.calls.at(-1)).toEqual(['leave'])
  isAllowed = true
  engine.sharingChanged()
  session.seed({ stays: true })
  expect(swarms).toHaveLength(2)
  expect(calls).toEqual([])
})

test('chunks that are lost are lost to every session of their film, and no other', async () => {
  const { engine } = engineOf()
  const both = [await engine.open(URL, film.manifest), await engine.open('again', film.manifest)]
  const other = await engine.open('other', newer.manifest)
  for (const each of [...both, other]) each.stored([run(0, 4)])
  engine.lost(id, [run(0, 3)])
  for (const each of both) expect(each.options.store.held.runs()).toEqual([run(3, 4)])
  expect(other.options.store.held.size).toBe(4)
})

test('to purge is to hold nothing, and to keep nothing', async () => {
  const { engine, storage } = engineOf()
  storage.keep(id, CHUNKS, await film.verified(1))
  const session = await engine.open(URL, film.manifest)
  await engine.purge()
  expect(session.options.store.held.size).toBe(0)
  expect((await storage.holding(id, CHUNKS)).size).toBe(0)
})

test('others are given what is held, and sent what is lost where it turns out to be gone', async () => {
  const { engine, storage, swarms } = engineOf()
  for (const index of [0, 1]) storage.keep(id, CHUNKS, await film.verified(index))
  const session = await engine.open(URL, film.manifest)
  session.seed({ stays: true })
  const [swarm] = swarms
  expect(await swarm?.read(chunk(0))).toEqual(film.bytesOf(0))
  await storage.forget(id)
  session.options.store.rest()
  expect(await swarm?.read(chunk(1))).toBeUndefined()
  expect(swarm?.held.runs()).toEqual([run(0, 1)])
  expect(swarm?.calls).toEqual([['sendLost', [run(1, 2)]]])
  // What was never held is no news to anybody.
  expect(await swarm?.read(chunk(3))).toBeUndefined()
  expect(swarm?.calls).toHaveLength(1)
})

test('to stop is to let responses go on alone, and to write what was gathered', async () => {
  const { engine, storage } = engineOf()
  const flushed = vi.spyOn(storage, 'flush')
  const calls = respond(await engine.open(URL, film.manifest))
  await engine.stop()
  await settled()
  expect(calls).toEqual([['decline']])
  expect(flushed).toHaveBeenCalledOnce()
})

test('a resource whose chunks are elsewhere is read there, and what is lost or purged here is none of its', async () => {
  const { engine, swarms } = engineOf()
  const elsewhere = new MemoryStorage({ capacityBytes: CHUNKS * CHUNK_BYTES })
  for (const index of [0, 1, 2, 3]) elsewhere.keep(id, CHUNKS, await film.verified(index))
  const session = await engine.open(id, film.manifest, { storage: elsewhere })
  session.seed({ stays: true })
  engine.lost(id, [run(0, 2)])
  await engine.purge()
  expect(session.options.store.held.isComplete).toBe(true)
  expect(swarms[0]).toMatchObject({ url: id })
  expect(await swarms[0]?.read(chunk(3))).toEqual(film.bytesOf(3))
})

test('a resource that was let go of has left its swarm, and is begun anew', async () => {
  const { engine, swarms } = engineOf()
  const first = await engine.open(URL, film.manifest)
  first.seed({ stays: true })
  await engine.close(URL)
  await engine.close('another')
  expect(swarms[0]?.calls).toEqual([['leave']])
  expect(engine.sessions).toEqual([])
  const again = await engine.open(URL, film.manifest)
  again.seed({ stays: true })
  expect(again).not.toBe(first)
  expect(swarms).toHaveLength(2)
})

test('one resource may be without an origin, and have its swarm from elsewhere', async () => {
  const { engine, swarms, storage } = engineOf()
  const joined: string[] = []
  const joinSwarm: EngineOptions['joinSwarm'] = ({ manifest }) => {
    joined.push(manifest.id)
    return noting([])
  }
  const session = await engine.open(URL, film.manifest, { hasOrigin: false, joinSwarm })
  session.seed({ stays: true })
  expect(session.options.hasOrigin).toBe(false)
  expect(joined).toEqual([id])
  expect(swarms).toEqual([])
  expect((await engine.open('another', newer.manifest)).options.hasOrigin).toBe(true)
  expect(session.options.store.options.storage).toBe(storage)
})
