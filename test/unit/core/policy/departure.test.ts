import { expect, test } from 'vitest'
import { Departure } from '../../../../src/core/policy/departure.js'

test('a video whose element is there is never left, whatever it asks for', () => {
  const departure = new Departure()
  for (const nowMs of [0, 1e6, 1e9]) expect(departure.look(true, nowMs)).toBe(false)
})

test('it is left once, five seconds after its element has gone and nothing more is asked for', () => {
  const departure = new Departure()
  expect(departure.look(true, 0)).toBe(false)
  departure.asked(true, 100_000)
  expect(departure.look(false, 104_999)).toBe(false)
  expect(departure.isGone).toBe(false)
  expect(departure.look(false, 105_000)).toBe(true)
  expect(departure.look(false, 107_000)).toBe(false)
  expect(departure.isGone).toBe(true)
})

test('an element that is put elsewhere is no departure', () => {
  const departure = new Departure()
  departure.look(true, 0)
  expect(departure.look(false, 4_000)).toBe(false)
  departure.look(true, 5_500)
  expect(departure.look(false, 10_400)).toBe(false)
})

test('a loader of the page’s own may pause for a minute', () => {
  const departure = new Departure()
  departure.asked(false, 0)
  expect(departure.look(false, 59_000)).toBe(false)
  expect(departure.look(false, 60_000)).toBe(true)
})

test('one that came and went between two looks is left like any other', () => {
  const departure = new Departure()
  departure.asked(true, 0)
  expect(departure.look(false, 5_000)).toBe(true)
})

test('one that is asked for again is back, and may go again', () => {
  const departure = new Departure()
  departure.look(true, 0)
  departure.look(false, 5_000)
  departure.asked(true, 60_000)
  expect(departure.isGone).toBe(false)
  expect(departure.look(false, 65_000)).toBe(true)
})
