/** When a viewer announces itself at a tracker, and with how many offers. */

/** Offers in one announcement at most: the tracker hands each to another peer. */
const MAX_OFFERS = 4
/** Time to the next announcement while neighbours are wanted: doubles each time from the first to the last. */
const FIRST_PAUSE_MS = 1_000
const LAST_PAUSE_MS = 60_000
/** The same, while offers of others find no place: their senders can be reached by this viewer's own offers. */
const CROWDED_PAUSE_MS = 5_000
/** A tracker's own interval is kept within these, where it names one. */
const LEAST_INTERVAL_MS = 30_000
const MOST_INTERVAL_MS = 300_000

export class Announcing {
  #isAlone = false
  #pauseMs = FIRST_PAUSE_MS
  #intervalMs = MOST_INTERVAL_MS
  #announcedAtMs = Number.NEGATIVE_INFINITY
  #dueAtMs = Number.NEGATIVE_INFINITY

  get dueAtMs(): number {
    return this.#dueAtMs
  }

  /** The tracker knows nobody but this viewer, as far as it said. */
  get isAlone(): boolean {
    return this.#isAlone
  }

  /**
   * Notes that the viewer announces itself now.
   *
   * @param wanted - how many more neighbours are wanted
   * @param room - how many connections there may be for offers
   * @returns offers to announce with
   */
  announce(wanted: number, room: number, nowMs: number): number {
    // Those who come to one that is alone bring the offers.
    const isLooking = wanted > 0 && !this.#isAlone
    this.#announcedAtMs = nowMs
    this.#dueAtMs = nowMs + (isLooking ? this.#pauseMs : this.#intervalMs)
    this.#pauseMs = isLooking ? Math.min(this.#pauseMs * 2, LAST_PAUSE_MS) : FIRST_PAUSE_MS
    return isLooking ? Math.max(0, Math.min(wanted, room, MAX_OFFERS)) : 0
  }

  /** The tracker's count of viewers, this one included. */
  counted(viewers: number): void {
    const wasAlone = this.#isAlone
    this.#isAlone = viewers <= 1
    // Two that were alone both came without offers, and would not connect until the tracker's interval is over.
    if (wasAlone && !this.#isAlone) this.hurry()
  }

  /** The tracker named an interval. */
  setIntervalMs(intervalMs: number): void {
    this.#intervalMs = Math.min(Math.max(intervalMs, LEAST_INTERVAL_MS), MOST_INTERVAL_MS)
  }

  /** There is reason not to wait for the tracker's interval: somebody new is known, or a neighbour has gone. */
  hurry(): void {
    this.#dueAtMs = Math.min(this.#dueAtMs, this.#announcedAtMs + this.#pauseMs)
  }

  /** An offer of another found no place. */
  crowded(): void {
    this.#dueAtMs = Math.min(this.#dueAtMs, this.#announcedAtMs + CROWDED_PAUSE_MS)
  }

  /** What the tracker knew is gone, or the viewer is somewhere else: everything begins anew. */
  restart(): void {
    this.#isAlone = false
    this.#pauseMs = FIRST_PAUSE_MS
    this.hurry()
  }
}
