import { expect, test } from 'vitest'
import { Untold } from '../../../../src/core/peers/telling.js'
import { chunk, run } from '../../../../src/core/units.js'

test('chunks gained one after the other are told together, in order, once', () => {
  const untold = new Untold()
  expect([4, 2, 3, 9].map(index => untold.gained(chunk(index)))).toEqual([
    true,
    false,
    false,
    false,
  ])
  expect(untold.take()).toEqual([run(2, 5), run(9, 10)])
  expect(untold.take()).toEqual([])
  expect(untold.gained(chunk(5))).toBe(true)
})

test('what is lost before it was told is not told, and calls for no second telling', () => {
  const untold = new Untold()
  untold.gained(chunk(4))
  untold.lost([run(0, 5)])
  expect(untold.gained(chunk(7))).toBe(false)
  expect(untold.take()).toEqual([run(7, 8)])
})
