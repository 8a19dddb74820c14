import { expect, test } from 'vitest'
import { UploadAllowance, type UploadLimits } from '../../../../src/core/peers/upload-allowance.js'

const KIB64 = 65_536
const NONE: UploadLimits = {
  bytesPerSecond: Number.POSITIVE_INFINITY,
  share: Number.POSITIVE_INFINITY,
  sessionBytes: Number.POSITIVE_INFINITY,
  monthBytes: Number.POSITIVE_INFINITY,
}

/** Gives chunks at one moment until it must wait; tells how many, and the wait. */
function giveAll(
  allowance: UploadAllowance,
  { nowMs = 0, takenBytes = 0, monthBytes = 0, most = 1_000 } = {},
): [chunks: number, waitMs: number] {
  let chunks = 0
  for (; chunks < most; chunks++) {
    const facts = { nowMs, takenBytes, monthBytes: monthBytes + chunks * KIB64 }
    const waitMs = allowance.waitMs(KIB64, facts)
    if (waitMs > 0) return [chunks, waitMs]
    allowance.give(KIB64)
  }
  return [chunks, 0]
}

test('without limits everything is given, also by who took nothing', () => {
  expect(giveAll(new UploadAllowance(NONE))).toEqual([1_000, 0])
})

test('a second of the rate is given at once, and then as time passes', () => {
  const allowance = new UploadAllowance({ ...NONE, bytesPerSecond: 10 * KIB64 })
  expect(giveAll(allowance)).toEqual([10, 100])
  expect(giveAll(allowance, { nowMs: 99 })[0]).toBe(0)
  expect(giveAll(allowance, { nowMs: 100 })).toEqual([1, 100])
  expect(giveAll(allowance, { nowMs: 60_000 })[0]).toBe(10)
})

test('a rate below a chunk a second gives a chunk at a time', () => {
  const allowance = new UploadAllowance({ ...NONE, bytesPerSecond: KIB64 / 4 })
  expect(giveAll(allowance)).toEqual([1, 4_000])
  expect(giveAll(allowance, { nowMs: 4_000 })).toEqual([1, 4_000])
})

test.each(['bytesPerSecond', 'sessionBytes', 'monthBytes'] as const)(
  '%s of 0 gives nothing',
  name => {
    expect(giveAll(new UploadAllowance({ ...NONE, [name]: 0 }))).toEqual([
      0,
      Number.POSITIVE_INFINITY,
    ])
  },
)

test('a share is what was taken, with 2 MiB ahead, and grows with it', () => {
  const allowance = new UploadAllowance({ ...NONE, share: 0.5 })
  expect(giveAll(allowance)).toEqual([32, 1_000])
  expect(giveAll(allowance, { takenBytes: 20 * KIB64 })).toEqual([10, 1_000])
})

test('a session ends for good, whatever time passes', () => {
  const allowance = new UploadAllowance({ ...NONE, sessionBytes: 5 * KIB64 + 1 })
  expect(giveAll(allowance)).toEqual([5, Number.POSITIVE_INFINITY])
  expect(giveAll(allowance, { nowMs: 1e12, takenBytes: 1e12 })[0]).toBe(0)
  expect(allowance.givenBytes).toBe(5 * KIB64)
})

test('a month counts what other pages gave', () => {
  const allowance = new UploadAllowance({ ...NONE, monthBytes: 10 * KIB64 })
  expect(giveAll(allowance, { monthBytes: 7 * KIB64 })).toEqual([3, Number.POSITIVE_INFINITY])
})

test('what was not given after all may be given again', () => {
  const allowance = new UploadAllowance({ ...NONE, sessionBytes: 5 * KIB64 })
  giveAll(allowance)
  allowance.give(-KIB64)
  expect(giveAll(allowance)[0]).toBe(1)
})
