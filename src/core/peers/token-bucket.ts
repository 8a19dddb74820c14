/** So much a second on the average, and so much at once. */
export class TokenBucket {
  #ready: number
  #readyAtMs: number | undefined

  /**
   * @param perSecond - what comes in; `Infinity` is no limit
   * @param most - what it holds, full at first
   */
  constructor(
    readonly perSecond: number,
    readonly most: number,
  ) {
    this.#ready = most
  }

  /** Time until so much can be spent; 0 is now. */
  waitMs(amount: number, nowMs: number): number {
    if (!Number.isFinite(this.perSecond)) return 0
    const gained = (this.perSecond * (nowMs - (this.#readyAtMs ?? nowMs))) / 1_000
    this.#ready = Math.min(this.most, this.#ready + gained)
    this.#readyAtMs = nowMs
    return this.#ready >= amount ? 0 : ((amount - this.#ready) / this.perSecond) * 1_000
  }

  /** Takes, or below 0 puts back. */
  take(amount: number): void {
    this.#ready -= amount
  }
}
