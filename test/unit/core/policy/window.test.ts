import { expect, test } from 'vitest'
import { AskAhead } from '../../../../src/core/policy/window.js'
import { chunk, run } from '../../../../src/core/units.js'

/** Hands a response chunk after chunk, and returns all that was asked ahead of each. */
function handAll(window: AskAhead, to: number) {
  const asked = []
  for (let cursor = window.run.from; cursor < to; cursor = chunk(cursor + 1)) {
    const ask = window.ask(cursor)
    if (ask) asked.push({ cursor, ...ask })
    window.handedOver()
  }
  return asked
}

test('a new response asks for four chunks, and for no more until one was handed over', () => {
  const window = new AskAhead(run(10, 1_000))
  expect(window.askedTo).toBe(10)
  expect(window.ask(chunk(10))).toEqual(run(10, 14))
  expect(window.ask(chunk(10))).toBeUndefined()
  expect(window.askedTo).toBe(14)
})

test('one that goes on asks further ahead with each chunk, up to 2 MiB', () => {
  const asked = handAll(new AskAhead(run(0, 1_000)), 500)
  const aheadOf = (each: { cursor: number; to: number }) => each.to - each.cursor
  expect(aheadOf(asked[1] ?? { cursor: 0, to: 0 })).toBeGreaterThan(4)
  expect(Math.max(...asked.map(aheadOf))).toBe(32)
  expect(aheadOf(asked.at(-1) ?? { cursor: 0, to: 0 })).toBe(32)
})

test('every chunk is asked for once, in order', () => {
  const asked = handAll(new AskAhead(run(3, 200)), 200)
  expect(asked[0]?.from).toBe(3)
  expect(asked.at(-1)?.to).toBe(200)
  for (const [at, { from }] of asked.entries()) if (at > 0) expect(from).toBe(asked[at - 1]?.to)
})

test('it asks in strides of a quarter window, and for what is left at the end', () => {
  const asked = handAll(new AskAhead(run(0, 503)), 503)
  const strides = asked.filter(({ cursor }) => cursor > 100).map(({ from, to }) => to - from)
  expect(strides.slice(0, -1).every(chunks => chunks === 8)).toBe(true)
  expect(strides.at(-1)).toBeLessThan(8)
  // The rest is asked for once it is in the window.
  expect(asked.at(-1)?.cursor).toBe(503 - 32)
  expect(asked.length).toBeLessThan(80)
})

test('a short response asks for no more than it has, and one whose video waits for what comes next', () => {
  const short = new AskAhead(run(0, 2))
  expect(short.ask(chunk(0))).toEqual(run(0, 2))
  expect(short.ask(chunk(1))).toBeUndefined()
  const waiting = new AskAhead(run(0, 100))
  waiting.ask(chunk(0))
  for (let count = 0; count < 28; count++) waiting.handedOver()
  expect(waiting.ask(chunk(4))).toEqual(run(4, 36))
  expect(waiting.ask(chunk(9))).toBeUndefined()
  expect(waiting.ask(chunk(12))).toEqual(run(36, 44))
})
