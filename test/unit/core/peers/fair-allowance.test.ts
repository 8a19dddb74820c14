import fc from 'fast-check'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { expect, test } from 'vitest'
import { FairAllowance } from '../../../../src/core/peers/fair-allowance.js'

const newAllowance = () => new FairAllowance(2, 60)

/** How much a source gets that asks for so much each time, from a time on. */
function takeAll(allowance: FairAllowance, source: string, amount: number, nowMs: number): number {
  let all = 0
  while (allowance.take(amount, [source], nowMs)) all += amount
  return all
}

test('who takes all that it can ends at half, and another finds as much again of the rest', () => {
  const allowance = newAllowance()
  expect(takeAll(allowance, 'flood', 1, 0)).toBe(30)
  expect(takeAll(allowance, 'ann', 1, 0)).toBe(15)
})

test('a flood that goes on leaves enough to who comes at any time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 10, max: 500 }),
      fc.integer({ min: 1, max: 400 }),
      (amount, everyMs, times) => {
        const allowance = newAllowance()
        for (let index = 0; index < times; index++)
          allowance.take(amount, ['flood', `name ${index}`], index * everyMs)
        expect(allowance.take(10, ['ann'], times * everyMs)).toBe(true)
      },
    ),
  )
})

test('all together never get more than the whole', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          amount: fc.integer({ min: 0, max: 10 }),
          source: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
          waitMs: fc.integer({ min: 0, max: 400 }),
        }),
        { maxLength: 300 },
      ),
      asked => {
        const allowance = newAllowance()
        let [nowMs, taken] = [0, 0]
        for (const { amount, source, waitMs } of asked) {
          nowMs += waitMs
          if (allowance.take(amount, [source], nowMs)) taken += amount
          expect(taken).toBeLessThanOrEqual(60 + (2 * nowMs) / 1_000 + 1e-6)
        }
      },
    ),
  )
})

test('what is given back, and what comes in with time, is there again', () => {
  const allowance = newAllowance()
  expect(allowance.take(30, ['ann'], 0)).toBe(true)
  expect(allowance.take(1, ['ann'], 0)).toBe(false)
  allowance.giveBack(30, ['ann'], 0)
  expect(allowance.take(30, ['ann'], 0)).toBe(true)
  expect(allowance.take(30, ['ann'], 7_499)).toBe(false)
  expect(allowance.take(30, ['ann'], 7_500)).toBe(true)
})

test('who asks for much finds it as often as who asks for little, while others take each bit that comes in', () => {
  /** How often one in a flood of ever new sources, each of which asks for one, gets an amount. */
  const found = (amount: number, seed: number) => {
    const allowance = new FairAllowance(2, 60, 10)
    const random = xoroshiro128plus(seed)
    let count = 0
    for (let offer = 0; offer < 20_000; offer++) {
      const isOurs = offer > 1_000 && uniformInt(random, 1, 10) === 1
      const isTaken = allowance.take(isOurs ? amount : 1, [`name ${offer}`], offer * 10)
      if (isOurs && isTaken) count++
    }
    return count
  }
  const little = found(1, 1)
  expect(little).toBeGreaterThan(20)
  expect(found(3, 2)).toBeGreaterThan(little / 2)
  expect(found(10, 3)).toBeGreaterThan(little / 4)
})
