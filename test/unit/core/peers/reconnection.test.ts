import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Reconnection } from '../../../../src/core/peers/reconnection.js'

const TWO_DAYS_MS = 2 * 86_400_000

/** The pauses of a connection whose tries all fail at once. */
function* pauses(random: () => number, untilMs = TWO_DAYS_MS): Generator<number> {
  const reconnection = new Reconnection()
  for (let nowMs = 0; nowMs < untilMs; ) {
    reconnection.tried(nowMs)
    const pauseMs = reconnection.lost(nowMs, random())
    nowMs += pauseMs
    yield pauseMs
  }
}

test('it is tried for days, at least every eight seconds', () => {
  const all = [...pauses(Math.random)]
  expect(all.length).toBeGreaterThan(TWO_DAYS_MS / 8_000)
  expect(Math.max(...all)).toBeLessThanOrEqual(8_000)
})

test('pauses grow, and none is too short', () => {
  expect([...pauses(() => 1, 30_000)]).toEqual([2_000, 4_000, 8_000, 8_000, 8_000])
  expect([...pauses(() => 0, 5_000)]).toEqual([500, 1_000, 2_000, 2_000])
})

test('viewers who lose it at the same moment come back at different ones', () => {
  const first = Array.from({ length: 1_000 }, () => [...pauses(Math.random, 1)][0] ?? 0)
  const inTheFirstQuarter = first.filter(each => each < 875).length
  expect(inTheFirstQuarter).toBeGreaterThan(150)
  expect(inTheFirstQuarter).toBeLessThan(350)
})

test('one that was open for long is tried anew soon; one that hangs up at once is not', () => {
  const reconnection = new Reconnection()
  for (let count = 0; count < 5; count++) reconnection.lost(0, 1)
  reconnection.tried(0)
  reconnection.opened(0)
  expect(reconnection.lost(9_000, 1)).toBe(8_000)
  reconnection.tried(20_000)
  reconnection.opened(20_000)
  expect(reconnection.lost(30_000, 1)).toBe(2_000)
})

test('the time of a try that hung counts as a pause', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20_000 }), fc.nat(10), (hungMs, failures) => {
      const reconnection = new Reconnection()
      for (let count = 0; count < failures; count++) reconnection.lost(0, 1)
      reconnection.tried(0)
      const pauseMs = reconnection.lost(hungMs, 1)
      expect(pauseMs).toBeGreaterThanOrEqual(500)
      expect(pauseMs + hungMs).toBeLessThanOrEqual(Math.max(8_000, hungMs + 500))
    }),
  )
})
