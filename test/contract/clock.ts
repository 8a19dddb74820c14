/** What every `Clock` does, whether its time passes by itself or not. */

import { expect, test } from 'vitest'
import type { Clock } from '../../src/engine/clock.js'

export interface RunningClock {
  readonly clock: Clock
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>
}

export function clockContract(name: string, make: () => RunningClock): void {
  test(`${name} calls back after the time, once`, async () => {
    const { clock, pass } = make()
    const calls: number[] = []
    const fromMs = clock.nowMs()
    clock.after(20, () => calls.push(clock.nowMs() - fromMs))
    expect(calls).toEqual([])
    await pass(60)
    expect(calls).toHaveLength(1)
    // Timers of browsers may be a fraction of a millisecond early.
    expect(calls[0]).toBeGreaterThanOrEqual(19)
    expect(clock.nowMs() - fromMs).toBeGreaterThanOrEqual(59)
  })

  test(`${name} calls in the order of times, and of those alike in the order of asking`, async () => {
    const { clock, pass } = make()
    const calls: string[] = []
    clock.after(30, () => calls.push('30'))
    clock.after(5, () => calls.push('5'))
    clock.after(5, () => calls.push('5 again'))
    await pass(80)
    expect(calls).toEqual(['5', '5 again', '30'])
  })

  test(`${name} never calls while what asks is still running`, async () => {
    const { clock, pass } = make()
    const calls: string[] = []
    clock.after(0, () => calls.push('later'))
    clock.after(-5, () => calls.push('at once'))
    calls.push('first')
    await pass(10)
    expect(calls).toEqual(['first', 'later', 'at once'])
  })

  test(`${name} does not call what was taken back`, async () => {
    const { clock, pass } = make()
    const calls: string[] = []
    const never = [clock.after(0, () => calls.push('0')), clock.after(5, () => calls.push('5'))]
    for (const takeBack of never) takeBack()
    for (const takeBack of never) takeBack()
    await pass(20)
    expect(calls).toEqual([])
  })
}
