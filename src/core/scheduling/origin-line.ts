/** What the line to the origin can do, from when it was asked and when its chunks came. */

import type { Line } from './situation.js'

/** Weight of the newest chunk, and of the newest request, in their means. */
const NEWEST_SHARE = 0.25

export class OriginLine {
  #latencyMs: number | undefined
  #chunkMs: number | undefined
  #askedAtMs: number | undefined
  #cameAtMs = Number.NEGATIVE_INFINITY

  /** Nothing before two chunks came of one request. */
  get facts(): Line | undefined {
    if (this.#latencyMs === undefined || this.#chunkMs === undefined) return undefined
    return { latencyMs: this.#latencyMs, chunkMs: this.#chunkMs }
  }

  /** A request is made for what nothing was asked of before. */
  asked(nowMs: number): void {
    this.#askedAtMs = nowMs
  }

  /**
   * A chunk came.
   *
   * @param neededAtMs - when the video last asked for more: what comes next may have waited for that and not for the line
   */
  came(nowMs: number, neededAtMs: number): void {
    if (this.#askedAtMs !== undefined)
      this.#latencyMs = mean(this.#latencyMs, nowMs - this.#askedAtMs)
    else if (neededAtMs <= this.#cameAtMs)
      this.#chunkMs = mean(this.#chunkMs, nowMs - this.#cameAtMs)
    this.#askedAtMs = undefined
    this.#cameAtMs = nowMs
  }
}

const mean = (before: number | undefined, ms: number): number =>
  before === undefined ? ms : before + (ms - before) * NEWEST_SHARE
