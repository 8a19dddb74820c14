/** When a video's swarm is left: seconds after the page neither shows it nor asks for more of it. */

/** A page may take its element out for a moment, and put it elsewhere. */
const LINGER_MS = 5_000
/** The same where only a loader of the page's own has asked: one whose buffer is full asks for nothing for a while. */
const LOADER_LINGER_MS = 60_000

export class Departure {
  #wasShown = false
  #isGone = false
  #lastSignMs: number | undefined

  /** Whether the video has gone, and did not come back since. */
  get isGone(): boolean {
    return this.#isGone
  }

  /**
   * The video plays, or something of it was asked for.
   *
   * @param isByElement - and not by a loader of the page's own
   */
  asked(isByElement: boolean, nowMs: number): void {
    this.#wasShown ||= isByElement
    this.#lastSignMs = nowMs
    this.#isGone = false
  }

  /**
   * Looks how it is now.
   *
   * @param isShown - whether an element of the page has the video, also one that is paused or at its end
   * @returns whether it has gone since it was last looked
   */
  look(isShown: boolean, nowMs: number): boolean {
    this.#wasShown ||= isShown
    if (isShown) this.#lastSignMs = nowMs
    this.#lastSignMs ??= nowMs
    const lingerMs = this.#wasShown ? LINGER_MS : LOADER_LINGER_MS
    if (this.#isGone || nowMs - this.#lastSignMs < lingerMs) return false
    this.#isGone = true
    return true
  }
}
