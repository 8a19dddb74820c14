import { expect, test } from 'vitest'
import { Glare } from '../../../src/swarm/glare.js'

/** What is sent where both offer at once, in the order in which it is received. */
type Step = 'a receives offer' | 'b receives offer' | 'a receives answer' | 'b receives answer'

/** Who offered the connections that both sides go on with. */
function settle(order: readonly Step[], a: string, b: string): string[] {
  const glares = { [a]: new Glare(a), [b]: new Glare(b) }
  const answered = new Set<string>()
  const kept: string[] = []
  for (const step of order) {
    const [me, other] = step.startsWith('a') ? [a, b] : [b, a]
    if (step.endsWith('offer') && glares[me]?.answers(other, 0)) answered.add(other)
    // An answer to an offer of ours is received only where the other side gave one.
    if (step.endsWith('answer') && answered.has(me) && glares[me]?.takes(other, 0)) kept.push(me)
  }
  return kept
}

const CROSSING: Step[][] = [
  ['a receives offer', 'b receives offer', 'a receives answer', 'b receives answer'],
  ['a receives offer', 'b receives offer', 'b receives answer', 'a receives answer'],
  ['b receives offer', 'a receives answer', 'a receives offer', 'b receives answer'],
  ['a receives offer', 'b receives answer', 'b receives offer', 'a receives answer'],
]

test.each(CROSSING)('of two crossing offers one is kept: %s, %s, %s, %s', (...order) => {
  for (const [a, b] of [
    ['ann', 'bob'],
    ['bob', 'ann'],
  ] as const)
    expect(settle(order, a, b)).toHaveLength(1)
})

test('a connection that came to nothing is tried anew', () => {
  const glare = new Glare('bob')
  expect(glare.answers('ann', 0)).toBe(true)
  expect(glare.takes('ann', 9_999)).toBe(false)
  expect(glare.takes('ann', 10_000)).toBe(true)
  expect(glare.answers('ann', 19_999)).toBe(false)
  expect(glare.answers('ann', 20_000)).toBe(true)
})

test('others are not in the way', () => {
  const glare = new Glare('bob')
  glare.answers('ann', 0)
  expect(glare.takes('cid', 0)).toBe(true)
})

test('an offer that was answered and came to nothing is not in the way of an answer', () => {
  const glare = new Glare('bob')
  glare.answers('ann', 0)
  glare.forget('ann')
  expect(glare.takes('ann', 1)).toBe(true)
})
