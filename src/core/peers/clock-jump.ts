/** Detects that a machine has slept: its clock has moved on further than somebody who looked at it steadily would have seen. */

/** Pages that nobody sees run their timers once a minute at worst, in Chromium: only what is later than that is sleep. */
const MOST_LATE_MS = 70_000

export class ClockJump {
  #lookedAtMs: number | undefined

  /** @param clockMs - the time of day, which goes on while a machine sleeps */
  look(clockMs: number): boolean {
    const passedMs = clockMs - (this.#lookedAtMs ?? clockMs)
    this.#lookedAtMs = clockMs
    return passedMs > MOST_LATE_MS
  }
}
