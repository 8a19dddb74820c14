import { expect, test } from 'vitest'
import { offloadBound } from '../../../sim/bounds.js'
import { filmOf } from '../../../sim/film.js'
import { type Crowd, simulate } from '../../../sim/swarm.js'

const MBIT = 1e6 / 8

/** Twelve viewers of a minute of film, 2 s apart. */
const crowdOf = (more: Partial<Crowd> = {}): Crowd => ({
  seed: 7,
  viewers: 12,
  arrivalMs: 2_000,
  film: filmOf(1.3e6, 60_000),
  lines: { downBytesPerSecond: 20 * MBIT, upBytesPerSecond: 5 * MBIT, latencyMs: 20 },
  originBytesPerSecond: 1_000 * MBIT,
  originLatencyMs: 0,
  degree: 12,
  lingerMs: 0,
  ...more,
})

test('a simulation of one seed is the same to the byte, and of another is not', () => {
  const [first, again, other] = [7, 7, 8].map(seed => simulate(crowdOf({ seed })))
  expect(again).toEqual(first)
  expect(other).not.toEqual(first)
})

test('viewers of one film spare its origin most of the bytes, and never more than the bound', () => {
  const crowd = crowdOf()
  const { offload, originCopies } = simulate(crowd)
  expect(offload).toBeLessThanOrEqual(offloadBound(crowd))
  expect(offload).toBeGreaterThan(0.6)
  expect(originCopies).toBeGreaterThanOrEqual(1)
})

test('viewers that cannot give cost the origin every byte, and nobody stands still for it', () => {
  const lines = { downBytesPerSecond: 20 * MBIT, upBytesPerSecond: 1, latencyMs: 20 }
  const { offload, stalledViews } = simulate(crowdOf({ lines }))
  expect(offload).toBeLessThan(0.05)
  expect(stalledViews).toBe(0)
})

test('nobody has more neighbours than there is room for', () => {
  const { mostDegree } = simulate(crowdOf({ viewers: 40, arrivalMs: 100, degree: 15 }))
  expect(mostDegree).toBeLessThanOrEqual(20)
})
