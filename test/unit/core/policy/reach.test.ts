import { expect, test } from 'vitest'
import { Reach } from '../../../../src/core/policy/reach.js'

test('it is tried to read on to what is a little further ahead, and not back', () => {
  const reach = new Reach()
  expect([-1, 0, 6, 256, 257].map(chunks => reach.mayTry(chunks))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ])
})

test('where it was in vain, it is tried ever more rarely', () => {
  const reach = new Reach()
  const tries = Array.from({ length: 15 }, () => {
    const isTried = reach.mayTry(6)
    if (isTried) reach.tried(false)
    return isTried ? 'x' : '.'
  })
  expect(tries.join('')).toBe('x..x....x......')
})

test('what begins where the answer is needs no try', () => {
  const reach = new Reach()
  reach.tried(false)
  expect(reach.mayTry(0)).toBe(true)
  expect(reach.mayTry(1)).toBe(false)
})

test('where it went well, it is tried each time', () => {
  const reach = new Reach()
  reach.tried(false)
  reach.tried(true)
  expect([6, 6, 6].map(chunks => reach.mayTry(chunks))).toEqual([true, true, true])
})
