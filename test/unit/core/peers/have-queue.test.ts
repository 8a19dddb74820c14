import { expect, test } from 'vitest'
import { HaveQueue } from '../../../../src/core/peers/have-queue.js'
import { chunk, run } from '../../../../src/core/units.js'

test('chunks gained one after the other are sent together, in order, once', () => {
  const queue = new HaveQueue()
  expect([4, 2, 3, 9].map(index => queue.gained(chunk(index)))).toEqual([true, false, false, false])
  expect(queue.take()).toEqual([run(2, 5), run(9, 10)])
  expect(queue.take()).toEqual([])
  expect(queue.gained(chunk(5))).toBe(true)
})

test('what is lost before it was sent is not sent, and calls for no second message', () => {
  const queue = new HaveQueue()
  queue.gained(chunk(4))
  queue.lost([run(0, 5)])
  expect(queue.gained(chunk(7))).toBe(false)
  expect(queue.take()).toEqual([run(7, 8)])
})
