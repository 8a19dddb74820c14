import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunk, chunksIn, run, runsOf } from '../../../src/core/units.js'

test.each([
  { chunks: [], runs: [] },
  { chunks: [0], runs: [[0, 1]] },
  { chunks: [0, 1, 2], runs: [[0, 3]] },
  {
    chunks: [0, 2, 4],
    runs: [
      [0, 1],
      [2, 3],
      [4, 5],
    ],
  },
  {
    chunks: [7, 8, 255, 256, 257, 65_536],
    runs: [
      [7, 9],
      [255, 258],
      [65_536, 65_537],
    ],
  },
])('the chunks $chunks make the runs $runs', ({ chunks, runs }) => {
  expect(runsOf(chunks.map(chunk))).toEqual(runs.map(([from = 0, to = 0]) => run(from, to)))
})

test('chunks go round trip through runs', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(300)), indices => {
      const ascending = indices.sort((a, b) => a - b).map(chunk)
      expect([...chunksIn(runsOf(ascending))]).toEqual(ascending)
    }),
  )
})

test('no two runs touch', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60)), indices => {
      const runs = runsOf(indices.sort((a, b) => a - b).map(chunk))
      for (const [at, { from, to }] of runs.entries()) {
        expect(to).toBeGreaterThan(from)
        expect(runs[at + 1]?.from ?? Number.POSITIVE_INFINITY).toBeGreaterThan(to)
      }
    }),
  )
})

test('an empty run holds no chunk', () => {
  expect([...chunksIn([run(3, 3), run(5, 4), run(6, 7)])]).toEqual([6])
})
