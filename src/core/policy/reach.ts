/**
 * Whether to read on in a transfer to a chunk further ahead, or to request anew. How much of it the browser has
 * buffered cannot be known, so it is tried; after a failure, ever more rarely.
 */

/** As far as is tried at most: 16 MiB. */
const MOST_REACH_CHUNKS = 256
/** The assumed latency of an origin that was not asked yet. */
const FIRST_LATENCY_MS = 100
/** Reading on may last so many times as long as a new request would. */
const PATIENCE = 1.5

export class Reach {
  /** Time from the last question to the head of its answer. */
  latencyMs = FIRST_LATENCY_MS
  #failures = 0
  /** Questions that are asked anew before it is tried again. */
  #pauses = 0

  /** How long to read on at most. */
  get patienceMs(): number {
    return PATIENCE * this.latencyMs
  }

  /** Whether to read on to a chunk so much further on. */
  mayTry(chunks: number): boolean {
    if (chunks === 0) return true
    if (chunks < 0 || chunks > MOST_REACH_CHUNKS) return false
    if (this.#pauses === 0) return true
    this.#pauses--
    return false
  }

  /** It was tried, and the chunk came in time or did not. */
  tried(wasInTime: boolean): void {
    this.#failures = wasInTime ? 0 : this.#failures + 1
    this.#pauses = wasInTime ? 0 : 2 ** this.#failures
  }
}
