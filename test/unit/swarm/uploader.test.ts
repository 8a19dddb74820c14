import { expect, test, vi } from 'vitest'
import { SwarmtagError } from '../../../src/core/errors.js'
import { chunk, chunksIn, run } from '../../../src/core/units.js'
import { Manifest } from '../../../src/store/manifest.js'
import { type ReadForUpload, type UploadBudget, Uploader } from '../../../src/swarm/uploader.js'
import { publishInvented } from '../store/resources.js'
import { connect, settled } from './in-memory-channel.js'
import { linkOn, strangerOn } from './neighbours.js'

const CHUNKS = 1_024
const manifest = await Manifest.open((await publishInvented(1)).bytes, async function* () {})

/** Not the film's bytes: nobody here looks at them. */
const bytes = new Uint8Array(65_536)

const soon = () => new Promise(resolve => setImmediate(resolve))

interface UploadingOptions {
  read?: ReadForUpload
  budget?: UploadBudget
  guests?: number
}

const UNLIMITED: UploadBudget = { isOpen: true, take: () => 0, refund: () => {} }

/** A viewer that gives, and neighbours who say what a test wants. */
async function uploading({ read, budget = UNLIMITED, guests = 1 }: UploadingOptions = {}) {
  /** Chunks given, in order, each with the position of its neighbour. */
  const given: [guest: number, index: number][] = []
  const onOver = vi.fn()
  const uploader = new Uploader({
    read: read ?? (() => soon().then(() => bytes)),
    budget,
    sizeBytes: manifest.descriptor.sizeBytes,
    onUpload: ({ link, index, bytes }) => {
      expect(bytes).toBe(65_536)
      given.push([all.findIndex(each => each.link === link), index])
    },
    onOver,
  })
  const all = Array.from({ length: guests }, () => {
    const [near, far] = connect()
    const stranger = strangerOn(far, manifest)
    const side = linkOn(near, manifest, {
      wanted: (link, runs) => uploader.want(link, runs),
      cancelled: (link, runs) => uploader.cancel(link, runs),
      writable: link => void uploader.serve(link),
      closed: link => uploader.forget(link),
    })
    return { ...side, near, stranger }
  })
  for (const { stranger } of all) await stranger.sayHello()
  return {
    uploader,
    onOver,
    given,
    all,
    first: all[0] as (typeof all)[number],
    /** Chunks that a neighbour got, in order. */
    got: (guest = 0) =>
      (all[guest]?.stranger.received() ?? []).flatMap(each =>
        each.type === 'data' ? each.index : [],
      ),
  }
}

const want = (from: number, to: number) => ({ type: 'want' as const, runs: [run(from, to)] })

test('what is wanted is given, in the order of the list', async () => {
  const { first, got } = await uploading()
  await first.stranger.say(want(3, 7), want(1, 2))
  await settled()
  expect(got()).toEqual([3, 4, 5, 6, 1])
})

test('what is wanted twice before it was given is given once', async () => {
  const { first, got } = await uploading()
  await first.stranger.say(want(3, 5), want(3, 5))
  await settled()
  expect(got()).toEqual([3, 4])
})

test('each chunk is read once, however often the neighbour asks meanwhile', async () => {
  const read = vi.fn<ReadForUpload>(() => soon().then(() => bytes))
  const { first, got } = await uploading({ read })
  await Promise.all([0, 1, 2, 3].map(index => first.stranger.say(want(index, index + 1))))
  await settled()
  expect(got()).toEqual([0, 1, 2, 3])
  expect(read.mock.calls).toEqual([[0], [1], [2], [3]])
})

test('a short list does not wait for a long one', async () => {
  const { all, given } = await uploading({ guests: 2 })
  await Promise.all([all[0]?.stranger.say(want(0, 60)), all[1]?.stranger.say(want(0, 3))])
  await settled()
  const guests = given.map(([guest]) => guest)
  expect(guests.filter(guest => guest === 1)).toHaveLength(3)
  expect(guests.lastIndexOf(1)).toBeLessThan(12)
})

test('a neighbour whose channel is full does not hold up another', async () => {
  const { all, got } = await uploading({ guests: 2 })
  if (all[0]) all[0].near.isStalled = true
  await all[0]?.stranger.say(want(0, 60))
  await all[1]?.stranger.say(want(0, 20))
  await settled()
  expect(got(1)).toHaveLength(20)
})

test('wants beyond the limit are refused at once', async () => {
  const { first, got } = await uploading()
  await first.stranger.say(want(0, 100))
  await settled()
  const refusals = first.stranger.received().filter(each => each.type === 'busy')
  expect(refusals).toHaveLength(1)
  expect(refusals[0]).toMatchObject({ runs: [run(64, 100)] })
  expect(refusals[0]?.type === 'busy' && refusals[0].retryMs).toBeGreaterThan(0)
  await vi.waitFor(() => expect(got()).toEqual([...chunksIn([run(0, 64)])]))
})

test('however much is wanted, little is remembered and little is said about it', async () => {
  const { first, got } = await uploading({ read: () => new Promise(() => {}) })
  for (let turn = 0; turn < 50; turn++) await first.stranger.say(want(0, CHUNKS))
  const refusals = first.stranger.received().filter(each => each.type === 'busy')
  expect(refusals.length).toBeLessThanOrEqual(50)
  for (const { runs } of refusals) expect([...chunksIn(runs)].length).toBeLessThan(128)
  expect(got()).toEqual([])
})

test('a full channel is given no more, and goes on when it drains', async () => {
  const { first, given, got } = await uploading()
  first.near.isStalled = true
  await first.stranger.say(want(0, 30))
  await settled()
  const waitingBytes = first.near.channels.get(100)?.bufferedAmount ?? 0
  expect(given.length).toBeGreaterThan(1)
  expect(given.length).toBeLessThan(20)
  expect(waitingBytes).toBeLessThan(20 * 65_548)
  first.near.flow()
  await vi.waitFor(() => expect(got()).toEqual([...chunksIn([run(0, 30)])]))
})

test('what is cancelled is not given', async () => {
  const { first, got } = await uploading()
  first.near.isStalled = true
  await first.stranger.say(want(0, 30))
  await settled()
  await first.stranger.say({ type: 'cancel', runs: [run(10, 29)] })
  first.near.flow()
  await vi.waitFor(() => expect(got()).toContain(29))
  expect(got()).toEqual([...chunksIn([run(0, 10), run(29, 30)])])
})

test('what is cancelled while it is read is not given, and the next is', async () => {
  const waiting = new Map<number, () => void>()
  const read: ReadForUpload = index =>
    new Promise(resolve => waiting.set(index, () => resolve(bytes)))
  const { first, got } = await uploading({ read })
  await first.stranger.say(want(0, 2))
  expect([...waiting.keys()]).toEqual([0])
  await first.stranger.say({ type: 'cancel', runs: [run(0, 1)] })
  waiting.get(0)?.()
  await settled()
  waiting.get(1)?.()
  await settled()
  expect(got()).toEqual([1])
})

test('a neighbour that went while a chunk was read gets nothing', async () => {
  let finish = (): void => {}
  const read: ReadForUpload = () =>
    new Promise(resolve => {
      finish = () => resolve(bytes)
    })
  const { first, given } = await uploading({ read })
  await first.stranger.say(want(0, 2))
  first.link.close('leaving')
  finish()
  await settled()
  expect(given).toEqual([])
})

test.each([
  ['is no longer there', async () => undefined],
  ['cannot be read', () => Promise.reject(new Error('the disk is gone'))],
])('a chunk that %s is refused and no longer offered', async (_why, fail) => {
  const read: ReadForUpload = index => (index === 0 ? fail() : Promise.resolve(bytes))
  const { first, got } = await uploading({ read })
  await first.stranger.say(want(0, 2))
  await settled()
  expect(first.stranger.received().slice(2, 4)).toEqual([
    { type: 'lost', runs: [run(0, 1)] },
    { type: 'busy', retryMs: expect.any(Number), runs: [run(0, 1)] },
  ])
  expect(got()).toEqual([1])
})

test('a chunk that cannot be fetched now is refused for a while, and still offered', async () => {
  const away = () => Promise.reject(new SwarmtagError('origin-failed', 'it answers 503'))
  const read: ReadForUpload = index => (index === 0 ? away() : Promise.resolve(bytes))
  const { first, got } = await uploading({ read })
  await first.stranger.say(want(0, 2))
  await settled()
  expect(first.stranger.received()[2]).toEqual({
    ...{ type: 'busy', retryMs: expect.any(Number), runs: [run(0, 1)] },
  })
  expect(first.stranger.received().filter(({ type }) => type === 'lost')).toEqual([])
  expect(got()).toEqual([1])
})

test('a cancellation of what nobody wanted is ignored', async () => {
  const { uploader, first } = await uploading()
  await first.stranger.say({ type: 'cancel', runs: [run(0, CHUNKS)] })
  uploader.cancel(first.link, [run(chunk(0), CHUNKS)])
  expect(first.isClosed()).toBe(false)
})

/** Gives so many chunks, and then says how long to wait. */
function budgetOf(chunks: number, waitMs: number) {
  let left = chunks
  const budget: UploadBudget = {
    get isOpen() {
      return left > 0 || Number.isFinite(waitMs)
    },
    take: () => (left > 0 ? 0 * left-- : waitMs),
    refund: bytes => {
      left += bytes / 65_536
    },
  }
  const add = (more: number) => {
    left += more
  }
  return { budget, add }
}

test('what the limits allow only later is refused at once, with the time', async () => {
  const { budget } = budgetOf(2, 3_000)
  const { first, got, onOver } = await uploading({ budget })
  await first.stranger.say(want(3, 8))
  await settled()
  expect(got()).toEqual([3, 4])
  expect(first.stranger.received().at(-1)).toEqual({
    type: 'busy',
    retryMs: 3_000,
    runs: [run(5, 8)],
  })
  expect(onOver).not.toHaveBeenCalled()
})

test('what the limits allow soon is waited for', async () => {
  const { budget, add } = budgetOf(1, 20)
  const { first, got } = await uploading({ budget })
  await first.stranger.say(want(3, 6))
  await settled()
  expect(got()).toEqual([3])
  add(2)
  await vi.waitFor(() => expect(got()).toEqual([3, 4, 5]))
})

test('when nothing may be given any more all is refused, and it is said', async () => {
  const { budget } = budgetOf(1, Number.POSITIVE_INFINITY)
  const { first, got, onOver } = await uploading({ budget })
  await first.stranger.say(want(0, 3))
  await settled()
  expect(got()).toEqual([0])
  expect(first.stranger.received().at(-1)).toEqual({
    type: 'busy',
    retryMs: 3_600_000,
    runs: [run(1, 3)],
  })
  expect(onOver).toHaveBeenCalled()
})

test('what was taken from the limits and not given is given back', async () => {
  const { budget } = budgetOf(2, Number.POSITIVE_INFINITY)
  const read: ReadForUpload = async index => (index === 0 ? undefined : bytes)
  const { first, got } = await uploading({ budget, read })
  await first.stranger.say(want(0, 3))
  await settled()
  expect(got()).toEqual([1, 2])
})

test('a neighbour that asks for the same again and again is given the film twice and no more', async () => {
  const { first, given } = await uploading()
  for (let turn = 0; turn < 40; turn++) {
    await first.stranger.say(want(0, 64))
    await vi.waitFor(
      () => expect(given.length).toBeGreaterThanOrEqual(Math.min(2_048, 64 * (turn + 1))),
      10_000,
    )
  }
  expect(given.length).toBe(2 * CHUNKS)
  expect(first.stranger.received().at(-1)).toMatchObject({ type: 'busy', retryMs: 3_600_000 })
}, 60_000)
