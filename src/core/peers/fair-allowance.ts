/**
 * An allowance that all share and nobody uses up: each source leaves for others as much as it has lately used itself. One
 * that takes all that it can ends at half.
 */

import { TokenBucket } from './token-bucket.js'

export class FairAllowance {
  readonly #bucket: TokenBucket
  /** What each source has used, which it gets back as the whole comes in. */
  readonly #used = new Map<string, { amount: number; atMs: number }>()

  /**
   * @param perSecond - what comes in
   * @param most - what it holds, full at first
   * @param largest - the largest amount that is asked for: all wait until there is as much, or small requests would leave none for large ones
   */
  constructor(
    readonly perSecond: number,
    most: number,
    readonly largest = 0,
  ) {
    this.#bucket = new TokenBucket(perSecond, most)
  }

  /** Takes an amount, if there is as much for each of these sources. */
  take(amount: number, sources: readonly string[], nowMs: number): boolean {
    this.#refill(nowMs)
    const used = Math.max(0, ...sources.map(source => this.#used.get(source)?.amount ?? 0))
    if (this.#bucket.waitMs(Math.max(amount, this.largest) + used, nowMs) > 0) return false
    this.#use(amount, sources, nowMs)
    return true
  }

  /** Puts back what was taken. */
  giveBack(amount: number, sources: readonly string[], nowMs: number): void {
    this.#refill(nowMs)
    this.#use(-amount, sources, nowMs)
  }

  #use(amount: number, sources: readonly string[], nowMs: number): void {
    this.#bucket.take(amount)
    for (const source of sources) {
      const used = (this.#used.get(source)?.amount ?? 0) + amount
      this.#used.set(source, { amount: used, atMs: nowMs })
    }
  }

  #refill(nowMs: number): void {
    for (const [source, { amount, atMs }] of this.#used) {
      const left = amount - (this.perSecond * (nowMs - atMs)) / 1_000
      if (left > 0) this.#used.set(source, { amount: left, atMs: nowMs })
      else this.#used.delete(source)
    }
  }
}
