import { expect, test } from 'vitest'
import { LOOK_MS, MOST_HOLD_MS, Patience } from '../../../src/client/patience.js'

/** How long one waits that looks every so many ms, with signs at these times. */
function waitedMs({
  signs = [] as number[],
  mostMs = MOST_HOLD_MS,
  awayMs = 0,
  everyMs = LOOK_MS,
} = {}): number {
  const patience = new Patience({ mostMs, awayMs }, 0)
  const left = [...signs]
  for (let nowMs = everyMs; ; nowMs += everyMs) {
    while (left[0] !== undefined && left[0] <= nowMs) {
      patience.onProgress()
      left.shift()
    }
    if (patience.isOver(nowMs)) return nowMs
  }
}

test('a worker that gives no sign is waited for less than half a second', () => {
  expect(waitedMs()).toBe(450)
})

test('on a site that is far away it is waited for a round trip longer, within bounds', () => {
  expect(waitedMs({ awayMs: 300 })).toBe(750)
  expect(waitedMs({ awayMs: 5_000 })).toBe(850)
  expect(waitedMs({ awayMs: 300, mostMs: 500 })).toBe(500)
})

test('one that has given a sign and then none is not waited for longer', () => {
  expect(waitedMs({ signs: [100, 200] })).toBe(450)
})

test('each sign is worth another wait', () => {
  expect(waitedMs({ signs: [400, 600, 800] })).toBe(800 + 250 - LOOK_MS)
})

test('a worker that gets on for ever is not waited for longer than the site says', () => {
  const signs = Array.from({ length: 100 }, (_, index) => index * 100)
  expect(waitedMs({ signs })).toBe(MOST_HOLD_MS)
  expect(waitedMs({ signs, mostMs: 1_000 })).toBe(1_000)
  expect(waitedMs({ mostMs: 100 })).toBe(100)
})

test('a page that is too busy to look waits longer by the clock', () => {
  expect(waitedMs({ everyMs: 200 })).toBe(1_800)
})

test('what happened before the first element waits does not count', () => {
  const patience = new Patience({ mostMs: MOST_HOLD_MS, awayMs: 0 }, 0)
  expect(patience.isOver(10_000)).toBe(false)
})
