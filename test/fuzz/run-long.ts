/** Runs a decoder over generated inputs, says how it goes, and fails where it took too long or kept too much. */

import { setImmediate as breathe } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Fuzzed, must } from './decoder.js'

/** Inputs in all, by decoder. @default 10,000,000 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 1e7)
/** The run that is to be repeated, as it was printed; each batch adds 1. @default drawn at random */
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const BATCH_RUNS = 100_000
const REPORT_EVERY = 10

/** One input may take no longer, on a machine that does other things too. */
const MOST_MS = 1_000
/** What is left in memory after all inputs, beyond what was there after the first batch. */
const MOST_LEFT_BYTES = 32 * 2 ** 20

interface Cost {
  /** How many inputs of a decoder one of these takes as long as. @default 1 */
  readonly inputs?: number
  /** One of these may take no longer. @default 1 s */
  readonly mostMs?: number
}

export function fuzz<Input>(
  name: string,
  { inputs, check }: Fuzzed<Input>,
  { inputs: cost = 1, mostMs = MOST_MS }: Cost = {},
): void {
  const inputCount = Math.ceil(RUNS / cost)
  const batchRuns = Math.min(BATCH_RUNS, inputCount)
  test(`${name} stands ${inputCount.toLocaleString('en')} inputs, seed ${SEED}`, async () => {
    let runs = 0
    let understood = 0
    let slowestMs = 0
    let heapAtFirst: number | undefined
    const property = fc.property(inputs, input => {
      const startMs = performance.now()
      if (check(input)) understood++
      slowestMs = Math.max(slowestMs, performance.now() - startMs)
    })
    const startMs = performance.now()
    for (let batch = 0; runs < inputCount; batch++) {
      const numRuns = Math.min(batchRuns, inputCount - runs)
      fc.assert(property, { seed: SEED + batch, numRuns })
      runs += numRuns
      heapAtFirst ??= heapBytes()
      if (batch % REPORT_EVERY === 0) report()
      await breathe()
    }
    report()
    expect(slowestMs).toBeLessThan(mostMs)
    const leftBytes = heapBytes() - (heapAtFirst ?? 0)
    expect(leftBytes).toBeLessThan(MOST_LEFT_BYTES)
    must(understood > 0 && understood < runs, 'all was refused, or nothing: this tests little')

    function report(): void {
      const seconds = (performance.now() - startMs) / 1_000
      console.log(
        `${name}: ${runs.toLocaleString('en')} executions, ${understood.toLocaleString('en')} understood,`,
        `${seconds.toFixed(0)} s, slowest ${slowestMs.toFixed(1)} ms, heap ${(heapBytes() / 2 ** 20).toFixed(1)} MiB`,
      )
    }
  })
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
