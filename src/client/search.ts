/** How far the search for neighbours has come, which says how much the origin may give meanwhile. */

import type { SwarmState } from '../core/situation.js'

/** How long neighbours are looked for before the origin is asked as if there were none: longer where a tracker knows some. */
const SEARCH_MS = 4_000
const SEARCH_KNOWN_MS = 10_000

export class Search {
  #state: SwarmState
  #sinceMs: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * @param isWorthwhile - whether there is a tracker to ask
   * @param onEnd - called once, when it is known whether there is a neighbour
   */
  constructor(
    isWorthwhile: boolean,
    readonly onEnd: () => void,
  ) {
    this.#state = isWorthwhile ? 'searching' : 'off'
  }

  get state(): SwarmState {
    return this.#state
  }

  begin(): void {
    this.#endAfter(SEARCH_MS)
  }

  /** A tracker told how many viewers it knows, this one included. */
  counted(viewers: number): void {
    if (viewers <= 1) this.end()
    else this.#endAfter(SEARCH_KNOWN_MS)
  }

  /** Somebody has something, or nobody is there. */
  end(): void {
    this.stop()
    if (this.#state !== 'searching') return
    this.#state = 'found'
    this.onEnd()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** Gives the search so much time from its beginning. */
  #endAfter(ms: number): void {
    if (this.#state !== 'searching') return
    clearTimeout(this.#timer)
    this.#sinceMs ??= performance.now()
    this.#timer = setTimeout(() => this.end(), this.#sinceMs + ms - performance.now())
  }
}
