import { expect, test } from 'vitest'
import { Search } from '../../../../src/core/policy/search.js'

/** A search that began at 500 ms. */
function begun(): Search {
  const search = new Search(true)
  search.begin(500)
  return search
}

test('without a tracker nobody is looked for', () => {
  const search = new Search(false)
  search.begin(0)
  expect(search.endsAtMs).toBeUndefined()
  search.counted(1)
  search.end()
  expect(search.stateAt(60_000)).toBe('off')
})

test('a search that has not begun does not end by itself', () => {
  const search = new Search(true)
  expect(search.endsAtMs).toBeUndefined()
  expect(search.stateAt(60_000)).toBe('searching')
})

test('a tracker that says nothing is waited for a few seconds, told when', () => {
  const search = begun()
  expect(search.stateAt(4_400)).toBe('searching')
  expect(search.endsAtMs).toBe(4_500)
  expect(search.stateAt(4_600)).toBe('over')
  expect(search.endsAtMs).toBeUndefined()
})

test('to begin again gives no more time', () => {
  const search = begun()
  search.begin(4_000)
  expect(search.stateAt(4_600)).toBe('over')
})

test('a viewer who is alone need not search on', () => {
  const search = begun()
  search.counted(1)
  expect(search.stateAt(500)).toBe('over')
})

test('where others are known to be there, they are given more time, from the beginning on', () => {
  const search = begun()
  expect(search.stateAt(3_500)).toBe('searching')
  search.counted(3)
  expect(search.stateAt(10_400)).toBe('searching')
  expect(search.endsAtMs).toBe(10_500)
  expect(search.stateAt(10_600)).toBe('over')
})

test('a search that has ended stays so', () => {
  const search = begun()
  search.end()
  search.counted(5)
  search.end()
  search.begin(1_000)
  expect(search.endsAtMs).toBeUndefined()
  expect(search.stateAt(500)).toBe('over')
  expect(search.stateAt(60_000)).toBe('over')
})
