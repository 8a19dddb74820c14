import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChunkSet } from '../../../src/core/chunk-set.js'
import { chunk, chunksIn, run, runsOf } from '../../../src/core/units.js'

const COUNTS = [0, 1, 7, 8, 9, 15, 16, 17, 255, 256, 257] as const

/** A set drawn one character a chunk: `#` is held. */
function drawn(picture: string): ChunkSet {
  const set = new ChunkSet(picture.length)
  for (const [index, mark] of [...picture].entries()) if (mark === '#') set.add(chunk(index))
  return set
}

const draw = (set: ChunkSet): string =>
  Array.from({ length: set.chunkCount }, (_, index) => (set.has(chunk(index)) ? '#' : '.')).join('')

type Step =
  | { do: 'add'; index: number }
  | { do: 'delete'; index: number }
  | { do: 'addRun'; from: number; to: number }
  | { do: 'deleteRun'; from: number; to: number }

/* Indices also lie outside the set, on both sides. */
const index = fc.integer({ min: -10, max: 270 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), index }),
  fc.record({ do: fc.constant('delete' as const), index }),
  fc.record({ do: fc.constant('addRun' as const), from: index, to: index }),
  fc.record({ do: fc.constant('deleteRun' as const), from: index, to: index }),
)

function apply(set: ChunkSet, model: Set<number>, chunkCount: number, step: Step): void {
  const put = (each: number) => each >= 0 && each < chunkCount && model.add(each)
  if (step.do === 'add') {
    set.add(chunk(step.index))
    put(step.index)
  } else if (step.do === 'delete') {
    set.delete(chunk(step.index))
    model.delete(step.index)
  } else if (step.do === 'addRun') {
    set.addRun(run(step.from, step.to))
    for (let each = step.from; each < step.to; each++) put(each)
  } else {
    set.deleteRun(run(step.from, step.to))
    for (let each = step.from; each < step.to; each++) model.delete(each)
  }
}

test('holds after any steps what a plain set of numbers would hold', () => {
  fc.assert(
    fc.property(fc.constantFrom(...COUNTS), fc.array(step), (chunkCount, steps) => {
      const set = new ChunkSet(chunkCount)
      const model = new Set<number>()
      for (const each of steps) apply(set, model, chunkCount, each)
      const expected = [...model].sort((a, b) => a - b)
      expect([...chunksIn(set.runs())]).toEqual(expected)
      expect(set.runs()).toEqual(runsOf(expected.map(chunk)))
      expect(set.size).toBe(model.size)
      expect(set.isComplete).toBe(model.size === chunkCount)
      for (let each = -10; each < chunkCount + 10; each++)
        expect(set.has(chunk(each))).toBe(model.has(each))
    }),
    { numRuns: 500 },
  )
})

test('finds the same next chunk as a search one by one', () => {
  fc.assert(
    fc.property(fc.constantFrom(...COUNTS), fc.array(step), fc.boolean(), (count, steps, held) => {
      const set = new ChunkSet(count)
      for (const each of steps) apply(set, new Set(), count, each)
      for (let from = 0; from <= count; from++) {
        let expected = from
        while (expected < count && set.has(chunk(expected)) !== held) expected++
        expect(set.next(chunk(from), held)).toBe(expected)
      }
    }),
  )
})

test('runs go round trip', () => {
  fc.assert(
    fc.property(fc.constantFrom(...COUNTS), fc.array(step), (chunkCount, steps) => {
      const set = new ChunkSet(chunkCount)
      for (const each of steps) apply(set, new Set(), chunkCount, each)
      const copy = new ChunkSet(chunkCount, set.runs())
      expect(draw(copy)).toBe(draw(set))
      expect(copy.size).toBe(set.size)
    }),
  )
})

test.each([
  { picture: '', runs: [] },
  { picture: '.', runs: [] },
  { picture: '#', runs: [[0, 1]] },
  {
    picture: '#.#',
    runs: [
      [0, 1],
      [2, 3],
    ],
  },
  { picture: '.......#', runs: [[7, 8]] },
  { picture: '........#', runs: [[8, 9]] },
  { picture: '.......##.......', runs: [[7, 9]] },
  { picture: '########', runs: [[0, 8]] },
  { picture: '#########', runs: [[0, 9]] },
  { picture: '.###############.', runs: [[1, 16]] },
  {
    picture: '########........########',
    runs: [
      [0, 8],
      [16, 24],
    ],
  },
] as const)('the runs of "$picture" are $runs', ({ picture, runs }) => {
  expect(drawn(picture).runs()).toEqual(runs.map(([from, to]) => run(from, to)))
})

test.each([0, 1, 7, 8, 9, 255, 256, 65_535, 65_536, 65_537])(
  'a full set of %i chunks is complete and one run',
  chunkCount => {
    const set = new ChunkSet(chunkCount, [run(0, chunkCount)])
    expect(set.isComplete).toBe(true)
    expect(set.size).toBe(chunkCount)
    expect(set.runs()).toEqual(chunkCount === 0 ? [] : [run(0, chunkCount)])
    expect(set.next(chunk(0), false)).toBe(chunkCount)
  },
)

test('a chunk counts once, however often it is added or deleted', () => {
  const set = new ChunkSet(10, [run(0, 6), run(4, 8)])
  set.add(chunk(4))
  expect(set.size).toBe(8)
  set.delete(chunk(4))
  set.delete(chunk(4))
  expect(set.size).toBe(7)
})

test('chunks outside the resource are ignored, also those that share its last byte', () => {
  const set = new ChunkSet(9)
  for (const index of [-1, -8, 9, 10, 15, 16, 2 ** 31, 2 ** 32 - 1, 2 ** 32]) set.add(chunk(index))
  set.addRun(run(-5, 0))
  set.addRun(run(9, 2 ** 32))
  expect(set.size).toBe(0)
  expect(set.runs()).toEqual([])
})

test.each([Number.NaN, 0.5, -0.5, 7.5, Infinity, -Infinity, 2 ** 32, -1])(
  '%d is no chunk: it is neither held, added nor deleted',
  index => {
    const empty = new ChunkSet(9)
    empty.add(chunk(index))
    expect(empty.size).toBe(0)
    const full = new ChunkSet(9, [run(0, 9)])
    expect(full.has(chunk(index))).toBe(false)
    full.delete(chunk(index))
    expect(full.isComplete).toBe(true)
  },
)

test('deleting a run leaves its neighbours', () => {
  const set = drawn('####################')
  set.deleteRun(run(7, 17))
  expect(draw(set)).toBe('#######..........###')
})

test('a set does not follow the runs that it was made from', () => {
  const first = drawn('####....')
  const second = new ChunkSet(8, first.runs())
  second.delete(chunk(0))
  expect(draw(first)).toBe('####....')
})

test('a neighbour that says again and again that it has all of a long film, and lost it, costs little', () => {
  const all = run(0, 32_768)
  const timeOf = (act: (set: ChunkSet) => void) => {
    const set = new ChunkSet(32_768)
    const startMs = performance.now()
    for (let time = 0; time < 50; time++) act(set)
    return performance.now() - startMs
  }
  const chunkByChunk = (set: ChunkSet) => {
    for (const index of chunksIn([all])) set.add(index)
    for (const index of chunksIn([all])) set.delete(index)
  }
  const asRuns = (set: ChunkSet) => {
    set.addRun(all)
    set.deleteRun(all)
  }
  // Once each for whoever makes them fast.
  timeOf(chunkByChunk)
  timeOf(asRuns)
  expect(timeOf(asRuns)).toBeLessThan(timeOf(chunkByChunk) / 5)
})

test('finds what others hold and counts what is lacked as a search one by one does', () => {
  const steps = fc.array(step)
  const drawnOthers = fc.array(steps, { maxLength: 3 })
  fc.assert(
    fc.property(fc.constantFrom(...COUNTS), steps, drawnOthers, (count, own, theirs) => {
      const [set, ...others] = [own, ...theirs].map(each => {
        const made = new ChunkSet(count)
        for (const one of each) apply(made, new Set(), count, one)
        return made
      })
      if (!set) return
      const isOffered = (at: number) =>
        !set.has(chunk(at)) && others.some(each => each.has(chunk(at)))
      let lacked = 0
      for (let from = 0; from <= count; from++) {
        let expected = from
        while (expected < count && !isOffered(expected)) expected++
        expect(set.nextOf(others, chunk(from))).toBe(expected)
        expect(set.lackedIn(run(0, from))).toBe(lacked)
        expect(set.lackedIn(run(from, count + 7))).toBe(count - set.size - lacked)
        if (from < count && !set.has(chunk(from))) lacked++
      }
    }),
  )
})
