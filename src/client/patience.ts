/**
 * How long elements wait for the worker on a first visit: longer where the site is far away, as the worker's file takes a
 * round trip, and while its installation makes progress.
 *
 * Time in which the main thread was blocked counts little: it delayed the worker's events as well, and would have delayed
 * the element.
 */

/** The wait for a worker without progress, on a site that is near. More lets more viewers take part; a broken worker costs each as much. */
const HOLD_MS = 450

/** A site further away than this is taken for a slow one. */
const MOST_AWAY_MS = 400

/** Progress extends the wait by this much. */
const PROGRESS_MS = 250

/** The longest wait of all, unless the site says otherwise. */
export const MOST_HOLD_MS = 3_000

/** How often to check; a late check counts as two at most. */
export const LOOK_MS = 25

export interface PatienceOptions {
  /** The longest wait. */
  readonly mostMs: number
  /** Time to the site and back; 0 where it is not known. */
  readonly awayMs: number
}

export class Patience {
  readonly #mostMs: number
  readonly #holdMs: number
  #waitedMs = 0
  #silentMs = Number.POSITIVE_INFINITY
  #lookedAtMs: number

  constructor({ mostMs, awayMs }: PatienceOptions, nowMs: number) {
    this.#mostMs = mostMs
    this.#holdMs = HOLD_MS + Math.min(awayMs, MOST_AWAY_MS)
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
    if (this.#waitedMs >= this.#mostMs) return true
    return this.#waitedMs >= this.#holdMs && this.#silentMs >= PROGRESS_MS
  }
}
