import 'fake-indexeddb/auto'
import fc from 'fast-check'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { chunk, chunksIn } from '../../../src/core/units.js'
import { ChunkStore } from '../../../src/store/chunk-store.js'
import { publish } from './resources.js'
import { drawn, film, keep, other, readable, stores, upTo } from './stores.js'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('beyond its capacity the store lets go of the tail of the film unused for longest', async () => {
  const { store, another } = stores({ capacityBytes: 20 * 65_536 })
  await keep(store, other, upTo(12))
  await store.flush()
  await keep(store, film, upTo(8))
  await store.flush()
  expect(await drawn(store, other)).toBe('############')
  await new Promise(resolve => setTimeout(resolve, 2))
  await keep(store, film, [8])
  await store.flush()
  expect(await drawn(another(), other)).toBe('###########.')
  expect(await readable(another(), other)).toEqual(upTo(11))
  expect(await readable(another(), film)).toEqual(upTo(9))
})

test('a film of which nothing is left goes with its digest pages', async () => {
  const { store, another } = stores({ capacityBytes: 12 * 65_536 })
  const pages = [film, other].map(({ manifest }) => ({ root: manifest.id, page: 0 }))
  const database = await store.database()
  for (const page of pages) await database.put('pages', { ...page, digests: new Uint8Array(32) })
  await keep(store, other, upTo(3))
  await store.flush()
  await new Promise(resolve => setTimeout(resolve, 2))
  await keep(store, film, upTo(12))
  await store.flush()
  expect(await readable(another(), other)).toEqual([])
  expect(await readable(another(), film)).toEqual(upTo(12))
  expect(await database.getAllKeys('holdings')).toEqual([film.manifest.id])
  expect(await database.getAllKeys('pages')).toEqual([[film.manifest.id, 0]])
})

test('beyond its capacity the film being watched loses what lies furthest behind', async () => {
  const { store, another } = stores({ capacityBytes: 20 * 65_536 })
  store.use(film.manifest.id, chunk(23))
  await keep(store, film, upTo(24))
  await store.flush()
  await store.flush()
  expect(await drawn(another(), film)).toBe(`################....####${'.'.repeat(16)}`)
  expect(await readable(another(), film)).toEqual([...upTo(16), ...upTo(4, 20)])
})

test('what is fetched ahead of the viewer does not grow beyond the capacity', async () => {
  const { store, another } = stores({ capacityBytes: 24 * 65_536 })
  store.use(film.manifest.id, chunk(18))
  for (const from of [16, 24, 32, 0]) {
    await keep(store, film, upTo(8, from))
    await store.flush()
    expect((await readable(another(), film)).length).toBeLessThanOrEqual(24)
  }
  await keep(store, film, upTo(8, 8))
  await store.flush()
  expect(await readable(another(), film)).toEqual([...upTo(16), ...upTo(8, 18)])
})

test('a chunk that would go at once is not written', async () => {
  const { store, another } = stores({ capacityBytes: 20 * 65_536 })
  store.use(film.manifest.id, chunk(0))
  await keep(store, film, upTo(20))
  await store.flush()
  const put = vi.spyOn(IDBObjectStore.prototype, 'put')
  await keep(store, film, upTo(20, 20))
  await store.flush()
  expect(put.mock.contexts.filter(each => (each as IDBObjectStore).name === 'chunks')).toEqual([])
  expect(await readable(another(), film)).toEqual(upTo(20))
  expect((await drawn(another(), film)).slice(0, 22)).toBe('####################..')
})

test('of two films being watched none gives way while a third one can', async () => {
  const { store, another } = stores({ capacityBytes: 30 * 65_536 })
  const third = await publish(8 * 65_536, 5)
  for (const each of [film, other]) store.use(each.manifest.id, chunk(0))
  await keep(store, film, upTo(10))
  await keep(store, other, upTo(12))
  await store.flush()
  await keep(store, third, upTo(8))
  await store.flush()
  await keep(store, film, upTo(3, 10))
  await store.flush()
  expect(await readable(another(), film)).toEqual(upTo(13))
  expect(await readable(another(), other)).toEqual(upTo(12))
  expect(await readable(another(), third)).toEqual(upTo(5))
})

test('a film whose playhead was not reported for a minute is no longer watched', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const { store, another } = stores({ capacityBytes: 20 * 65_536 })
  store.use(other.manifest.id, chunk(0))
  await keep(store, other, upTo(12))
  await store.flush()
  vi.setSystemTime(1_000_000 + 60_001)
  store.use(film.manifest.id, chunk(0))
  await keep(store, film, upTo(10))
  await store.flush()
  expect(await readable(another(), film)).toEqual(upTo(10))
  expect(await readable(another(), other)).toEqual(upTo(10))
})

test('whatever is kept and watched, the store stays within its capacity', async () => {
  const step = fc.record({
    use: fc.option(fc.tuple(fc.boolean(), fc.nat(45)), { nil: undefined }),
    isFilm: fc.boolean(),
    from: fc.nat(35),
    count: fc.integer({ min: 1, max: 20 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.nat(30), async (steps, capacity) => {
      const { store, another } = stores({ capacityBytes: capacity * 65_536 })
      for (const { use, isFilm, from, count } of steps) {
        if (use) store.use((use[0] ? film : other).manifest.id, chunk(use[1]))
        const published = isFilm ? film : other
        const { chunkCount } = published.manifest.map
        await keep(
          store,
          published,
          upTo(count, from).filter(index => index < chunkCount),
        )
        await store.flush()
        const read = [await readable(another(), film), await readable(another(), other)]
        expect(read.flat().length).toBeLessThanOrEqual(capacity)
        const drawings = [await drawn(another(), film), await drawn(another(), other)]
        expect(drawings.map(each => [...each].filter(mark => mark === '#').length)).toEqual(
          read.map(each => each.length),
        )
      }
    }),
    { numRuns: 30 },
  )
})

test('there is room for what nobody watches or has been watched, none for what is needed', async () => {
  const capacityBytes = 30 * 65_536
  const { store } = stores({ capacityBytes })
  expect(store.roomBytes).toBe(Number.POSITIVE_INFINITY)
  await keep(store, other, upTo(12))
  await store.flush()
  expect(store.roomBytes).toBe(capacityBytes)
  store.use(film.manifest.id, chunk(20))
  await keep(store, film, upTo(20))
  await store.flush()
  expect(store.roomBytes).toBe(14 * 65_536)
  await keep(store, film, upTo(10, 20))
  expect(store.roomBytes).toBe(4 * 65_536)
  await store.flush()
  expect(store.roomBytes).toBe(4 * 65_536)
  await keep(store, film, upTo(10, 30))
  await store.flush()
  expect(store.roomBytes).toBe(0)
})

test('room comes back as the playhead moves on, also where nothing is written', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const { store } = stores({ capacityBytes: 20 * 65_536 })
  const { id } = film.manifest
  store.use(id, chunk(16))
  await keep(store, film, upTo(20))
  await store.flush()
  expect(store.roomBytes).toBe(0)
  vi.setSystemTime(1_000_000 + 60_000)
  store.use(id, chunk(19))
  await vi.waitFor(() => expect(store.roomBytes).toBe(3 * 65_536))
})

test('that a film is watched from the store is written down once a minute', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const { store } = stores()
  const { id } = film.manifest
  await keep(store, film, upTo(2))
  await store.flush()
  const database = await store.database()
  const usedAtMs = async () => (await database.get('holdings', id))?.usedAtMs
  const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
  const changes = () => transaction.mock.calls.filter(([, mode]) => mode === 'readwrite')

  for (const [sinceMs, usedSinceMs, count] of [
    [10_000, 10_000, 1],
    [20_000, 10_000, 1],
    [69_999, 10_000, 1],
    [70_000, 70_000, 2],
    [130_001, 130_001, 3],
  ] as const) {
    vi.setSystemTime(1_000_000 + sinceMs)
    store.use(id, chunk(0))
    await vi.waitFor(async () => expect(await usedAtMs()).toBe(1_000_000 + usedSinceMs))
    expect(changes()).toHaveLength(count)
  }
  for (const call of changes()) expect(call[2]).toEqual({ durability: 'relaxed' })
  expect(await readable(store, film)).toEqual([0, 1])
})

test('that a film is watched of which nothing is held leaves no trace', async () => {
  const { store } = stores()
  store.use(film.manifest.id, chunk(3))
  await vi.waitFor(() => expect(store.roomBytes).toBeLessThan(Number.POSITIVE_INFINITY))
  expect(await (await store.database()).getAll('holdings')).toEqual([])
})

test('a film can be watched without a database', async () => {
  const { store } = stores()
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('not here', 'SecurityError')
  })
  expect(() => store.use(film.manifest.id, chunk(3))).not.toThrow()
  await expect(store.database()).rejects.toMatchObject({ code: 'store-failed' })
})

test('what is evicted is reported', async () => {
  const lost: number[] = []
  const store = new ChunkStore({
    name: crypto.randomUUID(),
    capacityBytes: 20 * 65_536,
    onLost: (_root, runs) => lost.push(...chunksIn(runs)),
  })
  const long = await publish(30 * 65_536)
  await keep(store, long, upTo(30))
  await store.flush()
  const held = await store.holding(long.manifest.id, 30)
  expect(held.size).toBeLessThanOrEqual(20)
  expect(lost.filter(index => held.has(chunk(index)))).toEqual([])
  expect(lost.length + held.size).toBe(30)
})

test('eviction that the browser aborts leaves the film and its count as they were', async () => {
  const { store, another } = stores({ capacityBytes: 4 * 65_536 })
  await keep(store, other, upTo(3))
  await store.flush()
  const remove = IDBObjectStore.prototype.delete
  vi.spyOn(IDBObjectStore.prototype, 'delete').mockImplementation(function (
    this: IDBObjectStore,
    key,
  ) {
    if (this.name === 'holdings') queueMicrotask(() => this.transaction.abort())
    return remove.call(this, key)
  })
  await keep(store, film, upTo(4))
  await store.flush()
  expect(await readable(another(), other)).toEqual([0, 1, 2])
  expect((await drawn(another(), other)).slice(0, 4)).toBe('###.')
})

test('where no capacity is given, a quarter of the quota is used', async () => {
  vi.stubGlobal('navigator', { storage: { estimate: async () => ({ quota: 4 * 12 * 65_536 }) } })
  onTestFinished(() => void vi.unstubAllGlobals())
  const { store } = stores()
  await keep(store, other, upTo(12))
  await store.flush()
  expect(await drawn(store, other)).toBe('############')
  await new Promise(resolve => setTimeout(resolve, 2))
  await keep(store, film, [0])
  await store.flush()
  expect(await drawn(store, other)).toBe('###########.')
  expect(await readable(store, film)).toEqual([0])
})
