import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Courtesy, retryAfterMs, SiteFailed } from '../../../src/seed/courtesy.js'

function arrange() {
  const time = { ms: 0 }
  const courtesy = new Courtesy(
    () => time.ms,
    () => 1,
  )
  let asked = 0
  const ask = (answer: () => Promise<string> = async () => 'film') =>
    courtesy.ask(() => {
      asked++
      return answer()
    })
  const fail = (afterMs = 0) =>
    ask(() => Promise.reject(new SiteFailed('it answers 503', afterMs))).catch(() => 'failed')
  return { time, courtesy, ask, fail, asked: () => asked }
}

test('two questions are asked at a time, the others in turn', async () => {
  const { ask } = arrange()
  let [open, most] = [0, 0]
  const slow = async () => {
    most = Math.max(most, ++open)
    await wait(5)
    open--
    return 'film'
  }
  expect(await Promise.all(Array.from({ length: 7 }, () => ask(slow)))).toHaveLength(7)
  expect(most).toBe(2)
})

test('a site that failed is left alone, for twice as long each time, until it answers', async () => {
  const { time, courtesy, ask, fail, asked } = arrange()
  const pausesMs: number[] = []
  for (let failure = 0; failure < 10; failure++) {
    await fail()
    const fromMs = time.ms
    const before = asked()
    await expect(ask()).rejects.toThrow('it answers 503')
    expect(asked()).toBe(before)
    while (courtesy.failure) time.ms += 500
    pausesMs.push(time.ms - fromMs)
  }
  expect(pausesMs.map(ms => ms / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120, 120])
  expect(courtesy.trouble?.detail).toBe('it answers 503')
  expect(await ask()).toBe('film')
  expect(courtesy.trouble).toBeUndefined()
  await fail()
  time.ms += 1_000
  expect(await ask()).toBe('film')
})

test('it is left alone for as long as it asks, up to an hour', async () => {
  const { time, courtesy, fail } = arrange()
  await fail(30_000)
  time.ms += 29_999
  expect(courtesy.failure).toBeDefined()
  time.ms += 1
  expect(courtesy.failure).toBeUndefined()
  await fail(1e12)
  time.ms += 3_600_000
  expect(courtesy.failure).toBeUndefined()
})

test('what says nothing of the site leaves it no pause', async () => {
  const { courtesy, ask } = arrange()
  await expect(ask(() => Promise.reject(new Error('ours')))).rejects.toThrow('ours')
  expect(courtesy.failure).toBeUndefined()
  expect(await ask()).toBe('film')
})

test.each([
  [null, 0],
  ['', 0],
  ['7', 7_000],
  ['-7', 0],
  ['soon', 0],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 50_000],
  ['Thu, 01 Jan 1970 00:00:05 GMT', 0],
])('Retry-After: %s is %d ms', (header, ms) => {
  expect(retryAfterMs(header, 10_000)).toBe(ms)
})
