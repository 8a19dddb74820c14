import { expect, test } from 'vitest'
import { TransferCaches } from '../../../src/sw/transfer-cache.js'

test('the responses of one video in one page share a cache, and no others do', () => {
  const caches = new TransferCaches()
  expect(caches.of('page a')).toBe(caches.of('page a'))
  expect(caches.of('page a')).not.toBe(caches.of('page b'))
})

test('of many videos the caches of the last ones stay', () => {
  const caches = new TransferCaches()
  const [first, used] = [caches.of('first'), caches.of('used')]
  for (let video = 0; video < 63; video++) {
    caches.of(`video ${video}`)
    caches.of('used')
  }
  expect(caches.of('used')).toBe(used)
  expect(caches.of('first')).not.toBe(first)
})
