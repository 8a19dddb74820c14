import { expect, test } from 'vitest'
import { earliest } from '../../../../src/core/policy/earliest.js'
import { PlanTime } from '../../../../src/core/policy/plan-time.js'

test('nothing is planned before something happens', () => {
  const time = new PlanTime()
  expect(time.dueAtMs).toBeUndefined()
  expect(time.isDue(1e9)).toBe(false)
})

test('what cannot wait is planned for at once, what can no sooner than 20 ms after the last plan', () => {
  const time = new PlanTime()
  time.soon(5)
  expect(time.dueAtMs).toBe(5)
  expect(time.isDue(4)).toBe(false)
  expect(time.isDue(5)).toBe(true)
  time.planned(5, [])
  expect(time.dueAtMs).toBeUndefined()
  time.soon(6)
  time.soon(24)
  expect(time.dueAtMs).toBe(25)
  time.atOnce(8)
  time.soon(9)
  expect(time.dueAtMs).toBe(8)
})

test.each<[again: (number | undefined)[], dueAtMs: number | undefined]>([
  [[undefined, undefined], undefined],
  [[undefined, 900, 300], 300],
  [[101, 900], 120],
  [[50], 120],
])('a plan of 100 ms that is to be thought over at %j is due at %s', (again, dueAtMs) => {
  const time = new PlanTime()
  time.planned(100, again)
  expect(time.dueAtMs).toBe(dueAtMs)
})

test('of no times none is the earliest', () => {
  expect(earliest([])).toBeUndefined()
  expect(earliest([undefined, 3, -1, undefined])).toBe(-1)
})
