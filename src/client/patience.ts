/**
 * How long elements wait for the worker on a first visit: as long as it gets on, and not long where it does not.
 *
 * Time in which the page was too busy to look counts little: what would have told it of the worker waited as well, and
 * so would have the element.
 */

/** Elements wait so long for a worker that gives no sign, in ms. More lets more viewers take part; a broken worker costs each as much. */
const HOLD_MS = 475

/** A sign that the worker gets on is worth another wait of so many ms. */
const SIGN_MS = 250

/** Whatever the worker does, no element waits longer, unless the site says otherwise. */
export const MOST_HOLD_MS = 3_000

/** How often it is looked, in ms; a look that is late counts as two. */
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

  /** The worker got on. */
  sign(): void {
    this.#silentMs = 0
  }

  /** Whether what waits should wait no longer; asked every `LOOK_MS`. */
  isOver(nowMs: number): boolean {
    const passedMs = Math.min(nowMs - this.#lookedAtMs, 2 * LOOK_MS)
    this.#lookedAtMs = nowMs
    this.#waitedMs += passedMs
    this.#silentMs += passedMs
    if (this.#waitedMs >= this.mostMs) return true
    return this.#waitedMs >= HOLD_MS && this.#silentMs >= SIGN_MS
  }
}
