/** Whether this viewer is in the swarm of a resource: joins it once it is of use, and leaves it when it no longer is. */

import { Departure } from './departure.js'
import { Search, type SearchState } from './search.js'
import type { ViewerAction } from './viewer-messages.js'

type Step = Extract<ViewerAction, { type: 'join' | 'leave' }>

export class Membership {
  #search: Search
  #isJoined = false
  #isSeeding = false
  readonly #departure = new Departure()

  /** @param maySearch - whether there is anybody to ask for other viewers, and that is allowed now */
  constructor(maySearch: boolean) {
    this.#search = new Search(maySearch)
  }

  /** Whether the swarm was left, as nobody has the resource any more. */
  get isResting(): boolean {
    return this.#departure.isGone
  }

  searchAt(nowMs: number): SearchState {
    return this.#search.stateAt(nowMs)
  }

  /** When the search ends by itself. */
  get searchEndsAtMs(): number | undefined {
    return this.#search.endsAtMs
  }

  /** Looks for other viewers: not before the video plays, as it costs time that the start needs. */
  join(nowMs: number): Step[] {
    if (this.#isJoined || this.searchAt(nowMs) === 'off') return []
    this.#isJoined = true
    this.#search.begin(nowMs)
    return [{ type: 'join' }]
  }

  /**
   * Is there for others, though nothing plays here.
   *
   * @param stays - whether it joins whenever it may from now on, and does not leave by itself
   */
  seed(stays: boolean, nowMs: number): Step[] {
    this.#isSeeding ||= stays
    this.#departure.asked(false, nowMs)
    return this.join(nowMs)
  }

  /** A tracker's count of viewers, this one included. */
  counted(viewers: number): void {
    this.#search.counted(viewers)
  }

  /** A neighbour has something, or none is to be had; whether that is news. */
  endSearch(): boolean {
    return this.#search.end()
  }

  /** Whether this viewer may be connected to others, from now on. */
  share(isAllowed: boolean, nowMs: number): Step[] {
    if (isAllowed === (this.searchAt(nowMs) !== 'off')) return []
    const steps = this.#leave(isAllowed)
    return this.#isSeeding ? [...steps, ...this.join(nowMs)] : steps
  }

  /**
   * Something is asked for, or played.
   *
   * @param isByElement - and not by a loader
   */
  asked(isByElement: boolean, nowMs: number): void {
    this.#departure.asked(isByElement, nowMs)
  }

  /**
   * Leaves where the resource was not shown or loaded for a while; it is joined anew when that comes back. An open response
   * alone is no sign: an element that was taken out of the page keeps its own until its memory is needed.
   */
  look(isShown: boolean, nowMs: number): Step[] {
    if (this.#isSeeding || !this.#departure.look(isShown, nowMs)) return []
    return this.#leave(this.searchAt(nowMs) !== 'off')
  }

  /** Disconnects all other viewers, which may connect again. */
  #leave(maySearch: boolean): Step[] {
    const steps: Step[] = this.#isJoined ? [{ type: 'leave' }] : []
    this.#isJoined = false
    this.#search = new Search(maySearch)
    return steps
  }
}
