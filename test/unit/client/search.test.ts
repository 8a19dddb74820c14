import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Search } from '../../../src/client/search.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const begun = () => {
  const onEnd = vi.fn()
  const search = new Search(true, onEnd)
  search.begin()
  return { search, onEnd }
}

test('without a tracker nobody is looked for', () => {
  const onEnd = vi.fn()
  const search = new Search(false, onEnd)
  search.begin()
  vi.advanceTimersByTime(60_000)
  expect(search.state).toBe('off')
  expect(onEnd).not.toHaveBeenCalled()
})

test('a tracker that says nothing is waited for a few seconds', () => {
  const { search, onEnd } = begun()
  vi.advanceTimersByTime(3_900)
  expect(search.state).toBe('searching')
  vi.advanceTimersByTime(200)
  expect(search.state).toBe('found')
  expect(onEnd).toHaveBeenCalledOnce()
})

test('a viewer who is alone need not search on', () => {
  const { search, onEnd } = begun()
  search.counted(1)
  expect(search.state).toBe('found')
  expect(onEnd).toHaveBeenCalledOnce()
})

test('where others are known to be there, they are given more time, from the beginning on', () => {
  const { search } = begun()
  vi.advanceTimersByTime(3_000)
  search.counted(3)
  vi.advanceTimersByTime(6_900)
  expect(search.state).toBe('searching')
  vi.advanceTimersByTime(200)
  expect(search.state).toBe('found')
})

test('a search that has ended stays so, and is told once', () => {
  const { search, onEnd } = begun()
  search.end()
  search.counted(5)
  search.end()
  vi.advanceTimersByTime(60_000)
  expect(search.state).toBe('found')
  expect(onEnd).toHaveBeenCalledOnce()
})
