import { expect, test } from 'vitest'
import { run } from '../../../../src/core/units.js'
import { CHUNKS, Driver } from './viewer-driver.js'

const LOOK_MS = 1_000

/** Looks each second whether somebody shows the film. */
function look(driver: Driver, isShown: boolean, ms: number): void {
  for (let passedMs = 0; passedMs <= ms; passedMs += LOOK_MS) {
    driver.handle({ type: 'presence', isShown })
    driver.pass(LOOK_MS)
  }
}

test('others are looked for once the film plays, and not before', () => {
  const driver = new Driver()
  driver.open()
  driver.need(0, 8)
  driver.pass(0)
  driver.fetch(0, 8)
  driver.play(0, { isPlaying: false })
  driver.pass(100)
  expect(driver.count('join')).toBe(0)
  driver.play()
  driver.play()
  expect(driver.count('join')).toBe(1)
})

test('a film that plays already is joined when a response is opened', () => {
  const driver = new Driver({ maySearch: false })
  driver.play()
  driver.handle({ type: 'sharing', isAllowed: true })
  expect(driver.count('join')).toBe(1)
})

test('a loader is taken for a viewer once it had 1 MiB', () => {
  const driver = new Driver()
  driver.open({ isPlayed: false })
  driver.need(0, 32)
  driver.fetch(0, 15)
  driver.pass(0)
  expect(driver.count('join')).toBe(0)
  driver.fetch(15, 17)
  expect(driver.count('join')).toBe(1)
})

test('what a loader finds in the store counts alike', () => {
  const driver = new Driver()
  driver.open({ isPlayed: false })
  driver.handle({ type: 'stored', runs: [run(0, 15)] })
  expect(driver.count('join')).toBe(0)
  driver.handle({ type: 'stored', runs: [run(15, 16)] })
  expect(driver.count('join')).toBe(1)
})

test('an element that has taken in 1 MiB and does not play is no viewer', () => {
  const driver = new Driver()
  driver.open()
  driver.need(0, 32)
  driver.fetch(0, 32)
  driver.pass(0)
  expect(driver.count('join')).toBe(0)
})

test('where the origin failed others are looked for at once', () => {
  const driver = new Driver()
  driver.open()
  driver.need(0, 8)
  driver.pass(0)
  expect(driver.count('join')).toBe(0)
  driver.handle({ type: 'origin-failed', demand: 0 })
  driver.pass(0)
  expect(driver.count('join')).toBe(1)
})

test('where the origin stalls others are looked for after a second', () => {
  const driver = new Driver()
  driver.open()
  driver.need(0, 8)
  driver.pass(500)
  driver.fetch(0, 1)
  driver.pass(990)
  expect(driver.count('join')).toBe(0)
  driver.pass(20)
  expect(driver.count('join')).toBe(1)
})

test('without an origin others are looked for at once', () => {
  const driver = new Driver({ hasOrigin: false })
  driver.open()
  expect(driver.count('join')).toBe(1)
})

test('who may not look for others does not, whatever happens', () => {
  const driver = new Driver({ hasOrigin: false, maySearch: false })
  driver.open({ isPlayed: false })
  driver.play()
  driver.fetch(0, 32)
  driver.handle({ type: 'origin-failed', demand: 0 }, { type: 'seeding', stays: true })
  driver.pass(10_000)
  expect(driver.count('join')).toBe(0)
})

test('who has something to give and watches nothing looks for others too', () => {
  const driver = new Driver({ held: [run(0, CHUNKS)] })
  driver.handle({ type: 'seeding', stays: true }, { type: 'seeding', stays: true })
  expect(driver.count('join')).toBe(1)
})

test('what meets others without playing leaves them again, unless it stays', () => {
  for (const stays of [false, true]) {
    const driver = new Driver({ held: [run(0, CHUNKS)] })
    driver.handle({ type: 'seeding', stays })
    expect(driver.count('join')).toBe(1)
    look(driver, false, 120_000)
    expect(driver.count('leave')).toBe(stays ? 0 : 1)
  }
})

test('a swarm is left when the film has gone for a while, and joined again when it is back', () => {
  const driver = new Driver()
  driver.open()
  driver.play()
  look(driver, true, 60_000)
  expect(driver.count('leave')).toBe(0)
  expect(driver.viewer.isResting).toBe(false)
  look(driver, false, 10_000)
  look(driver, false, 10_000)
  expect(driver.count('leave')).toBe(1)
  expect(driver.viewer.isResting).toBe(true)
  driver.play()
  expect(driver.count('join')).toBe(2)
  expect(driver.viewer.isResting).toBe(false)
  look(driver, false, 10_000)
  expect(driver.count('leave')).toBe(2)
})

test('a loader is waited for longer, as one whose buffer is full asks for nothing for a while', () => {
  const driver = new Driver()
  driver.open({ isPlayed: false })
  driver.need(0, 32)
  driver.fetch(0, 32)
  look(driver, false, 50_000)
  expect(driver.count('leave')).toBe(0)
  driver.need(32, 40)
  look(driver, false, 50_000)
  expect(driver.count('leave')).toBe(0)
  look(driver, false, 20_000)
  expect(driver.count('leave')).toBe(1)
})

test('who was never in a swarm does not leave it, and rests all the same', () => {
  const driver = new Driver()
  driver.open()
  look(driver, true, 1_000)
  look(driver, false, 10_000)
  expect(driver.count('leave')).toBe(0)
  expect(driver.viewer.isResting).toBe(true)
  driver.open({ id: 1 })
  expect(driver.viewer.isResting).toBe(false)
})

test('what nobody shows any more is not joined again though it played in the last report', () => {
  const driver = new Driver()
  driver.play()
  look(driver, false, 10_000)
  driver.handle({ type: 'sharing', isAllowed: false }, { type: 'sharing', isAllowed: true })
  expect(driver.count('join')).toBe(1)
})

test('what nobody shows any more is not watched', () => {
  const driver = new Driver()
  driver.play()
  look(driver, false, 2_000)
  const watched = driver.count('watch')
  driver.handle({ type: 'lost', runs: [] })
  driver.pass(1_000)
  expect(driver.count('watch')).toBe(watched)
})

test('who may no longer share leaves, and joins again once it is allowed', () => {
  const driver = new Driver()
  driver.open()
  driver.play()
  driver.handle({ type: 'sharing', isAllowed: true })
  expect(driver.count('leave')).toBe(0)
  driver.handle({ type: 'sharing', isAllowed: false })
  driver.play(1_000)
  driver.pass(10_000)
  expect([driver.count('leave'), driver.count('join')]).toEqual([1, 1])
  driver.handle({ type: 'sharing', isAllowed: true })
  expect([driver.count('leave'), driver.count('join')]).toEqual([1, 2])
})

test('to be allowed to share is no reason to look for others before the film plays', () => {
  const driver = new Driver({ maySearch: false })
  driver.open()
  driver.play(0, { isPlaying: false })
  driver.handle({ type: 'sharing', isAllowed: true })
  expect(driver.count('join')).toBe(0)
  driver.play()
  expect(driver.count('join')).toBe(1)
})

test('a neighbour that has something ends the search, and one that has nothing does not', () => {
  const driver = new Driver()
  driver.open()
  driver.need(0, 8)
  driver.pass(0)
  driver.handle({ type: 'origin-failed', demand: 0 })
  driver.meet('ann')
  driver.pass(100)
  expect(driver.viewer.neighbourCount).toBe(1)
  expect(driver.count('exhausted')).toBe(0)
  driver.handle({ type: 'have', peer: 'ann', runs: [run(90, 91)] })
  driver.pass(100)
  expect(driver.count('exhausted')).toBeGreaterThan(0)
  driver.handle({ type: 'left', peer: 'ann' })
  expect(driver.viewer.neighbourCount).toBe(0)
})
