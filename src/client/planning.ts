/** When plans are made: soon after something has happened, but not for each chunk, and again when time alone changes them. */

/** Plans follow each other no faster than this where nobody waits: each asks a neighbour for several chunks at once. */
const PLAN_PAUSE_MS = 20

export class Planning {
  #isDue = false
  #isHurried = false
  #isStopped = false
  #plannedAtMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param planNow - makes a plan; returns the times at which it must be thought over */
  constructor(readonly planNow: (nowMs: number) => (number | undefined)[]) {}

  /** Something has happened that can wait a little. */
  request(): void {
    const waitMs = this.#plannedAtMs + PLAN_PAUSE_MS - performance.now()
    if (waitMs <= 0) return this.hurry()
    if (this.#isDue || this.#isStopped) return
    this.#isDue = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.hurry(), waitMs)
  }

  /** Somebody waits, or there is somebody new to ask. */
  hurry(): void {
    if (this.#isHurried || this.#isStopped) return
    this.#isHurried = true
    queueMicrotask(() => this.#plan())
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #plan(): void {
    this.#isDue = false
    this.#isHurried = false
    if (this.#isStopped) return
    const nowMs = performance.now()
    this.#plannedAtMs = nowMs
    const times = this.planNow(nowMs).filter(atMs => atMs !== undefined)
    clearTimeout(this.#timer)
    if (times.length === 0) return
    const waitMs = Math.max(Math.min(...times) - nowMs, PLAN_PAUSE_MS)
    this.#timer = setTimeout(() => this.hurry(), waitMs)
  }
}
