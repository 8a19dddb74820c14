import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OriginLine } from '../../../../src/core/scheduling/origin-line.js'

/** Asks at 0 for some chunks: the first comes after the line's latency, each further one in its time. */
function fetched(line: OriginLine, chunks: number, latencyMs: number, chunkMs: number, fromMs = 0) {
  line.asked(fromMs)
  for (let at = 0; at < chunks; at++) line.came(fromMs + latencyMs + at * chunkMs, fromMs)
}

test('nothing is known of a line before two chunks came of one request', () => {
  const line = new OriginLine()
  expect(line.facts).toBeUndefined()
  fetched(line, 1, 200, 130)
  expect(line.facts).toBeUndefined()
  fetched(line, 1, 200, 130, 1_000)
  expect(line.facts).toBeUndefined()
  fetched(line, 2, 200, 130, 2_000)
  expect(line.facts).toEqual({ latencyMs: 200, chunkMs: 130 })
})

test('what an even line does is what is known of it, however much it gave', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2_000 }),
      fc.integer({ min: 0, max: 2_000 }),
      fc.array(fc.integer({ min: 2, max: 20 }), { minLength: 1, maxLength: 20 }),
      (latencyMs, chunkMs, requests) => {
        const line = new OriginLine()
        for (const [at, chunks] of requests.entries())
          fetched(line, chunks, latencyMs, chunkMs, at * 100_000)
        expect(line.facts).toEqual({ latencyMs, chunkMs })
      },
    ),
  )
})

test('a line that has become slower is known as such after a few chunks, and not after one', () => {
  const line = new OriginLine()
  fetched(line, 10, 50, 20)
  fetched(line, 2, 50, 220, 10_000)
  expect(line.facts).toEqual({ latencyMs: 50, chunkMs: 70 })
  fetched(line, 10, 50, 220, 20_000)
  expect(line.facts?.chunkMs).toBeGreaterThan(200)
  expect(line.facts?.chunkMs).toBeLessThan(220)
})

test('time that a chunk waited until the video wanted more is not the line’s', () => {
  const line = new OriginLine()
  fetched(line, 2, 50, 20)
  // The last one came at 70; the video asks for more half a minute later.
  line.came(30_020, 30_000)
  expect(line.facts?.chunkMs).toBe(20)
  // What follows it counts again.
  line.came(30_120, 30_000)
  expect(line.facts?.chunkMs).toBe(40)
})

test('time between two requests is neither from chunk to chunk nor to the first byte', () => {
  const line = new OriginLine()
  fetched(line, 5, 100, 30)
  fetched(line, 5, 100, 30, 60_000)
  expect(line.facts).toEqual({ latencyMs: 100, chunkMs: 30 })
})

test('of two requests without a chunk between them the later one counts', () => {
  const line = new OriginLine()
  line.asked(0)
  fetched(line, 2, 100, 30, 5_000)
  expect(line.facts).toEqual({ latencyMs: 100, chunkMs: 30 })
})
