/** Time, as page, worker, Node and simulator have it. */

export interface Clock {
  /** Milliseconds from a moment that stays the same. */
  nowMs(): number
  /** Calls back once, after a time; 0 is as soon as what runs now has ended. The function returned takes it back. */
  after(ms: number, act: () => void): () => void
}

/** What browsers and Node have in common. */
export interface ClockHost {
  readonly performance: { now(): number }
  setTimeout(act: () => void, ms: number): unknown
  clearTimeout(timer: never): void
  queueMicrotask(act: () => void): void
}

/** The clock of a page, a worker or Node: `clockOf(globalThis)`. */
export function clockOf(host: ClockHost): Clock {
  return {
    nowMs: () => host.performance.now(),
    after: (ms, act) => {
      if (ms > 0) {
        const timer = host.setTimeout(act, ms)
        return () => host.clearTimeout(timer as never)
      }
      let isTakenBack = false
      // A timer of 0 ms may wait for others, and in a hidden tab for a second.
      host.queueMicrotask(() => {
        if (!isTakenBack) act()
      })
      return () => {
        isTakenBack = true
      }
    },
  }
}
