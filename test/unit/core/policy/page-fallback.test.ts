import { expect, test } from 'vitest'
import { PageFallback, type PageState } from '../../../../src/core/policy/page-fallback.js'
import { chunk, run } from '../../../../src/core/units.js'

/** A worker's response of 200 chunks whose page is in a state. */
function fallbackIn(state: PageState, ownTo?: number): PageFallback {
  const fallback = new PageFallback(run(0, 200))
  if (ownTo !== undefined) fallback.ownTo = chunk(ownTo)
  if (state !== 'withheld') fallback.letIn()
  if (state === 'accepted') fallback.accepted()
  if (state === 'absent') fallback.gone()
  expect(fallback.state).toBe(state)
  return fallback
}

test.each<[PageState, patienceMs: number, onNeed: string, onSilence: string]>([
  ['withheld', 3_000, 'ask-origin', 'let-in'],
  ['opening', 60, 'send', 'ask-origin'],
  ['accepted', 500, 'send', 'ask-origin'],
  ['absent', Number.POSITIVE_INFINITY, 'ask-origin', 'ask-origin'],
])('a page that is %s is waited for by so many ms: %d', (state, patienceMs, onNeed, onSilence) => {
  const fallback = fallbackIn(state)
  expect(fallback.patienceMs).toBe(patienceMs)
  expect(fallback.onNeed()).toBe(onNeed)
  expect(fallback.onSilence()).toBe(onSilence)
})

test('before the page is sent the video, one request decides whether it may be: 256 KiB, no second one', () => {
  const fallback = fallbackIn('withheld')
  expect(fallback.begin(chunk(3))).toEqual(run(3, 7))
  expect(fallback.run).toEqual(run(3, 7))
  expect(fallback.onNeed()).toBe('wait')
})

test("that request asks beyond the viewer's own, which confirms nothing, and is not waited for without end", () => {
  const fallback = fallbackIn('withheld', 8)
  expect(fallback.begin(chunk(0))).toEqual(run(0, 12))
  expect(fallback.begin(chunk(10))).toEqual(run(10, 14))
  expect(fallback.onSilence()).toBe('give-up')
})

test('a page may be sent the video once, also what is fetched already', () => {
  const fallback = fallbackIn('withheld')
  fallback.begin(chunk(0))
  expect(fallback.letIn()).toBe(true)
  expect(fallback.letIn()).toBe(false)
  expect(fallback.state).toBe('opening')
  // Nothing is to be stopped when it decides.
  expect(fallback.decided()).toBe(false)
})

test('a silent page has the origin asked in its place in growing steps, and from the first again once it has accepted', () => {
  const fallback = fallbackIn('accepted')
  expect(fallback.begin(chunk(0))).toEqual(run(0, 8))
  expect(fallback.begin(chunk(8))).toEqual(run(8, 40))
  expect(fallback.begin(chunk(40))).toEqual(run(40, 168))
  expect(fallback.begin(chunk(168))).toEqual(run(168, 200))
  fallback.accepted()
  expect(fallback.begin(chunk(10))).toEqual(run(10, 18))
})

test('without a page all that is left of the response is asked for', () => {
  const fallback = fallbackIn('absent')
  expect(fallback.begin(chunk(5))).toEqual(run(5, 200))
})

test('a page that speaks again decides again, and what was asked in its place is stopped once', () => {
  const fallback = fallbackIn('accepted')
  expect(fallback.decided()).toBe(false)
  fallback.begin(chunk(0))
  expect(fallback.decided()).toBe(true)
  expect(fallback.decided()).toBe(false)
})

test('a page that keeps the video waiting on purpose is believed for 5 s at most', () => {
  const fallback = fallbackIn('accepted')
  expect(fallback.heldMs(700)).toBe(700)
  expect(fallback.heldMs(60_000)).toBe(5_000)
  expect(fallback.heldMs()).toBe(5_000)
})

test.each<[PageState, first: boolean, second: boolean]>([
  ['withheld', false, false],
  ['opening', true, false],
  ['accepted', true, true],
  ['absent', false, false],
])(
  'a page that is %s is sent a failure of the origin: %s, and again: %s',
  (state, first, second) => {
    const fallback = fallbackIn(state)
    expect(fallback.onOriginFailed()).toBe(first)
    expect(fallback.onOriginFailed()).toBe(second)
  },
)
