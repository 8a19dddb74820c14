import { expect, test } from 'vitest'
import { Announcing } from '../../../../src/core/peers/announcing.js'

const WANTED = 12
const ROOM = 28

/** The times of the announcements until a time, and the offers of each. */
function run(announcing: Announcing, fromMs: number, untilMs: number, wanted = WANTED) {
  const all: [number, number][] = []
  for (let nowMs = fromMs; nowMs < untilMs; nowMs = Math.max(nowMs, announcing.dueAtMs))
    all.push([nowMs, announcing.announce(wanted, ROOM, nowMs)])
  return all
}

test('while neighbours are wanted it announces after 1, 2, 4 seconds and so on, with four offers', () => {
  expect(run(new Announcing(), 0, 20_000)).toEqual([
    [0, 4],
    [1_000, 4],
    [3_000, 4],
    [7_000, 4],
    [15_000, 4],
  ])
})

test('the longest pause is a minute', () => {
  const times = run(new Announcing(), 0, 600_000).map(([atMs]) => atMs)
  expect((times.at(-1) ?? 0) - (times.at(-2) ?? 0)).toBe(60_000)
})

test('with enough neighbours, or alone, it makes no offers and keeps to the interval of the tracker', () => {
  const enough = new Announcing()
  enough.setIntervalMs(120_000)
  expect(run(enough, 0, 300_000, 0)).toEqual([
    [0, 0],
    [120_000, 0],
    [240_000, 0],
  ])
  const alone = new Announcing()
  alone.setIntervalMs(120_000)
  alone.announce(WANTED, ROOM, 0)
  alone.counted(1)
  expect(run(alone, 1_000, 200_000)).toEqual([
    [1_000, 0],
    [121_000, 0],
  ])
})

test('an interval that makes no sense is kept within bounds', () => {
  const announcing = new Announcing()
  announcing.setIntervalMs(Number.MAX_VALUE)
  announcing.announce(0, ROOM, 0)
  expect(announcing.dueAtMs).toBe(300_000)
  announcing.setIntervalMs(-5)
  announcing.announce(0, ROOM, 0)
  expect(announcing.dueAtMs).toBe(30_000)
})

test('one that learns that it is no longer alone makes offers at once', () => {
  const announcing = new Announcing()
  announcing.announce(WANTED, ROOM, 0)
  announcing.counted(1)
  expect(announcing.announce(WANTED, ROOM, 1_000)).toBe(0)
  announcing.counted(2)
  expect(announcing.dueAtMs).toBe(2_000)
  expect(announcing.announce(WANTED, ROOM, 2_000)).toBe(4)
})

test('a tracker that changes its mind with each answer is announced to no more than once a second', () => {
  const announcing = new Announcing()
  let count = 0
  for (let nowMs = 0; nowMs < 60_000; nowMs += 10) {
    if (nowMs < announcing.dueAtMs) continue
    count++
    announcing.announce(WANTED, ROOM, nowMs)
    announcing.counted(1)
    announcing.counted(2)
  }
  expect(count).toBeLessThanOrEqual(60)
})

test('who loses a neighbour while it has enough looks for another soon, and ever more seldom', () => {
  const announcing = new Announcing()
  announcing.announce(0, ROOM, 0)
  announcing.hurry()
  expect(announcing.dueAtMs).toBe(1_000)
  announcing.announce(1, ROOM, 1_000)
  announcing.announce(1, ROOM, 2_000)
  announcing.announce(1, ROOM, 4_000)
  announcing.hurry()
  expect(announcing.dueAtMs).toBe(8_000)
})

test('no room for a connection is no reason to wait for the interval', () => {
  const announcing = new Announcing()
  expect(announcing.announce(WANTED, 0, 0)).toBe(0)
  expect(announcing.dueAtMs).toBe(1_000)
})

test('a tracker that is back is announced to at once, and with offers', () => {
  const announcing = new Announcing()
  announcing.announce(WANTED, ROOM, 0)
  announcing.counted(1)
  announcing.announce(WANTED, ROOM, 1_000)
  announcing.restart()
  expect(announcing.dueAtMs).toBeLessThanOrEqual(2_000)
  expect(announcing.announce(WANTED, ROOM, 60_000)).toBe(4)
})

test('while offers of others find no place it announces itself every five seconds', () => {
  const announcing = new Announcing()
  run(announcing, 0, 31_000)
  announcing.announce(WANTED, ROOM, 31_000)
  expect(announcing.dueAtMs).toBeGreaterThan(36_000)
  announcing.crowded()
  expect(announcing.dueAtMs).toBe(36_000)
  expect(announcing.announce(WANTED, ROOM, 36_000)).toBe(4)
  announcing.crowded()
  expect(announcing.dueAtMs).toBe(41_000)
})
