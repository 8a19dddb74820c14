import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Planning } from '../../../src/client/planning.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what happens in one turn is planned for once, at once', async () => {
  const plan = vi.fn(() => [])
  vi.advanceTimersByTime(1_000)
  const planning = new Planning(plan)
  planning.request()
  planning.request()
  await Promise.resolve()
  expect(plan).toHaveBeenCalledOnce()
})

test('plans leave each other a pause', async () => {
  const plan = vi.fn(() => [])
  vi.advanceTimersByTime(1_000)
  const planning = new Planning(plan)
  planning.request()
  await Promise.resolve()
  for (let i = 0; i < 50; i++) {
    planning.request()
    await vi.advanceTimersByTimeAsync(1)
  }
  expect(plan).toHaveBeenCalledTimes(3)
})

test('who waits is planned for at once, and once', async () => {
  const plan = vi.fn(() => [])
  vi.advanceTimersByTime(1_000)
  const planning = new Planning(plan)
  planning.hurry()
  await Promise.resolve()
  planning.request()
  planning.hurry()
  planning.hurry()
  await Promise.resolve()
  expect(plan).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(100)
  expect(plan).toHaveBeenCalledTimes(2)
})

test('a plan is thought over at the earliest of its times', async () => {
  const plan = vi.fn((nowMs: number) =>
    nowMs < 1_400 ? [nowMs + 900, undefined, nowMs + 300] : [],
  )
  vi.advanceTimersByTime(1_000)
  new Planning(plan).request()
  await vi.advanceTimersByTimeAsync(250)
  expect(plan).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(100)
  expect(plan).toHaveBeenCalledTimes(2)
})

test('who has stopped plans no more', async () => {
  const plan = vi.fn(() => [performance.now() + 50])
  vi.advanceTimersByTime(1_000)
  const planning = new Planning(plan)
  planning.request()
  await vi.advanceTimersByTimeAsync(10)
  planning.stop()
  planning.request()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(plan).toHaveBeenCalledOnce()
})
