import { expect, test } from 'vitest'
import type { ViewerAction } from '../../../../src/core/policy/viewer-messages.js'
import { type ChunkRun, chunk, run } from '../../../../src/core/units.js'
import { Driver } from './viewer-driver.js'

/** A viewer for whom nobody waits and nothing is due by itself. */
function idle(): Driver {
  const driver = new Driver({ hasOrigin: false, maySearch: false })
  driver.open()
  driver.pass(1_000)
  return driver
}

/** Each plan of what is watched says so. */
const plansOf = (driver: Driver, act: () => void): number => {
  const before = driver.count('watch')
  act()
  return driver.count('watch') - before
}

const STORED = { type: 'stored', runs: [run(90, 91)] } as const

test('what happens in one turn is planned for once, at once', () => {
  const driver = idle()
  const count = plansOf(driver, () => {
    driver.handle(STORED, STORED)
    driver.pass(0)
  })
  expect(count).toBe(1)
})

test('plans leave each other a pause', () => {
  const driver = idle()
  const count = plansOf(driver, () => {
    for (let ms = 0; ms < 50; ms++) {
      driver.handle(STORED)
      driver.pass(1)
    }
  })
  expect(count).toBe(3)
})

test('who waits is planned for at once, and once', () => {
  const driver = idle()
  const count = plansOf(driver, () => {
    driver.need(0, 1)
    driver.pass(0)
    driver.handle(STORED)
    driver.need(1, 2)
    driver.need(2, 3)
    driver.pass(0)
  })
  expect(count).toBe(2)
  expect(plansOf(driver, () => driver.pass(100))).toBe(0)
})

test.each<[string, (driver: Driver) => void, number]>([
  ['another neighbour', driver => driver.meet('ann'), 1],
  ['a neighbour that goes', driver => driver.handle({ type: 'left', peer: 'ann' }), 1],
  ['a place that is gone to', driver => driver.play(50_000), 1],
  [
    'what a neighbour has',
    driver => driver.handle({ type: 'have', peer: 'ann', runs: [run(5, 6)] }),
    0,
  ],
  [
    'what a neighbour has no more',
    driver => driver.handle({ type: 'no-longer-has', peer: 'ann', runs: [] }),
    0,
  ],
  [
    'a neighbour that is busy',
    driver => driver.handle({ type: 'busy', peer: 'ann', runs: [], retryMs: 9 }),
    0,
  ],
  ['a chunk that is kept', driver => driver.handle({ type: 'kept', index: chunk(5) }), 0],
])('%s is planned for at once, or in a moment', (_what, happen, atOnce) => {
  const driver = idle()
  driver.handle(STORED)
  driver.pass(10)
  const count = plansOf(driver, () => {
    happen(driver)
    driver.pass(0)
  })
  expect(count).toBe(atOnce)
  expect(plansOf(driver, () => driver.pass(11))).toBe(1 - atOnce)
})

test('what a neighbour has of what is here is no reason to plan, unless it ends the search', () => {
  const searching = new Driver()
  searching.open()
  for (const [driver, plans] of [
    [idle(), 0],
    [searching, 1],
  ] as const) {
    driver.meet('ann')
    driver.handle(STORED)
    driver.pass(900)
    const said = { type: 'have', peer: 'ann', runs: [run(90, 91)] } as const
    const count = plansOf(driver, () => {
      driver.handle(said)
      driver.pass(50)
    })
    expect(count).toBe(plans)
  }
})

test('who gave its first true chunk is asked for more at once', () => {
  const driver = new Driver({ hasOrigin: false })
  driver.open()
  driver.need(0, 20)
  driver.meet('ann', run(0, 20))
  driver.pass(1_000)
  driver.handle({ type: 'arrived', peer: 'ann', index: chunk(0) })
  driver.handle(STORED)
  driver.pass(5)
  const wants = driver.count('want')
  driver.handle({ type: 'kept', peer: 'ann', index: chunk(0) })
  driver.pass(0)
  expect(driver.count('want')).toBe(wants + 1)
})

test('some bytes of a chunk are no reason to plan', () => {
  const driver = idle()
  driver.meet('ann')
  driver.pass(100)
  expect(
    plansOf(driver, () => {
      driver.handle({ type: 'progress', peer: 'ann' })
      driver.pass(1_000)
    }),
  ).toBe(0)
})

test('a plan is thought over at the earliest of its times', () => {
  const driver = new Driver()
  driver.open()
  driver.play()
  driver.need(0, 4)
  driver.pass(0)
  // The origin stalls after 1 s; the search ends after 4 s.
  expect(plansOf(driver, () => driver.pass(990))).toBe(0)
  expect(plansOf(driver, () => driver.pass(20))).toBe(1)
})

test('what happens too early is not planned for', () => {
  const driver = idle()
  driver.handle(STORED)
  driver.pass(0)
  driver.handle(STORED)
  expect(plansOf(driver, () => driver.handle({ type: 'due' }))).toBe(0)
  expect(plansOf(driver, () => driver.pass(20))).toBe(1)
})

/** An origin that gives a chunk each 50 ms of what it was granted. */
function originOf() {
  let granted: ChunkRun | undefined
  let isBusy = false
  const went: number[] = []
  const give = (driver: Driver): void => {
    const { from, to } = granted ?? run(0, 0)
    isBusy = from < to
    if (!isBusy) return
    driver.clock.after(50, () => {
      if (granted?.from === from) {
        granted = { from: chunk(from + 1), to: granted.to }
        went.push(from)
        driver.fetch(from, from + 1)
      }
      give(driver)
    })
  }
  const onAction = (action: ViewerAction, driver: Driver) => {
    if (action.type !== 'grant') return
    granted = action.run
    if (!isBusy) give(driver)
  }
  return { went, onAction }
}

test('neighbours that give nothing do not keep the origin from giving the end of a film, of which its response reports no more', () => {
  const { went, onAction } = originOf()
  const driver = new Driver({ onAction })
  const FROM = 60
  const TO = 100
  driver.open({ run: run(FROM, TO) })
  driver.play(FROM * 1_000)
  for (const peer of ['ann', 'bob']) driver.meet(peer, run(0, TO))
  // It asks for all that is left, and never again.
  driver.need(FROM, TO)
  let starvedMs = 0
  for (let mediaMs = FROM * 1_000; mediaMs < TO * 1_000; ) {
    driver.pass(250)
    const isStarved = !went.includes(Math.floor(mediaMs / 1_000))
    if (isStarved) starvedMs += 250
    else mediaMs += 250
    driver.play(mediaMs, { isStarved })
    expect(starvedMs).toBeLessThan(5_000)
  }
  expect(went).toHaveLength(TO - FROM)
})
