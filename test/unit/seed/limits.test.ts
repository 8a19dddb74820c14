/** What a seeder gives at most, and to how many. */

import { expect, test } from 'vitest'
import { CHUNK_BYTES } from '../../../src/core/units.js'
import { PeerCount } from '../../../src/seed/peer-count.js'
import { UploadRate } from '../../../src/swarm/upload-rate.js'

test('all films share one number of viewers', () => {
  const peers = new PeerCount(3)
  const [a, b] = [peers.linksOf('a'), peers.linksOf('b')]
  expect([a.most, b.most]).toEqual([3, 3])
  peers.add('a', 1)
  peers.add('a', 1)
  expect([a.most, a.wanted, b.most, b.wanted]).toEqual([3, 3, 1, 1])
  peers.add('b', 1)
  expect([a.most, b.most, peers.all]).toEqual([2, 1, 3])
  peers.add('a', -1)
  expect([a.most, b.most, peers.all]).toEqual([2, 2, 2])
})

/** Bytes given in a time by somebody who takes a chunk whenever there is one. */
function givenIn(seconds: number, bytesPerSecond: number): number {
  let nowMs = 0
  const rate = new UploadRate(bytesPerSecond, () => nowMs)
  let given = 0
  while (nowMs < seconds * 1_000) {
    const waitMs = rate.take(CHUNK_BYTES)
    if (waitMs === 0) given += CHUNK_BYTES
    // Timers have whole milliseconds.
    nowMs += Math.ceil(waitMs)
  }
  return given
}

test('no more is given than the rate and one burst, and no less than the rate', () => {
  for (const rate of [1_000, 20_000, CHUNK_BYTES, 3_000_000]) {
    const given = givenIn(600, rate)
    expect(given, `${rate}`).toBeLessThanOrEqual(600 * rate + Math.max(rate, CHUNK_BYTES))
    // A timer may take a chunk a millisecond too late.
    expect(given, `${rate}`).toBeGreaterThanOrEqual(0.97 * 600 * rate - CHUNK_BYTES)
  }
})

test('without a rate there is no wait, and what was not given is given back', () => {
  expect(new UploadRate(Number.POSITIVE_INFINITY).take(1e12)).toBe(0)
  const rate = new UploadRate(CHUNK_BYTES, () => 0)
  expect(rate.take(CHUNK_BYTES)).toBe(0)
  expect(rate.take(CHUNK_BYTES)).toBe(1_000)
  rate.refund(CHUNK_BYTES)
  expect(rate.take(CHUNK_BYTES)).toBe(0)
})
