/**
 * How long elements wait for the worker on a first visit: longer while its installation makes progress.
 *
 * Time in which the main thread was blocked counts little: it delayed the worker's events as well, and would have delayed
 * the element.
 */

/** The wait for a worker without progress. More lets more viewers take part; a broken worker costs each as much. */
const HOLD_MS = 475

/** Progress extends the wait by this much. */
const PROGRESS_MS = 250

/** The longest wait of all, unless the site says otherwise. */
export const MOST_HOLD_MS = 3_000

/** How often to check; a late check counts as two at most. */
export const LOOK_MS = 25

export class Patience {
  #waitedMs = 0
  #silentMs = Number.POSITIVE_INFINITY
  #lookedAtMs: number

  /** @param mostMs - the longest wait */
  constructor(
    readonly mostMs: number,
    nowMs: number,
  ) {
    this.#lookedAtMs = nowMs
  }

  onProgress(): void {
    this.#silentMs = 0
  }

  /** Whether the wait is over; to be asked every `LOOK_MS`. */
  isOver(nowMs: number): boolean {
    const passedMs = Math.min(nowMs - this.#lookedAtMs, 2 * LOOK_MS)
    this.#lookedAtMs = nowMs
    this.#waitedMs += passedMs
    this.#silentMs += passedMs
    if (this.#waitedMs >= this.mostMs) return true
    return this.#waitedMs >= HOLD_MS && this.#silentMs >= PROGRESS_MS
  }
}
