import { expect, test } from 'vitest'
import { Responses } from '../../../../src/core/policy/responses.js'
import { chunk, run } from '../../../../src/core/units.js'

/** Two responses of one film: an element's of its head and a loader's, which both lack chunks 2 and 3. */
function two() {
  const responses = new Responses()
  const whole = { run: run(0, 100), origin: undefined }
  responses.add({ ...whole, id: 1, isPlayed: true }, 0)
  responses.add({ ...whole, id: 2, isPlayed: false }, 0)
  for (const demand of responses.open.values()) demand.need(chunk(2), [run(2, 4)], 0)
  return responses
}

test('what the origin gave to one is on its way to the other until it is kept', () => {
  const responses = two()
  expect(responses.isArrivingAwaited).toBe(false)
  responses.fetched(1, chunk(2), 10)
  expect([...responses.arriving]).toEqual([2])
  expect(responses.isArrivingAwaited).toBe(true)
  responses.arrived(chunk(2))
  expect(responses.isArrivingAwaited).toBe(false)
})

test('a chunk goes to those that lack it, once', () => {
  const responses = two()
  responses.fetched(1, chunk(2), 10)
  expect(responses.settle(chunk(2))).toEqual([2])
  expect(responses.settle(chunk(2))).toEqual([])
  expect(responses.settle(chunk(3))).toEqual([1, 2])
  responses.close(1)
  expect([...responses.open.keys()]).toEqual([2])
})

test('a loader is taken for a viewer once it has had 1 MiB, and an element never', () => {
  const responses = two()
  const element = new Responses()
  element.add({ id: 1, run: run(0, 100), isPlayed: true, origin: undefined }, 0)
  for (let count = 0; count < 15; count++) for (const each of [responses, element]) each.handed()
  expect(responses.isLoaderWatching).toBe(false)
  for (const each of [responses, element]) each.handed()
  expect(responses.handedChunks).toBe(16)
  expect(responses.isLoaderWatching).toBe(true)
  expect(element.isLoaderWatching).toBe(false)
})

test('jumps of elements are counted until the head of the film is read, and loaders make none', () => {
  const responses = two()
  expect(responses.jumps).toBe(1)
  responses.headRead()
  expect(responses.jumps).toBe(0)
})
