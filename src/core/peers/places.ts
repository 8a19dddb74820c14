/** How many neighbours a viewer has, and for whom places are kept. */

/** Neighbours wanted: 12 reach everyone in three hops. */
const WANTED_LINKS = 12
/** Neighbours at most, those that came by themselves included: each costs memory. */
const MAX_LINKS = 20
/** Of these, so many only by offers of our own, which trackers hand to peers of their choosing: limits eclipse attacks. */
const OWN_LINKS = 6
/** And never more than this of all: where there may be few, those that come by themselves are not kept out. */
const OWN_SHARE = 0.3

export interface Links {
  readonly wanted: number
  readonly most: number
}

/** Neighbours there are, and how many of them came by offers of our own. */
export interface Taken {
  readonly all: number
  readonly own: number
}

export class Places {
  /** @param links - may change: they are looked at whenever somebody may come */
  constructor(readonly links: Links = { wanted: WANTED_LINKS, most: MAX_LINKS }) {}

  get most(): number {
    return this.links.most
  }

  /** How many more to look for. */
  wanted({ all, own }: Taken): number {
    return Math.max(this.links.wanted - all, this.#own - own)
  }

  /** Whether there is a place for one more, from an offer of our own or of theirs. */
  isFree({ all, own }: Taken, isOwn: boolean): boolean {
    return (isOwn ? all : all - own + this.#own) < this.most
  }

  get #own(): number {
    return Math.min(OWN_LINKS, Math.floor(OWN_SHARE * this.most))
  }
}
