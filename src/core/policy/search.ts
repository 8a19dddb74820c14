/** How far the search for neighbours has come, which says how much the origin may give meanwhile. */

/** How long neighbours are looked for before the origin is asked as if there were none: longer where a tracker knows some. */
const SEARCH_MS = 4_000
const SEARCH_KNOWN_MS = 10_000

/** `off`: there is nobody to ask; `over`: a neighbour has something, or none is waited for any longer. */
export type SearchState = 'off' | 'searching' | 'over'

export class Search {
  #state: SearchState
  #beganAtMs: number | undefined
  #lastsMs = SEARCH_MS

  /** @param isPossible - whether there is anybody to ask */
  constructor(isPossible: boolean) {
    this.#state = isPossible ? 'searching' : 'off'
  }

  begin(nowMs: number): void {
    this.#beganAtMs ??= nowMs
  }

  /** A tracker's count of viewers, this one included. */
  counted(viewers: number): void {
    if (viewers <= 1) this.end()
    else this.#lastsMs = SEARCH_KNOWN_MS
  }

  /** Somebody has something, or nobody is there; whether that is news. */
  end(): boolean {
    const isNews = this.#state === 'searching'
    if (isNews) this.#state = 'over'
    return isNews
  }

  stateAt(nowMs: number): SearchState {
    if (nowMs >= (this.endsAtMs ?? Number.POSITIVE_INFINITY)) this.end()
    return this.#state
  }

  /** When it ends by itself; `undefined` where it has ended or not begun. */
  get endsAtMs(): number | undefined {
    if (this.#state !== 'searching' || this.#beganAtMs === undefined) return undefined
    return this.#beganAtMs + this.#lastsMs
  }
}
