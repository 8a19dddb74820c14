import { expect, test } from 'vitest'
import { chunk, run } from '../../../../src/core/units.js'
import { CHUNKS, Driver } from './viewer-driver.js'

test('chunks that are held are read for a response that lacks them, and given to it once', () => {
  const driver = new Driver({ held: [run(0, 4), run(6, 7)] })
  driver.open()
  driver.need(2, 10)
  expect(driver.all('read')).toMatchObject([{ demand: 0, runs: [run(2, 4), run(6, 7)] }])
  const found = { type: 'found', demand: 0, index: chunk(2) } as const
  driver.handle(found, found)
  expect(driver.all('give')).toMatchObject([{ demand: 0, index: 2 }])
})

test('a held chunk that turns out to be gone is sent to neighbours as lost, and asked of the origin', () => {
  const driver = new Driver({ held: [run(0, CHUNKS)] })
  driver.open()
  driver.need(0, 2)
  driver.pass(100)
  expect(driver.count('grant')).toBe(0)
  driver.handle({ type: 'lost', runs: [run(0, 2)] })
  driver.pass(100)
  expect(driver.all('send-lost')).toMatchObject([{ runs: [run(0, 2)] }])
  expect(driver.all('grant')).toMatchObject([{ demand: 0, run: run(0, 2) }])
  expect(driver.viewer.held.has(chunk(1))).toBe(false)
})

test('a chunk that came is given to each response that lacks it, and sent to neighbours once', () => {
  const driver = new Driver()
  for (const id of [0, 1, 2, 3]) driver.open({ id })
  driver.need(3, 8, { demand: 0 })
  driver.need(4, 8, { demand: 1 })
  driver.need(3, 4, { demand: 2 })
  driver.need(3, 4, { demand: 3 })
  driver.handle({ type: 'closed', demand: 3 })
  driver.meet('ann', run(0, CHUNKS))
  driver.give('ann', 3)
  expect(driver.all('give')).toMatchObject([
    { demand: 0, index: 3 },
    { demand: 2, index: 3 },
  ])
  driver.give('ann', 3)
  driver.handle({ type: 'kept', index: chunk(3) })
  expect(driver.count('give')).toBe(2)
  expect(driver.all('send-have')).toMatchObject([{ index: 3 }])
  expect(driver.viewer.held.has(chunk(3))).toBe(true)
  // What nobody lacks yet is held all the same.
  driver.give('ann', 50)
  expect(driver.viewer.held.has(chunk(50))).toBe(true)
})

test('what the origin gave to one response is given to another that lacks it, not back to the one', () => {
  const driver = new Driver()
  driver.open({ id: 0 })
  driver.open({ id: 1 })
  for (const demand of [0, 1]) driver.need(0, 8, { demand })
  driver.fetch(0, 1)
  expect(driver.all('give')).toMatchObject([{ demand: 1, index: 0 }])
})

test('another response waits for what the origin gave to one, until it is kept', () => {
  const driver = new Driver()
  driver.open({ id: 0 })
  driver.open({ id: 1 })
  driver.need(0, 8, { demand: 0 })
  driver.need(4, 8, { demand: 1 })
  driver.handle({ type: 'fetched', demand: 0, index: chunk(0) })
  expect(driver.viewer.isArrivingAwaited).toBe(false)
  driver.handle({ type: 'fetched', demand: 0, index: chunk(4) })
  expect(driver.viewer.isArrivingAwaited).toBe(true)
  driver.handle({ type: 'kept', index: chunk(4) })
  expect(driver.viewer.isArrivingAwaited).toBe(false)
})

test('what an earlier visit left is held, and not sent to anybody anew', () => {
  const driver = new Driver()
  driver.open()
  driver.handle({ type: 'stored', runs: [run(0, 4)] })
  expect(driver.viewer.held.runs()).toEqual([run(0, 4)])
  expect(driver.count('send-have')).toBe(0)
})

test('neighbours are asked for what a response lacks, and no more for what came from elsewhere', () => {
  const driver = new Driver({ hasOrigin: false })
  driver.open()
  driver.need(0, 8)
  driver.meet('ann', run(0, CHUNKS))
  driver.pass(100)
  // One that has given nothing yet is asked for one.
  expect(driver.all('want')).toMatchObject([{ peer: 'ann', indices: [0] }])
  driver.give('ann', 0)
  driver.pass(0)
  expect(driver.all('want').at(1)?.indices).toEqual(expect.arrayContaining([1, 2, 3, 4]))
})

test('who gives only what others have given by then is let go', () => {
  const driver = new Driver()
  driver.open()
  driver.meet('ann', run(0, CHUNKS))
  driver.fetch(0, 2)
  expect(driver.count('let-go')).toBe(0)
  driver.give('ann', 1)
  expect(driver.all('let-go')).toMatchObject([{ peer: 'ann' }])
})

test('what nobody needs yet is fetched ahead of what plays, unless the store is full', () => {
  for (const hasRoom of [true, false]) {
    const driver = new Driver()
    driver.open()
    driver.play()
    driver.handle({ type: 'room', hasRoom })
    driver.meet('ann', run(0, CHUNKS))
    driver.pass(100)
    expect(driver.count('want'), `with room: ${hasRoom}`).toBe(hasRoom ? 1 : 0)
  }
})

test('who watches is known by chunk, and goes on between two reports', () => {
  const driver = new Driver()
  driver.play(10_000)
  driver.pass(0)
  expect(driver.all('watch').at(-1)?.index).toBe(10)
  driver.pass(5_000)
  driver.handle({ type: 'lost', runs: [] })
  driver.pass(0)
  expect(driver.all('watch').at(-1)?.index).toBe(15)
  driver.handle({ type: 'playback', playback: undefined })
  const watched = driver.count('watch')
  driver.pass(5_000)
  expect(driver.count('watch')).toBe(watched)
})

test('a response whose video has enough is sent a hold', () => {
  const driver = new Driver({ held: [run(0, 20)] })
  driver.open()
  driver.play()
  driver.pass(100)
  driver.need(20, 24)
  driver.meet('ann')
  driver.pass(0)
  const [hold] = driver.all('hold')
  expect(hold?.demand).toBe(0)
  expect(hold?.forMs).toBeGreaterThan(0)
  expect(hold?.forMs).toBeLessThan(20_000)
})

test('an origin that failed is left alone for 2 s, and then asked again', () => {
  const driver = new Driver({ maySearch: false })
  driver.open()
  driver.need(0, 4)
  driver.pass(0)
  driver.handle({ type: 'origin-failed', demand: 0 })
  driver.pass(1_900)
  expect(driver.all('grant').map(each => each.run)).toEqual([run(0, CHUNKS)])
  driver.pass(200)
  expect(driver.all('grant').map(each => each.run)).toEqual([run(0, CHUNKS), run(0, CHUNKS)])
})

test('an origin that ends is granted more, also where it ends too soon', () => {
  for (const given of [8, 4]) {
    const driver = new Driver({ maySearch: false })
    driver.open({ origin: run(0, 8) })
    driver.need(0, 16)
    driver.pass(0)
    expect(driver.count('grant')).toBe(0)
    driver.fetch(0, given)
    driver.handle({ type: 'origin-ended', demand: 0 })
    driver.pass(0)
    expect(driver.all('grant')).toMatchObject([{ demand: 0, run: { from: given } }])
  }
})

/** A response that lacks chunks, and whose origin failed where it `hasFailed`. */
function waiting({ hasFailed = true, maySearch = false, held = run(0, 0) } = {}) {
  const driver = new Driver({ maySearch, held: [held] })
  driver.open()
  driver.need(0, 4)
  driver.pass(0)
  if (hasFailed) driver.handle({ type: 'origin-failed', demand: 0 })
  return driver
}

test('a response is exhausted once the origin failed and nobody else has the next chunk', () => {
  const driver = waiting()
  driver.pass(0)
  expect(driver.all('exhausted')[0]).toMatchObject({ demand: 0 })
})

test('it is not exhausted while the origin has not failed', () => {
  const driver = waiting({ hasFailed: false })
  driver.pass(60_000)
  expect(driver.count('exhausted')).toBe(0)
})

test('it is not exhausted while others are looked for', () => {
  const driver = waiting({ maySearch: true })
  driver.pass(1_900)
  expect(driver.count('exhausted')).toBe(0)
  driver.handle({ type: 'counted', viewers: 1 })
  driver.pass(0)
  expect(driver.count('exhausted')).toBe(1)
})

test('it is exhausted when the search ends by itself, or cannot begin', () => {
  const driver = waiting({ maySearch: true })
  driver.pass(3_900)
  driver.handle({ type: 'origin-failed', demand: 0 })
  expect(driver.count('exhausted')).toBe(0)
  driver.pass(200)
  expect(driver.count('exhausted')).toBeGreaterThan(0)
  const other = waiting({ maySearch: true })
  other.pass(100)
  other.handle({ type: 'unreachable' })
  other.pass(0)
  expect(other.count('exhausted')).toBe(1)
})

test('it is not exhausted while a neighbour has the next chunk, and is when that goes', () => {
  const driver = waiting({ maySearch: true })
  driver.meet('ann', run(0, 1))
  driver.pass(1_000)
  expect(driver.count('exhausted')).toBe(0)
  driver.handle({ type: 'no-longer-has', peer: 'ann', runs: [run(0, 1)] })
  driver.pass(100)
  expect(driver.count('exhausted')).toBeGreaterThan(0)
})

test('it is exhausted where neighbours have only chunks further on', () => {
  const driver = waiting({ maySearch: true })
  driver.meet('ann', run(1, CHUNKS))
  driver.pass(100)
  expect(driver.count('exhausted')).toBeGreaterThan(0)
})

test('it is not exhausted while the next chunk is read, nor where it lacks nothing', () => {
  const driver = waiting({ held: run(0, 1) })
  driver.pass(100)
  expect(driver.count('exhausted')).toBe(0)
  const idle = new Driver({ maySearch: false })
  idle.open({ origin: run(0, 4) })
  idle.handle({ type: 'origin-failed', demand: 0 })
  idle.pass(100)
  expect(idle.count('exhausted')).toBe(0)
})
