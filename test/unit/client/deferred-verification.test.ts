import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DeferredVerification } from '../../../src/client/deferred-verification.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function deferred() {
  const done: number[] = []
  const tasks = new DeferredVerification()
  return { done, tasks, add: (name: number) => tasks.add(() => done.push(name)) }
}

test('each piece of work is done 400 ms later, in order', () => {
  const { done, add } = deferred()
  add(1)
  vi.advanceTimersByTime(300)
  add(2)
  add(3)
  vi.advanceTimersByTime(99)
  expect(done).toEqual([])
  vi.advanceTimersByTime(1)
  expect(done).toEqual([1])
  vi.advanceTimersByTime(300)
  expect(done).toEqual([1, 2, 3])
  add(4)
  vi.advanceTimersByTime(400)
  expect(done).toEqual([1, 2, 3, 4])
})

test('no more than 128 are put off: the oldest is done instead', () => {
  const { done, add } = deferred()
  for (let name = 0; name < 130; name++) add(name)
  expect(done).toEqual([0, 1])
})

test('all that was put off can be done now, once', () => {
  const { done, tasks, add } = deferred()
  add(1)
  add(2)
  tasks.clear()
  expect(done).toEqual([1, 2])
  vi.advanceTimersByTime(1_000)
  expect(done).toEqual([1, 2])
})
