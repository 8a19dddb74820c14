/** When a connection that was lost is tried anew: for as long as it is wanted, soon, and not by all viewers at the same moment. */

/** Longest pause ahead of the second try; it doubles with each further one. */
const FIRST_PAUSE_MS = 2_000
/** No pause is longer, so that viewers find each other within ten seconds of their tracker's return, even after days. */
const LAST_PAUSE_MS = 8_000
/** A pause is at least this share of the longest that it could be; where in between is left to chance. */
const LEAST_SHARE = 0.25
/** One that closed sooner than this counts as another failure: a server that accepts and hangs up is not asked every second. */
const STEADY_MS = 10_000

export class Reconnection {
  #failures = 0
  #triedAtMs = 0
  #openedAtMs: number | undefined

  tried(nowMs: number): void {
    this.#triedAtMs = nowMs
    this.#openedAtMs = undefined
  }

  opened(nowMs: number): void {
    this.#openedAtMs = nowMs
  }

  /**
   * The connection, or the try, has come to nothing.
   *
   * @param random - 0 to 1
   * @returns time until the next try
   */
  lost(nowMs: number, random: number): number {
    if (this.#openedAtMs !== undefined && nowMs - this.#openedAtMs >= STEADY_MS) this.#failures = 0
    const longestMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures++, LAST_PAUSE_MS)
    const leastMs = longestMs * LEAST_SHARE
    // A try that took long to fail was a pause by itself.
    const passedMs = this.#openedAtMs === undefined ? nowMs - this.#triedAtMs : 0
    return Math.max(
      leastMs + (longestMs - leastMs) * random - passedMs,
      FIRST_PAUSE_MS * LEAST_SHARE,
    )
  }

  /** Something has changed that makes another try worthwhile: earlier failures do not count. */
  forgive(): void {
    this.#failures = 0
  }
}
