import { expect, test } from 'vitest'
import { chunk, run } from '../../../src/core/units.js'
import { MessageBudget } from '../../../src/swarm/message-budget.js'
import type { PeerMessage } from '../../../src/swarm/messages.js'

/** How many of a message a neighbour may send at once. */
function atOnce(message: PeerMessage): number {
  const budget = new MessageBudget()
  let count = 0
  try {
    for (; count < 100_000; count++) budget.take(message, 0)
  } catch {
    // It is too much.
  }
  return count
}

/** Half an hour of a film in 32,768 chunks: 2 GB. */
const FILM_CHUNKS = 32_768
const have = (runs: ReturnType<typeof run>[]): PeerMessage => ({ type: 'have', runs })

test('a list costs what it takes to read it: its runs, and the chunks in them', () => {
  expect(atOnce(have([run(0, 1)]))).toBeGreaterThan(3_990)
  // A film of 2 GB in one run takes as long as half a message more.
  expect(atOnce(have([run(0, FILM_CHUNKS)]))).toBe(2_666)
  const scattered = Array.from({ length: 1_024 }, (_, at) => run(2 * at, 2 * at + 1))
  expect(atOnce(have(scattered))).toBeLessThan(63)
})

test('chunks are not counted, as only those come that were asked for', () => {
  const bytes = new Uint8Array(65_536)
  expect(atOnce({ type: 'data', index: chunk(0), offset: 0, bytes })).toBe(100_000)
})

test('what was used up comes in again, a thousand a second', () => {
  const budget = new MessageBudget()
  const bye: PeerMessage = { type: 'bye', reason: 'leaving' }
  for (let count = 0; count < 4_000; count++) budget.take(bye, 0)
  expect(() => budget.take(bye, 0)).toThrow('too many messages')
  for (let count = 0; count < 500; count++) budget.take(bye, 500)
  expect(() => budget.take(bye, 500)).toThrow('too many messages')
})
