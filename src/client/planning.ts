/** When plans are made: soon after something has happened, but not for each chunk, and again when time alone changes them. */

/** Plans follow each other no faster than this; a neighbour's pipeline lasts ten times as long. */
const PLAN_PAUSE_MS = 5
/** Where only time passes, plans follow each other no faster than this. */
const LEAST_PAUSE_MS = 20

export class Planning {
  #isDue = false
  #isStopped = false
  #plannedAtMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param planNow - makes a plan; returns the times at which it must be thought over */
  constructor(readonly planNow: (nowMs: number) => (number | undefined)[]) {}

  /** Something has happened. */
  request(): void {
    if (this.#isDue || this.#isStopped) return
    this.#isDue = true
    const waitMs = this.#plannedAtMs + PLAN_PAUSE_MS - performance.now()
    if (waitMs > 0) setTimeout(() => this.#plan(), waitMs)
    else queueMicrotask(() => this.#plan())
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #plan(): void {
    this.#isDue = false
    if (this.#isStopped) return
    const nowMs = performance.now()
    this.#plannedAtMs = nowMs
    const times = this.planNow(nowMs).filter(atMs => atMs !== undefined)
    clearTimeout(this.#timer)
    if (times.length === 0) return
    const waitMs = Math.max(Math.min(...times) - nowMs, LEAST_PAUSE_MS)
    this.#timer = setTimeout(() => this.request(), waitMs)
  }
}
