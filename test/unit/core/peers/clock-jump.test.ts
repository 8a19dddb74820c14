import { expect, test } from 'vitest'
import { ClockJump } from '../../../../src/core/peers/clock-jump.js'

const looks = (...timesMs: number[]) => {
  const clock = new ClockJump()
  return timesMs.map(atMs => clock.look(atMs))
}

test('a clock that was looked at steadily has not jumped, nor where its looks are throttled', () => {
  expect(looks(1e12, 1e12 + 5_000, 1e12 + 10_000, 1e12 + 75_000)).toEqual([
    false,
    false,
    false,
    false,
  ])
})

test('minutes that nobody saw are sleep, once', () => {
  expect(looks(0, 5_000, 305_000, 310_000)).toEqual([false, false, true, false])
})

test('a clock that is set back has not slept', () => {
  expect(looks(1e12, 1e12 - 3_600_000, 1e12 - 3_595_000)).toEqual([false, false, false])
})
