import { expect, test } from 'vitest'
import { Membership } from '../../../../src/core/policy/membership.js'

const JOIN = [{ type: 'join' }]
const LEAVE = [{ type: 'leave' }]

/** A member whose film an element asked for at 0, and who joined then. */
function joined(): Membership {
  const membership = new Membership(true)
  membership.asked(true, 0)
  membership.join(0)
  return membership
}

test('a swarm is joined once, and its search begins then', () => {
  const membership = new Membership(true)
  expect(membership.searchAt(60_000)).toBe('searching')
  expect(membership.searchEndsAtMs).toBeUndefined()
  expect(membership.join(60_000)).toEqual(JOIN)
  expect(membership.join(61_000)).toEqual([])
  expect(membership.searchEndsAtMs).toBe(64_000)
  expect(membership.searchAt(64_000)).toBe('over')
})

test('where there is nobody to ask nothing is joined', () => {
  const membership = new Membership(false)
  expect(membership.join(0)).toEqual([])
  expect(membership.searchAt(0)).toBe('off')
})

test('a search ends where nobody else is there, or a neighbour has something', () => {
  const alone = joined()
  alone.counted(1)
  expect(alone.searchAt(1)).toBe('over')
  const found = joined()
  found.counted(2)
  expect(found.searchAt(5_000)).toBe('searching')
  found.endSearch()
  expect(found.searchAt(5_000)).toBe('over')
})

test('who may not be connected any more leaves, and who may again searches anew', () => {
  const membership = joined()
  membership.endSearch()
  expect(membership.share(true, 0)).toEqual([])
  expect(membership.share(false, 0)).toEqual(LEAVE)
  expect(membership.share(false, 0)).toEqual([])
  expect(membership.searchAt(0)).toBe('off')
  expect(membership.join(0)).toEqual([])
  expect(membership.share(true, 0)).toEqual([])
  expect(membership.searchAt(0)).toBe('searching')
  expect(membership.join(0)).toEqual(JOIN)
})

test('what has gone is left once, and joined and left anew when it was back', () => {
  const membership = joined()
  expect(membership.look(true, 10_000)).toEqual([])
  expect(membership.look(false, 14_000)).toEqual([])
  expect(membership.isResting).toBe(false)
  expect(membership.look(false, 15_000)).toEqual(LEAVE)
  expect(membership.look(false, 30_000)).toEqual([])
  expect(membership.isResting).toBe(true)
  expect(membership.searchAt(30_000)).toBe('searching')
  membership.asked(true, 31_000)
  expect(membership.isResting).toBe(false)
  expect(membership.join(31_000)).toEqual(JOIN)
  expect(membership.look(false, 35_000)).toEqual([])
  expect(membership.look(false, 36_000)).toEqual(LEAVE)
})

test('who left for good while he may not share does not search when he comes back', () => {
  const membership = joined()
  membership.share(false, 0)
  membership.look(false, 5_000)
  expect(membership.isResting).toBe(true)
  membership.asked(true, 6_000)
  expect(membership.join(6_000)).toEqual([])
})

test('who gives to others joins as soon as he may, each time, and does not leave as nobody watches', () => {
  const membership = new Membership(false)
  expect(membership.seed(true, 0)).toEqual([])
  expect(membership.share(true, 1_000)).toEqual(JOIN)
  expect(membership.seed(true, 1_000)).toEqual([])
  expect(membership.look(false, 2_000)).toEqual([])
  expect(membership.look(false, 600_000)).toEqual([])
  expect(membership.isResting).toBe(false)
  expect(membership.share(false, 601_000)).toEqual(LEAVE)
  expect(membership.share(true, 602_000)).toEqual(JOIN)
})
