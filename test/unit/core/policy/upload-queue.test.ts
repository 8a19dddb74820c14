import { expect, test } from 'vitest'
import { MAX_WANTS, UploadQueue } from '../../../../src/core/policy/upload-queue.js'
import { chunk, run } from '../../../../src/core/units.js'

const FILM_BYTES = 1_000

const queueOf = () => new UploadQueue<string>(FILM_BYTES)

test('chunks are given in the order in which they were asked for', () => {
  const queue = queueOf()
  expect(queue.next('ann')).toBeUndefined()
  expect(queue.want('ann', [run(7, 9), run(2, 3)])).toEqual([])
  const given = []
  for (let index = queue.next('ann'); index !== undefined; index = queue.next('ann')) {
    given.push(index)
    expect(queue.settle('ann', index)).toBe(true)
  }
  expect(given).toEqual([7, 8, 2])
})

test('what is asked for twice is given once', () => {
  const queue = queueOf()
  queue.want('ann', [run(0, 2)])
  expect(queue.want('ann', [run(0, 2)])).toEqual([])
  queue.settle('ann', chunk(0))
  queue.settle('ann', chunk(1))
  expect(queue.next('ann')).toBeUndefined()
})

test('of more than 64 chunks the rest is refused, and only so much of it told as was asked for at most', () => {
  const queue = queueOf()
  expect(queue.want('ann', [run(0, MAX_WANTS + 6)])).toEqual([run(64, 70)])
  expect(queue.want('bob', [run(0, 10)])).toEqual([])
  const [refused] = queue.want('ann', [run(1_000, 2_000_000_000)])
  expect((refused?.to ?? 0) - (refused?.from ?? 0)).toBeLessThanOrEqual(MAX_WANTS + 1)
})

test('what was cancelled is not given', () => {
  const queue = queueOf()
  queue.want('ann', [run(0, 6)])
  queue.want('bob', [run(0, 1)])
  queue.cancel('ann', [run(0, 2), run(4, 5)])
  queue.cancel('nobody', [run(0, 2)])
  expect(queue.settle('ann', chunk(0))).toBe(false)
  expect(queue.refuse('ann')).toEqual([run(2, 4), run(5, 6)])
  expect(queue.next('bob')).toBe(0)
})

test('all that one waits for is refused at once, in order', () => {
  const queue = queueOf()
  queue.want('ann', [run(8, 9), run(3, 5)])
  expect(queue.refuse('ann')).toEqual([run(3, 5), run(8, 9)])
  expect(queue.refuse('ann')).toEqual([])
  expect(queue.next('ann')).toBeUndefined()
})

test('one is given the film twice, and no more until it comes again', () => {
  const queue = queueOf()
  queue.gave('ann', 2 * FILM_BYTES - 1)
  expect(queue.isOverQuota('ann')).toBe(false)
  queue.gave('ann', 1)
  expect(queue.isOverQuota('ann')).toBe(true)
  expect(queue.isOverQuota('bob')).toBe(false)
  queue.forget('ann')
  expect(queue.isOverQuota('ann')).toBe(false)
})

test('who has gone waits for nothing', () => {
  const queue = queueOf()
  queue.want('ann', [run(0, 2)])
  queue.forget('ann')
  expect(queue.next('ann')).toBeUndefined()
  expect(queue.settle('ann', chunk(0))).toBe(false)
})
