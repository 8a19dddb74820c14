/**
 * The places of offers that others made and that led to no neighbour yet. Anybody can send offers, and claim anything in
 * them: so there are few places, and a source of many replaces its own.
 */

/** Offers that are answered at a time. */
const PLACES = 8
/** More of them, of whom this viewer was connected to before. */
const MET_PLACES = 2
/** An offer has so long to lead to a neighbour, before another takes its place whose sources have as many. */
const FAIR_MS = 1_500

export interface Offer {
  /** What its maker is called here. */
  readonly name: string
  /** What it says of where it comes from: offers that share any of these count as one's. */
  readonly sources: readonly string[]
  /** Whether its maker was a neighbour before. */
  readonly isMet: boolean
}

interface Place {
  readonly atMs: number
  readonly isReserved: boolean
}

/** Whether an offer got a place, and which one left for it. */
export interface Taking<Kind> {
  readonly isTaken: boolean
  readonly left?: Kind
}

export class OfferPlaces<Kind extends Offer> {
  /** Oldest first. */
  readonly #places = new Map<Kind, Place>()

  get size(): number {
    return this.#places.size
  }

  leave(offer: Kind): void {
    this.#places.delete(offer)
  }

  /**
   * Gives a place to an offer, if need be another's.
   *
   * @param isRoom - whether there may be one more of them
   */
  take(offer: Kind, nowMs: number, isRoom = true): Taking<Kind> {
    const namesake = [...this.#places.keys()].find(({ name }) => name === offer.name)
    if (namesake) return this.#replace(namesake, offer, nowMs)
    const reserved = [...this.#places.values()].filter(({ isReserved }) => isReserved).length
    const isReserved = offer.isMet && reserved < MET_PLACES
    if (isRoom && (isReserved || this.#places.size - reserved < PLACES)) {
      this.#places.set(offer, { atMs: nowMs, isReserved })
      return { isTaken: true }
    }
    const leaving = this.#leavingFor(offer)
    const isFairer = leaving !== undefined && this.#weight(leaving) > this.#weight(offer) + 1
    return leaving ? this.#replace(leaving, offer, nowMs, isFairer) : { isTaken: false }
  }

  #replace(old: Kind, offer: Kind, nowMs: number, isAtOnce = false): Taking<Kind> {
    const { atMs = 0, isReserved = false } = this.#places.get(old) ?? {}
    if (!isAtOnce && nowMs - atMs < FAIR_MS) return { isTaken: false }
    this.#places.delete(old)
    this.#places.set(offer, { atMs: nowMs, isReserved })
    return { isTaken: true, left: old }
  }

  /** Of the heaviest source the oldest; one that is lighter than the new offer's only where it is of the same. */
  #leavingFor(offer: Kind): Kind | undefined {
    const weight = this.#weight(offer) + 1
    const mayLeave = [...this.#places].flatMap(([each, { isReserved }]) =>
      !isReserved && (this.#weight(each) >= weight || isAkin(each, offer)) ? [each] : [],
    )
    const most = Math.max(0, ...mayLeave.map(each => this.#weight(each)))
    return mayLeave.find(each => this.#weight(each) === most)
  }

  /** How many of the offers that have places share a source with one: of its sources the one with most. */
  #weight({ sources }: Kind): number {
    const all = [...this.#places.keys()]
    return Math.max(
      0,
      ...sources.map(source => all.filter(each => each.sources.includes(source)).length),
    )
  }
}

const isAkin = (one: Offer, other: Offer): boolean =>
  one.sources.some(source => other.sources.includes(source))
