import { expect, test } from 'vitest'
import { ChunkSet } from '../../../../src/core/chunk-set.js'
import { noteNeighbour, type Urgency } from '../../../../src/core/policy/note-neighbour.js'
import type { NeighbourEvent } from '../../../../src/core/policy/viewer-messages.js'
import { SourceBook } from '../../../../src/core/scheduling/source-book.js'
import { chunk, run } from '../../../../src/core/units.js'

/** A book with a neighbour that has some chunks and was asked for two of them at 0. */
function bookOf() {
  const book = new SourceBook(100)
  const held = new ChunkSet(100, [run(50, 60)])
  const note = (event: NeighbourEvent, nowMs = 0): Urgency =>
    noteNeighbour(book, held, event, nowMs)
  note({ type: 'joined', peer: 'ann', maxWants: 7 })
  note({ type: 'have', peer: 'ann', runs: [run(0, 10), run(20, 30)] })
  const ann = book.get('ann')
  for (const index of [0, 1]) ann?.asked(chunk(index), 0)
  return { book, note, ann }
}

test('who joined has a page, with what it said of itself, until it leaves', () => {
  const { book, note, ann } = bookOf()
  expect(ann?.maxWants).toBe(7)
  expect(note({ type: 'joined', peer: 'bob', maxWants: 1 })).toBe('at-once')
  expect(book.size).toBe(2)
  expect(note({ type: 'left', peer: 'ann' })).toBe('at-once')
  expect([...book.neighbours].map(({ id }) => id)).toEqual(['bob'])
})

test('what it has is noted, and what it has no more', () => {
  const { note, ann } = bookOf()
  expect(ann?.has.runs()).toEqual([run(0, 10), run(20, 30)])
  expect(note({ type: 'have', peer: 'ann', runs: [run(10, 12)] })).toBe('soon')
  expect(note({ type: 'no-longer-has', peer: 'ann', runs: [run(2, 4), run(20, 30)] })).toBe('soon')
  expect(ann?.has.runs()).toEqual([run(0, 2), run(4, 12)])
})

test('what is held here already is noted, and no reason for a new plan', () => {
  const { note, ann } = bookOf()
  expect(note({ type: 'have', peer: 'ann', runs: [run(50, 52), run(58, 60)] })).toBe('none')
  expect(note({ type: 'have', peer: 'ann', runs: [run(52, 54), run(58, 61)] })).toBe('soon')
  expect(ann?.has.runs().slice(2)).toEqual([run(50, 54), run(58, 61)])
})

test('one that is busy is asked no more for what it does not give, and left alone for as long as it says', () => {
  const { note, ann } = bookOf()
  expect(note({ type: 'busy', peer: 'ann', runs: [run(1, 2)], retryMs: 9_000 }, 100)).toBe('soon')
  expect([...(ann?.asks.keys() ?? [])]).toEqual([0])
  expect(ann?.isRefusing(9_099)).toBe(true)
  expect(ann?.isRefusing(9_100)).toBe(false)
})

test('one that sends bytes is not silent', () => {
  const { note, ann } = bookOf()
  expect(ann?.isSilent(700)).toBe(true)
  expect(note({ type: 'progress', peer: 'ann' }, 650)).toBe('none')
  expect(ann?.isSilent(700)).toBe(false)
})

test('a chunk that came is owed no more, and to be checked; a false one makes nobody proven', () => {
  const { note, ann } = bookOf()
  expect(note({ type: 'arrived', peer: 'ann', index: chunk(0) }, 80)).toBe('none')
  expect([...(ann?.asks.keys() ?? [])]).toEqual([1])
  expect([...(ann?.unchecked ?? [])]).toEqual([0])
  expect(note({ type: 'false', peer: 'ann', index: chunk(0) }, 80)).toBe('soon')
  expect(ann?.unchecked.size).toBe(0)
  expect(ann?.isProven).toBe(false)
})

test('what is said of somebody who has left is passed over', () => {
  const { book, note } = bookOf()
  note({ type: 'left', peer: 'ann' })
  note({ type: 'have', peer: 'ann', runs: [run(0, 1)] })
  note({ type: 'no-longer-has', peer: 'ann', runs: [run(0, 1)] })
  note({ type: 'busy', peer: 'ann', runs: [run(0, 1)], retryMs: 1 })
  note({ type: 'progress', peer: 'ann' })
  note({ type: 'arrived', peer: 'ann', index: chunk(0) })
  note({ type: 'false', peer: 'ann', index: chunk(0) })
  expect(book.size).toBe(0)
})
