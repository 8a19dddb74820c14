/** Upload limits of a viewer: a second, a visit, a month, and in proportion to what was received. */

import { CHUNK_BYTES } from '../units.js'
import { TokenBucket } from './token-bucket.js'

/** `Infinity` where there is no limit. */
export interface UploadLimits {
  readonly bytesPerSecond: number
  /** Bytes given for each byte received. */
  readonly share: number
  /** From the loading of a page to its end. */
  readonly sessionBytes: number
  readonly monthBytes: number
}

export interface UploadFacts {
  readonly nowMs: number
  /** What this page received for its videos, from any source. */
  readonly takenBytes: number
  /** What was given in this month, by this page and others. */
  readonly monthBytes: number
}

/** Given whatever the share says, so that a new viewer can be of use. 2 MiB. */
const FREE_BYTES = 32 * CHUNK_BYTES
/** A viewer over their share may have received more after this time. */
const SHARE_WAIT_MS = 1_000

export class UploadAllowance {
  #givenBytes = 0
  /** A second's worth at once at most, and a chunk at least. */
  readonly #rate: TokenBucket

  constructor(readonly limits: UploadLimits) {
    const { bytesPerSecond } = limits
    this.#rate = new TokenBucket(bytesPerSecond, Math.max(bytesPerSecond, CHUNK_BYTES))
  }

  /** Given by this page. */
  get givenBytes(): number {
    return this.#givenBytes
  }

  /** Time until so much may be given: 0 is now, `Infinity` not in this visit. */
  waitMs(bytes: number, { nowMs, takenBytes, monthBytes }: UploadFacts): number {
    const { limits } = this
    const wouldHaveGiven = this.#givenBytes + bytes
    const isOver =
      limits.bytesPerSecond === 0 ||
      wouldHaveGiven > limits.sessionBytes ||
      monthBytes + bytes > limits.monthBytes
    if (isOver) return Number.POSITIVE_INFINITY
    const rateWaitMs = this.#rate.waitMs(bytes, nowMs)
    // No bytes for a share without limit would be NaN.
    const isShared =
      !Number.isFinite(limits.share) || wouldHaveGiven <= FREE_BYTES + limits.share * takenBytes
    return isShared ? rateWaitMs : Math.max(rateWaitMs, SHARE_WAIT_MS)
  }

  /** Counts bytes that are given, or, below 0, that were not given after all. */
  give(bytes: number): void {
    this.#givenBytes += bytes
    this.#rate.take(bytes)
  }
}
