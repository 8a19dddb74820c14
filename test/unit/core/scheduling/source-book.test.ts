import { expect, test } from 'vitest'
import { Neighbour } from '../../../../src/core/scheduling/neighbour.js'
import { SourceBook } from '../../../../src/core/scheduling/source-book.js'
import { chunk, run } from '../../../../src/core/units.js'

const newcomer = (maxWants = 64, nowMs = 0) => new Neighbour('n', maxWants, 1_000, nowMs)

/** One that gave a true chunk. */
function proven(maxWants?: number): Neighbour {
  const neighbour = newcomer(maxWants)
  neighbour.checked(chunk(0), true)
  return neighbour
}

/** A neighbour that was asked for `count` chunks at once and gave one every `everyMs`. */
function measured({ everyMs, count = 200, firstMs = everyMs }: Record<string, number>): Neighbour {
  const neighbour = newcomer()
  for (let index = 0; index < Number(count); index++) neighbour.asked(chunk(index), 0)
  for (let index = 0; index < Number(count); index++) {
    neighbour.delivered(chunk(index), Number(firstMs) + index * Number(everyMs))
    neighbour.checked(chunk(index), true)
  }
  return neighbour
}

test('who is new holds nothing and was asked for nothing', () => {
  const neighbour = newcomer()
  expect(neighbour.has.size).toBe(0)
  expect(neighbour.asks.size).toBe(0)
  expect(neighbour.isSilent(1_000_000)).toBe(false)
  expect(neighbour.isRefusing(0)).toBe(false)
})

test.each([5, 20, 80, 300])('learns that a neighbour gives a chunk every %i ms', everyMs => {
  const neighbour = measured({ everyMs })
  expect(neighbour.chunkMs).toBeGreaterThan(everyMs * 0.9)
  expect(neighbour.chunkMs).toBeLessThan(everyMs * 1.1)
})

test('the time to the first chunk tells of the way to the neighbour, not of its speed', () => {
  const neighbour = measured({ everyMs: 20, firstMs: 400 })
  expect(neighbour.chunkMs).toBeLessThan(25)
  expect(neighbour.latencyMs).toBeGreaterThan(100)
})

test('a pause in which nothing was asked for counts neither as slowness nor as silence', () => {
  const neighbour = measured({ everyMs: 20 })
  const before = neighbour.chunkMs
  neighbour.asked(chunk(900), 60_000)
  expect(neighbour.isSilent(60_100)).toBe(false)
  neighbour.delivered(chunk(900), 60_040)
  expect(neighbour.chunkMs).toBe(before)
})

test('a chunk that comes in parts takes the time of all its parts', () => {
  const neighbour = newcomer()
  for (let index = 0; index < 100; index++) neighbour.asked(chunk(index), 0)
  for (let index = 0; index < 100; index++) {
    const startMs = index * 80
    for (const partMs of [20, 40, 60]) neighbour.progressed(startMs + partMs)
    neighbour.delivered(chunk(index), startMs + 80)
  }
  expect(neighbour.chunkMs).toBeGreaterThan(70)
  expect(neighbour.chunkMs).toBeLessThan(90)
})

test('a chunk that nobody asked for teaches nothing', () => {
  const neighbour = newcomer()
  const before = [neighbour.chunkMs, neighbour.latencyMs]
  neighbour.delivered(chunk(3), 5_000)
  expect([neighbour.chunkMs, neighbour.latencyMs]).toEqual(before)
})

test('who delivers, or is no longer to, is not asked for the chunk any more', () => {
  const neighbour = newcomer()
  neighbour.asked(chunk(1), 0)
  neighbour.asked(chunk(2), 0)
  neighbour.delivered(chunk(1), 30)
  neighbour.cancelled(chunk(2), 30)
  expect([...neighbour.asks.keys()]).toEqual([])
})

test('who is fast is asked for more at a time than who is slow, and everyone for a few', () => {
  const pipelines = [5, 20, 80, 300, 5_000].map(everyMs => measured({ everyMs }).pipeline)
  expect(pipelines).toEqual([...pipelines].sort((a, b) => b - a))
  expect(Math.min(...pipelines)).toBeGreaterThan(1)
  expect(Math.max(...pipelines)).toBeLessThanOrEqual(64)
  expect(pipelines[0]).toBeGreaterThan(2 * (pipelines.at(-1) ?? 0))
})

test('nobody is asked for more than it takes', () => {
  expect(proven(2).pipeline).toBe(2)
  expect(proven(0).pipeline).toBe(0)
  expect(newcomer(0).pipeline).toBe(0)
})

test('a stranger is asked for one chunk, and for what it can send once that was true', () => {
  const neighbour = newcomer()
  expect(neighbour.pipeline).toBe(1)
  neighbour.asked(chunk(0), 0)
  neighbour.delivered(chunk(0), 30)
  neighbour.checked(chunk(0), true)
  expect(neighbour.pipeline).toBeGreaterThanOrEqual(4)
})

test('a stranger is asked for nothing while its chunk is checked, and gains nothing by one that cannot be', () => {
  const neighbour = newcomer()
  neighbour.asked(chunk(0), 0)
  neighbour.delivered(chunk(0), 30)
  expect(neighbour.pipeline).toBe(0)
  neighbour.checked(chunk(0), false)
  expect(neighbour.pipeline).toBe(1)
})

test('who breaks off in a chunk is asked for nothing else until the rest has come', () => {
  const neighbour = newcomer()
  neighbour.asked(chunk(0), 0)
  neighbour.progressed(10)
  expect(neighbour.isRefusing(10)).toBe(false)
  neighbour.cancelled(chunk(0), 5_000)
  expect(neighbour.isRefusing(60_000)).toBe(true)
  neighbour.delivered(chunk(0), 60_000)
  expect(neighbour.isRefusing(60_000)).toBe(false)
})

test('each chunk in the queue makes the next one later by the time of a chunk', () => {
  const neighbour = measured({ everyMs: 50 })
  expect(neighbour.finishMs(3) - neighbour.finishMs(2)).toBeCloseTo(neighbour.chunkMs)
  expect(neighbour.finishMs(0)).toBeCloseTo(neighbour.latencyMs + neighbour.chunkMs)
})

test('a chunk is late some time after it was expected, and later behind others', () => {
  const neighbour = newcomer()
  neighbour.asked(chunk(0), 1_000)
  neighbour.asked(chunk(1), 1_000)
  const [first, second] = [...neighbour.asks.values()]
  expect(first?.askedAtMs).toBe(1_000)
  expect(first?.lateAtMs).toBeGreaterThan(1_000 + neighbour.finishMs(0))
  expect(second?.lateAtMs).toBeGreaterThan(first?.lateAtMs ?? Number.POSITIVE_INFINITY)
})

test('who was asked and sends nothing for long is silent', () => {
  const neighbour = newcomer()
  neighbour.asked(chunk(0), 1_000)
  expect(neighbour.isSilent(1_100)).toBe(false)
  expect(neighbour.isSilent(10_000)).toBe(true)
})

test('who sends parts of a chunk is not silent', () => {
  const neighbour = newcomer()
  neighbour.asked(chunk(0), 1_000)
  neighbour.progressed(9_900)
  expect(neighbour.isSilent(10_000)).toBe(false)
})

test('who is slow is given longer before it is silent', () => {
  const neighbour = newcomer()
  neighbour.chunkMs = 2_000
  neighbour.asked(chunk(0), 0)
  expect(neighbour.isSilent(4_000)).toBe(false)
})

test('one silence slows a neighbour once, however much it was asked for', () => {
  const failures = (count: number) => {
    const neighbour = newcomer()
    for (let index = 0; index < count; index++) neighbour.asked(chunk(index), index)
    for (let index = 0; index < count; index++) neighbour.cancelled(chunk(index), 60_000)
    return neighbour.chunkMs
  }
  expect(failures(1)).toBeGreaterThan(newcomer().chunkMs)
  expect(failures(32)).toBe(failures(1))
})

test('who fails again after it was asked again is slowed again', () => {
  const neighbour = newcomer()
  neighbour.asked(chunk(0), 0)
  neighbour.cancelled(chunk(0), 60_000)
  const once = neighbour.chunkMs
  neighbour.asked(chunk(1), 1_000)
  neighbour.cancelled(chunk(1), 120_000)
  expect(neighbour.chunkMs).toBeGreaterThan(once)
})

test('who refuses is refusing until it says, and not asked for those chunks any more', () => {
  const neighbour = newcomer()
  for (const index of [1, 2, 3, 4]) neighbour.asked(chunk(index), 0)
  neighbour.refused([run(2, 4)], 1_500, 0)
  expect([...neighbour.asks.keys()]).toEqual([1, 4])
  expect(neighbour.isRefusing(1_499)).toBe(true)
  expect(neighbour.isRefusing(1_500)).toBe(false)
})

test('who refuses again and again is left alone for longer and longer, until it gives something', () => {
  const neighbour = newcomer()
  const refusedForMs = (nowMs: number) => {
    neighbour.asked(chunk(1), nowMs)
    // A refusal in several messages is one.
    for (let part = 0; part < 3; part++) neighbour.refused([run(1, 2)], 0, nowMs)
    let ms = 0
    while (neighbour.isRefusing(nowMs + ms)) ms += 100
    return ms
  }
  expect([0, 1e5, 2e5, 3e5, 4e5, 5e5].map(refusedForMs)).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 16_000,
  ])
  neighbour.asked(chunk(1), 6e5)
  neighbour.delivered(chunk(1), 6e5)
  expect(refusedForMs(7e5)).toBe(1_000)
})

test('a refusal is not slowness', () => {
  const neighbour = newcomer()
  neighbour.asked(chunk(1), 0)
  neighbour.refused([run(1, 2)], 1_500, 0)
  expect(neighbour.chunkMs).toBe(newcomer().chunkMs)
})

test('the book knows who is there and who was asked for a chunk', () => {
  const book = new SourceBook(10)
  book.join('a', 64, 0)
  book.join('b', 64, 0)
  book.get('b')?.asked(chunk(7), 0)
  expect(book.size).toBe(2)
  expect([...book.neighbours].map(each => each.id)).toEqual(['a', 'b'])
  expect(book.asked().get(chunk(7))?.id).toBe('b')
  expect(book.asked().get(chunk(6))).toBeUndefined()
})

test('who left is forgotten, with all that it was asked for', () => {
  const book = new SourceBook(10)
  book.join('a', 64, 0)
  book.get('a')?.asked(chunk(7), 0)
  book.leave('a')
  expect(book.size).toBe(0)
  expect(book.get('a')).toBeUndefined()
  expect(book.asked().get(chunk(7))).toBeUndefined()
  book.leave('nobody')
})

test('who comes back starts anew', () => {
  const book = new SourceBook(10)
  book.join('a', 64, 0)
  book.get('a')?.has.add(chunk(3))
  book.leave('a')
  book.join('a', 8, 1_000)
  expect(book.get('a')?.has.size).toBe(0)
  expect(book.get('a')?.maxWants).toBe(8)
})

test('who is let off in good time is not taken for slower', () => {
  const neighbour = newcomer()
  const before = neighbour.chunkMs
  neighbour.asked(chunk(0), 0)
  neighbour.cancelled(chunk(0), 10)
  expect(neighbour.chunkMs).toBe(before)
})

test('nobody is to be asked for a chunk that came and is being checked', () => {
  const book = new SourceBook(10)
  book.join('a', 64, 0)
  book.get('a')?.asked(chunk(7), 0)
  book.get('a')?.delivered(chunk(7), 30)
  expect(book.asked().get(chunk(7))?.id).toBe('a')
  book.get('a')?.checked(chunk(7), true)
  expect(book.asked().get(chunk(7))).toBeUndefined()
})

test('who is late again and again is left alone for longer and longer, as who refuses is', () => {
  const neighbour = newcomer()
  const leftAloneForMs = (nowMs: number) => {
    for (const index of [0, 1, 2]) neighbour.asked(chunk(index), nowMs - 60_000)
    for (const index of [0, 1, 2]) neighbour.cancelled(chunk(index), nowMs)
    let ms = 0
    while (neighbour.isRefusing(nowMs + ms)) ms += 100
    return ms
  }
  expect([1e5, 2e5, 3e5].map(leftAloneForMs)).toEqual([1_000, 2_000, 4_000])
})

test('what is counted on is no better than the last whole chunk, though the mean is', () => {
  const neighbour = newcomer()
  for (let index = 0; index < 5; index++) neighbour.asked(chunk(index), 0)
  for (const [index, atMs] of [20, 40, 60, 640].entries()) neighbour.delivered(chunk(index), atMs)
  expect(neighbour.chunkMs).toBeLessThan(120)
  expect(neighbour.promisedChunkMs(640)).toBeGreaterThan(250)
})

test('nor better than how long the next whole chunk has been waited for, whatever signs of life there are', () => {
  const neighbour = newcomer()
  for (let index = 0; index < 5; index++) neighbour.asked(chunk(index), 0)
  for (const [index, atMs] of [20, 40, 60].entries()) neighbour.delivered(chunk(index), atMs)
  for (const atMs of [560, 1_060]) neighbour.progressed(atMs)
  expect(neighbour.isSilent(1_100)).toBe(false)
  expect(neighbour.promisedChunkMs(1_100)).toBeGreaterThan(950)
  expect(neighbour.promiseMs(2, 1_100)).toBeGreaterThan(3 * 950)
})
