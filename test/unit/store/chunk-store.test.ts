import 'fake-indexeddb/auto'
import { afterEach, expect, test, vi } from 'vitest'
import { type ChunkRun, chunksIn, run } from '../../../src/core/units.js'
import { ChunkStore } from '../../../src/store/chunk-store.js'
import { openDatabase } from '../../../src/store/database.js'
import type { VerifiedChunk } from '../../../src/store/verify.js'
import { publish } from './resources.js'
import { CHUNKS, drawn, film, freshName, keep, other, readable, stores, upTo } from './stores.js'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('a kept chunk is read back by another instance, byte for byte', async () => {
  const { store, another } = stores()
  await keep(store, film, [0, 7, CHUNKS - 1])
  await store.flush()
  const found = await another().read(film.manifest.id, run(0, CHUNKS))
  expect(found.map(({ index }) => index)).toEqual([0, 7, CHUNKS - 1])
  for (const { index, bytes } of found) expect(bytes).toEqual(film.bytesOf(index))
})

test('a store that nothing was put in holds and reads nothing', async () => {
  const { store } = stores()
  expect(await drawn(store, film)).toBe('.'.repeat(CHUNKS))
  expect(await readable(store, film)).toEqual([])
  await store.flush()
})

test('a run is read without its neighbours, in order, with gaps where chunks are missing', async () => {
  const { store } = stores()
  await keep(store, film, [9, 3, 5, 4, 8, 2])
  await store.flush()
  const found = await store.read(film.manifest.id, run(3, 9))
  expect(found.map(({ index }) => index)).toEqual([3, 4, 5, 8])
})

test('an empty run reads nothing', async () => {
  const { store } = stores()
  await keep(store, film, [3])
  await store.flush()
  expect(await store.read(film.manifest.id, run(3, 3))).toEqual([])
})

test('a chunk can be read before it is written', async () => {
  const { store, another } = stores()
  await keep(store, film, [5, 3])
  expect(await readable(store, film)).toEqual([3, 5])
  expect(await drawn(store, film)).toMatch(/^\.{3}#\.#\.*$/)
  expect(await readable(another(), film)).toEqual([])
})

test('chunks written and not yet written are read as one', async () => {
  const { store } = stores()
  await keep(store, film, [1, 3])
  await store.flush()
  await keep(store, film, [0, 2])
  expect(await readable(store, film)).toEqual([0, 1, 2, 3])
  expect((await drawn(store, film)).slice(0, 5)).toBe('####.')
})

test('resources do not mix', async () => {
  const { store } = stores()
  await keep(store, film, [0, 1])
  await keep(store, other, [1, 2])
  expect([await readable(store, film), await readable(store, other)]).toEqual([
    [0, 1],
    [1, 2],
  ])
  await store.flush()
  expect([await readable(store, film), await readable(store, other)]).toEqual([
    [0, 1],
    [1, 2],
  ])
  expect((await store.read(other.manifest.id, run(1, 2)))[0]?.bytes).toEqual(other.bytesOf(1))
})

test('what one instance adds joins what others added', async () => {
  const { store, another } = stores()
  const second = another()
  await keep(store, film, upTo(4))
  await store.flush()
  await keep(second, film, upTo(4, 4))
  await second.flush()
  expect((await drawn(store, film)).slice(0, 10)).toBe('########..')
})

/** Counts the transactions that write chunks. */
function countWrites() {
  const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
  return () =>
    transaction.mock.calls.filter(
      ([names, mode]) => mode === 'readwrite' && [names].flat().includes('chunks'),
    ).length
}

/** The records of a film: where each begins and ends. */
async function recordsOf(store: ChunkStore): Promise<number[][]> {
  const records = await (await store.database()).getAll('chunks')
  return records.map(({ from, to }) => [from, to])
}

test('whole blocks are written without waiting, and in whatever order their chunks came each is one record', async () => {
  const { store, another } = stores()
  await store.database()
  await keep(store, film, [...upTo(32).reverse(), ...upTo(8, 32)])
  // The last block of the film is a shorter one.
  await vi.waitFor(async () => expect(await readable(another(), film)).toEqual(upTo(40)))
  expect(await recordsOf(store)).toEqual([
    [0, 16],
    [16, 32],
    [32, 40],
  ])
})

test('what is flushed is written in one transaction, cut where blocks begin', async () => {
  const { store, another } = stores()
  await store.database()
  const writes = countWrites()
  await keep(store, film, [...upTo(6, 12), 30, 39])
  await store.flush()
  expect(writes()).toBe(1)
  expect(await recordsOf(store)).toEqual([
    [12, 16],
    [16, 18],
    [30, 31],
    [39, 40],
  ])
  expect(await readable(another(), film)).toEqual([...upTo(6, 12), 30, 39])
})

test('a block that does not become whole is written by itself after a while', async () => {
  const { store, another } = stores()
  await keep(store, film, [0, 1])
  expect(await readable(another(), film)).toEqual([])
  await vi.waitFor(async () => expect(await readable(another(), film)).toEqual([0, 1]), {
    timeout: 4_000,
  })
})

test('a chunk that is written again takes its place in the record that has it, and spoils no other', async () => {
  const { store, another } = stores()
  await keep(store, film, upTo(16))
  await store.flush()
  await keep(another(), film, [16])
  const second = another()
  await keep(second, film, [4, 5, 15])
  await second.flush()
  expect(await recordsOf(store)).toEqual([
    [0, 4],
    [4, 6],
    [6, 15],
    [15, 16],
  ])
  const found = await store.read(film.manifest.id, run(0, 16))
  for (const { index, bytes } of found) expect(bytes).toEqual(film.bytesOf(index))
  expect(found).toHaveLength(16)
})

test('a record whose blob cannot be read holds nothing, and the others what they hold', async () => {
  const { store } = stores()
  await keep(store, film, upTo(20))
  await store.flush()
  const read = Blob.prototype.arrayBuffer
  vi.spyOn(Blob.prototype, 'arrayBuffer').mockImplementation(async function (this: Blob) {
    if (this.size === 16 * 65_536) throw new DOMException('gone', 'NotFoundError')
    return read.call(this)
  })
  expect(await readable(store, film)).toEqual(upTo(4, 16))
})

test('chunks that come while others are written are written too', async () => {
  const { store, another } = stores()
  await keep(store, film, upTo(3))
  const flushing = store.flush()
  await keep(store, film, upTo(3, 3))
  await keep(store, other, upTo(3))
  await Promise.all([flushing, store.flush()])
  expect(await readable(another(), film)).toEqual(upTo(6))
  expect(await readable(another(), other)).toEqual(upTo(3))
})

test('a chunk that comes while the store is counted is written too', async () => {
  const { store, another } = stores({ capacityBytes: 100 * 65_536 })
  const [first, second] = await Promise.all([film.verified(0), film.verified(1)])
  const { id, map } = film.manifest
  const getAll = IDBObjectStore.prototype.getAll
  let flushing: Promise<void> | undefined
  vi.spyOn(IDBObjectStore.prototype, 'getAll').mockImplementation(function (this: IDBObjectStore) {
    if (this.name === 'holdings' && !flushing) {
      store.keep(id, map.chunkCount, second)
      flushing = store.flush()
    }
    return getAll.call(this)
  })
  store.keep(id, map.chunkCount, first)
  await store.flush()
  await flushing
  expect(await readable(another(), film)).toEqual([0, 1])
})

test('a chunk kept twice is held once', async () => {
  const { store } = stores()
  await keep(store, film, [2, 2])
  await store.flush()
  await keep(store, film, [2])
  expect(await readable(store, film)).toEqual([2])
  await store.flush()
  expect(await readable(store, film)).toEqual([2])
})

test('a forgotten resource is gone, written or not, and no other with it', async () => {
  const { store, another } = stores()
  await keep(store, film, upTo(4))
  await keep(store, other, upTo(2))
  const database = await store.database()
  const digests = new Uint8Array(32)
  await database.put('pages', { root: film.manifest.id, page: 0, digests })
  await database.put('pages', { root: other.manifest.id, page: 0, digests })
  await store.flush()
  await keep(store, film, [9])
  await keep(store, other, [9])
  await store.forget(film.manifest.id)
  await store.flush()
  expect(await readable(another(), film)).toEqual([])
  expect(await drawn(another(), film)).toBe('.'.repeat(CHUNKS))
  expect(await readable(another(), other)).toEqual([0, 1, 9])
  expect(await database.getAllKeys('pages')).toEqual([[other.manifest.id, 0]])
})

test('a forgotten resource can be kept anew', async () => {
  const { store, another } = stores()
  await keep(store, film, upTo(4))
  await store.flush()
  await store.forget(film.manifest.id)
  await keep(store, film, [7])
  await store.flush()
  expect(await readable(another(), film)).toEqual([7])
})

/** Makes every write to IndexedDB fail as `fail` does, until it says no more. */
function refuseWrites(fail: (store: IDBObjectStore) => boolean, name = 'QuotaExceededError') {
  const put = IDBObjectStore.prototype.put
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    ...args
  ) {
    if (fail(this)) throw new DOMException('no', name)
    return put.apply(this, args)
  })
}

test('a full disk costs the chunks that it refused, and after a pause it is tried again', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const { store, another } = stores()
  await store.database()
  let isFull = true
  refuseWrites(() => isFull)
  await keep(store, film, upTo(3))
  await store.flush()
  expect(await readable(another(), film)).toEqual([])

  isFull = false
  await keep(store, film, upTo(3, 3))
  await store.flush()
  expect(await readable(another(), film)).toEqual([])
  expect(await readable(store, film)).toEqual([3, 4, 5])

  vi.setSystemTime(1_000_000 + 30_000)
  await keep(store, film, [6])
  await store.flush()
  expect(await readable(another(), film)).toEqual([3, 4, 5, 6])
  expect((await drawn(another(), film)).slice(0, 8)).toBe('...####.')
})

test('while the disk is full, memory holds the newest 256 chunks, and reports those that it lets go', async () => {
  const long = await publish(270 * 65_536)
  const lost: number[] = []
  const store = new ChunkStore({
    name: crypto.randomUUID(),
    onLost: (root, runs) => {
      expect(root).toBe(long.manifest.id)
      lost.push(...chunksIn(runs))
    },
  })
  await store.database()
  refuseWrites(() => true)
  await keep(store, long, [0])
  await store.flush()
  expect(lost).toEqual([0])
  await keep(store, long, upTo(269, 1))
  await store.flush()
  expect(await readable(store, long)).toEqual(upTo(256, 14))
  expect(lost).toEqual(upTo(14))
})

/** A disk that is full until something is deleted. */
function fillDisk(): void {
  let isFull = true
  refuseWrites(each => each.name === 'chunks' && isFull)
  const remove = IDBObjectStore.prototype.delete
  vi.spyOn(IDBObjectStore.prototype, 'delete').mockImplementation(function (
    this: IDBObjectStore,
    key,
  ) {
    isFull = false
    return remove.call(this, key)
  })
}

test('a full disk makes room at the cost of films unused for longest, and reports what went', async () => {
  const lost: string[] = []
  const { store, another } = stores({
    onLost: (root, runs) => lost.push(...[...chunksIn(runs)].map(index => `${root} ${index}`)),
  })
  await keep(store, other, upTo(3))
  await store.flush()
  fillDisk()
  await keep(store, film, upTo(2))
  await store.flush()
  // The record that they are in goes as a whole: a full disk takes no shorter one.
  expect(await readable(another(), other)).toEqual([])
  expect(await readable(another(), film)).toEqual([0, 1])
  expect([...new Set(lost)].sort()).toEqual([0, 1, 2].map(index => `${other.manifest.id} ${index}`))
})

test('on a full disk there is no room for fetching ahead until it is tried again', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const { store } = stores()
  await keep(store, other, upTo(3))
  await store.flush()
  expect(store.roomBytes).toBeGreaterThan(0)
  fillDisk()
  await keep(store, film, upTo(2))
  await store.flush()
  expect(store.roomBytes).toBe(0)
  vi.setSystemTime(1_000_000 + 30_000)
  expect(store.roomBytes).toBeGreaterThan(0)
})

test('a disk that the browser finds full only at the end of a transaction makes room too', async () => {
  const { store, another } = stores()
  await keep(store, other, upTo(3))
  await store.flush()
  const put = IDBObjectStore.prototype.put
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(function (
    this: IDBObjectStore,
    ...args
  ) {
    const request = put.apply(this, args)
    const aborting = this.transaction as unknown as { _abort(reason: string): void }
    request.addEventListener('success', () => aborting._abort('QuotaExceededError'))
    return request
  })
  await keep(store, film, upTo(2))
  await store.flush()
  expect(await readable(another(), other)).toEqual([])
  expect(await readable(another(), film)).toEqual([0, 1])
})

test('a write that fails for another reason costs its chunks alone, is reported, and after a pause the next is tried', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const lost: number[] = []
  const onRefused = vi.fn()
  const onLost = (_: string, runs: readonly ChunkRun[]) => lost.push(...chunksIn(runs))
  const { store, another } = stores({ onLost, onRefused })
  await keep(store, other, upTo(3))
  await store.flush()
  let isBroken = true
  refuseWrites(() => isBroken, 'UnknownError')
  await keep(store, film, upTo(2))
  await store.flush()
  expect(lost).toEqual([0, 1])
  expect(onRefused).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({
      code: 'store-failed',
      cause: expect.objectContaining({ name: 'UnknownError' }),
    }),
  )
  expect(store.roomBytes).toBe(0)
  isBroken = false
  await keep(store, film, [2])
  await store.flush()
  expect(await readable(another(), film)).toEqual([])
  vi.setSystemTime(1_000_000 + 30_000)
  await store.flush()
  expect(await readable(another(), other)).toEqual([0, 1, 2])
  expect(await readable(another(), film)).toEqual([2])
  expect(store.roomBytes).toBeGreaterThan(0)
  expect(lost).toEqual([0, 1])
})

/** What WebKit does in a private window. */
const hasBlob = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'bytes' in value && value.bytes instanceof Blob

test('a browser that keeps no blobs is given buffers, and loses nothing', async () => {
  const onLost = vi.fn()
  const onRefused = vi.fn()
  const { store, another } = stores({ onLost, onRefused })
  const refused = vi.fn()
  const put = IDBObjectStore.prototype.put
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    ...args
  ) {
    if (!hasBlob(args[0])) return put.apply(this, args)
    refused()
    throw new DOMException('Error preparing Blob/File data', 'UnknownError')
  })
  await keep(store, film, upTo(20))
  await store.flush()
  await keep(store, film, upTo(CHUNKS - 20, 20))
  await store.flush()
  expect(refused).toHaveBeenCalledTimes(1)
  expect(onLost).not.toHaveBeenCalled()
  expect(onRefused).not.toHaveBeenCalled()
  const found = await another().read(film.manifest.id, run(0, CHUNKS))
  expect(found.map(({ index }) => index)).toEqual(upTo(CHUNKS))
  for (const { index, bytes } of found)
    expect(Buffer.compare(bytes, film.bytesOf(index)), `chunk ${index}`).toBe(0)
  const some = await another().read(film.manifest.id, run(17, 19))
  expect(some.map(({ index }) => index)).toEqual([17, 18])
})

test('a resource that is forgotten while it is being written stays forgotten', async () => {
  const { store, another } = stores()
  await keep(store, other, upTo(3))
  await store.flush()
  let forgetting: Promise<void> | undefined
  refuseWrites(each => {
    if (each.name !== 'chunks' || forgetting) return false
    forgetting = store.forget(film.manifest.id)
    return true
  })
  await keep(store, film, upTo(2))
  await store.flush()
  await forgetting
  expect(await readable(another(), film)).toEqual([])
  expect(await drawn(another(), film)).toBe('.'.repeat(CHUNKS))
})

test('a batch is kept whole or not at all', async () => {
  const { store, another } = stores()
  await store.database()
  let puts = 0
  // The third put, and that of the second try.
  refuseWrites(() => ++puts % 3 === 0, 'UnknownError')
  await keep(store, film, [0, 1, 20, 21, 35])
  await store.flush()
  expect(await readable(another(), film)).toEqual([])
  expect(await drawn(another(), film)).toBe('.'.repeat(CHUNKS))
})

test('chunks that cannot be counted are not kept', async () => {
  const { store, another } = stores()
  await store.database()
  refuseWrites(each => each.name === 'holdings')
  await keep(store, film, upTo(5))
  await store.flush()
  expect(await readable(another(), film)).toEqual([])
})

test('a transaction that the browser aborts late costs its chunks and nothing else', async () => {
  const { store, another } = stores()
  await store.database()
  const put = IDBObjectStore.prototype.put
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    ...args
  ) {
    const request = put.apply(this, args)
    if (this.name === 'holdings') this.transaction.abort()
    return request
  })
  await keep(store, film, upTo(5))
  await store.flush()
  expect(await readable(another(), film)).toEqual([])
})

test('bytes that were given away before they were written cost their batch alone', async () => {
  const { store, another } = stores()
  const lost: VerifiedChunk = await film.verified(1)
  store.keep(film.manifest.id, CHUNKS, lost)
  structuredClone(lost.bytes.buffer, { transfer: [lost.bytes.buffer] })
  await keep(store, film, [2])
  await store.flush()
  expect(await readable(another(), film)).toEqual([])
})

test('after the database was closed for a newer release, it is opened again', async () => {
  const { name, store } = stores()
  await keep(store, film, [0])
  await store.flush()
  const first = await store.database()
  const upgrading = indexedDB.open(name, 99)
  upgrading.onupgradeneeded = () => upgrading.transaction?.abort()
  await new Promise(resolve => {
    upgrading.onerror = resolve
  })
  await keep(store, film, [1])
  await store.flush()
  expect(await store.database()).not.toBe(first)
  expect(await readable(store, film)).toEqual([0, 1])
})

test('a database that somebody deleted does not come back with the next chunk, but later', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const { name, store, another } = stores()
  await keep(store, film, [0])
  await store.flush()
  await deleted(name)
  await keep(store, film, [1])
  await store.flush()
  expect(await names()).not.toContain(name)
  vi.setSystemTime(1_000_000 + 30_000)
  await keep(store, film, [2])
  await store.flush()
  expect(await readable(another(), film)).toEqual([2])
})

test('a store that was destroyed is gone, and keeps nothing from then on', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const { name, store } = stores()
  await keep(store, film, [0])
  await store.flush()
  await store.destroy()
  vi.setSystemTime(1_000_000_000)
  await keep(store, film, [1])
  await store.flush()
  expect(await names()).not.toContain(name)
})

const deleted = (name: string) =>
  new Promise(resolve => {
    indexedDB.deleteDatabase(name).onsuccess = resolve
  })

const names = async () => (await indexedDB.databases()).map(({ name }) => name)

test('a database that cannot be opened costs caching, and is tried again', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const { store, another } = stores()
  const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('not here', 'SecurityError')
  })
  await keep(store, film, [0])
  await store.flush()
  open.mockRestore()
  vi.setSystemTime(1_000_000 + 30_000)
  await keep(store, film, [1])
  await store.flush()
  expect(await readable(another(), film)).toEqual([1])
})

test.each<[string, (store: ChunkStore) => Promise<unknown>]>([
  ['opening', store => store.database()],
  ['reading', store => store.read(film.manifest.id, run(0, 2))],
  ['asking what is held', store => store.holding(film.manifest.id, CHUNKS)],
  ['forgetting', store => store.forget(film.manifest.id)],
])('%s without a database is store-failed, with the reason', async (_what, ask) => {
  const reason = new DOMException('not here', 'SecurityError')
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw reason
  })
  const failed = { name: 'SwarmtagError', code: 'store-failed', cause: reason }
  await expect(ask(stores().store)).rejects.toMatchObject(failed)
})

test.each<[string, keyof IDBObjectStore, (store: ChunkStore) => Promise<unknown>]>([
  ['reading', 'getAll', store => store.read(film.manifest.id, run(0, 2))],
  ['asking what is held', 'get', store => store.holding(film.manifest.id, CHUNKS)],
  ['forgetting', 'delete', store => store.forget(film.manifest.id)],
])('%s that the browser refuses is store-failed, with the reason', async (_what, method, ask) => {
  const reason = new DOMException('a bad disk', 'UnknownError')
  const { store } = stores()
  await store.database()
  vi.spyOn(IDBObjectStore.prototype, method as 'get').mockImplementation(() => {
    throw reason
  })
  const failed = { name: 'SwarmtagError', code: 'store-failed', cause: reason }
  await expect(ask(store)).rejects.toMatchObject(failed)
})

/** A database that opens for nobody, as a tab that never lets go has it, until `letGo` is called. */
async function blocked(name: string): Promise<{ letGo: () => void }> {
  const tab = await new Promise<IDBDatabase>(resolve => {
    const opening = indexedDB.open(name, 1)
    opening.onsuccess = () => resolve(opening.result)
  })
  indexedDB.deleteDatabase(name)
  return { letGo: () => tab.close() }
}

test('a database that never opens fails after a second, then at once, and is tried again', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const { name, store, another } = stores()
  const tab = await blocked(name)
  const beganAt = performance.now()
  const reading = expect(store.read(film.manifest.id, run(0, 2))).rejects
  await reading.toMatchObject({ code: 'store-failed' })
  expect(performance.now() - beganAt).toBeGreaterThan(900)
  const again = performance.now()
  await keep(store, film, [0])
  await store.flush()
  await expect(store.holding(film.manifest.id, CHUNKS)).rejects.toMatchObject({
    code: 'store-failed',
  })
  expect(performance.now() - again).toBeLessThan(500)

  tab.letGo()
  vi.setSystemTime(1_000_000 + 30_000)
  await keep(store, film, [1])
  await store.flush()
  expect(await readable(another(), film)).toEqual([1])
})

test('a connection that comes when nobody waits for it any longer is closed', async () => {
  const name = freshName()
  const tab = await blocked(name)
  await expect(openDatabase(name, () => {})).rejects.toMatchObject({ code: 'store-failed' })
  const close = vi.spyOn(IDBDatabase.prototype, 'close')
  tab.letGo()
  await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(2))
})

test('the opener is called when the database is closed for a newer release', async () => {
  const name = freshName()
  const closed = vi.fn()
  await openDatabase(name, closed)
  indexedDB.deleteDatabase(name)
  await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
})

test('a store that is cleared holds nothing of any film, written or not', async () => {
  const { store } = stores()
  await keep(store, film, upTo(3))
  await store.flush()
  await keep(store, other, upTo(2))
  await store.clear()
  await store.flush()
  for (const each of [film, other]) {
    expect(await drawn(store, each)).not.toContain('#')
    expect(await readable(store, each)).toEqual([])
  }
  await keep(store, film, [1])
  await store.flush()
  expect(await readable(store, film)).toEqual([1])
})
