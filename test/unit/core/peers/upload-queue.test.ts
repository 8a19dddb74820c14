import { expect, test } from 'vitest'
import { MAX_WANTS, UploadQueue } from '../../../../src/core/peers/upload-queue.js'
import { CHUNK_BYTES, chunk, run } from '../../../../src/core/units.js'

const FILM_BYTES = 1_000

const queueOf = () => new UploadQueue<string>(FILM_BYTES)

const UNLIMITED = () => 0
const give = (index: number) => ({ type: 'give', index })

test('chunks are given in the order in which they were asked for', () => {
  const queue = queueOf()
  expect(queue.serve('ann', UNLIMITED)).toBeUndefined()
  expect(queue.want('ann', [run(7, 9), run(2, 3)])).toEqual([])
  for (const index of [7, 8, 2]) {
    expect(queue.serve('ann', UNLIMITED)).toEqual(give(index))
    expect(queue.settle('ann', chunk(index))).toBe(true)
  }
  expect(queue.serve('ann', UNLIMITED)).toBeUndefined()
})

test('what is asked for twice is given once', () => {
  const queue = queueOf()
  queue.want('ann', [run(0, 2)])
  expect(queue.want('ann', [run(0, 2)])).toEqual([])
  queue.settle('ann', chunk(0))
  queue.settle('ann', chunk(1))
  expect(queue.serve('ann', UNLIMITED)).toBeUndefined()
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
  expect(queue.serve('ann', UNLIMITED)).toEqual(give(2))
  expect(queue.serve('bob', UNLIMITED)).toEqual(give(0))
})

test.each<[waitMs: number, expected: object]>([
  [0, give(8)],
  [1, { type: 'wait', forMs: 1 }],
  [500, { type: 'wait', forMs: 500 }],
  [500.5, { type: 'refuse', runs: [run(3, 5), run(8, 9)], retryMs: 501 }],
  [9e9, { type: 'refuse', runs: [run(3, 5), run(8, 9)], retryMs: 3_600_000 }],
  [Number.POSITIVE_INFINITY, { type: 'refuse', runs: [run(3, 5), run(8, 9)], retryMs: 3_600_000 }],
])('limits that let a chunk go after %f ms: given, waited for or refused', (waitMs, expected) => {
  const queue = queueOf()
  queue.want('ann', [run(8, 9), run(3, 5)])
  const took: number[] = []
  const take = (bytes: number) => {
    took.push(bytes)
    return waitMs
  }
  expect(queue.serve('ann', take)).toEqual(expected)
  expect(took).toEqual([CHUNK_BYTES])
  // What was refused is waited for no more, and all else still.
  const isRefused = 'runs' in expected
  expect(queue.serve('ann', UNLIMITED)).toEqual(isRefused ? undefined : give(8))
})

test('one is given the film twice, and no more until it comes again, whatever the limits', () => {
  const queue = queueOf()
  for (const peer of ['ann', 'bob']) queue.want(peer, [run(0, 1)])
  queue.gave('ann', 2 * FILM_BYTES - 1)
  expect(queue.serve('ann', UNLIMITED)).toEqual(give(0))
  queue.gave('ann', 1)
  const taken = (): number => {
    throw new Error('took from the limits')
  }
  expect(queue.serve('ann', taken)).toMatchObject({ type: 'refuse', retryMs: 3_600_000 })
  expect(queue.serve('bob', UNLIMITED)).toEqual(give(0))
  queue.forget('ann')
  queue.want('ann', [run(0, 1)])
  expect(queue.serve('ann', UNLIMITED)).toEqual(give(0))
})

test('who has gone waits for nothing', () => {
  const queue = queueOf()
  queue.want('ann', [run(0, 2)])
  queue.forget('ann')
  expect(queue.serve('ann', UNLIMITED)).toBeUndefined()
  expect(queue.settle('ann', chunk(0))).toBe(false)
})
