/** Whom to connect to, whom to let in, and whom to drop: rules for the neighbours of one swarm. */

import type { ErrorCode } from '../errors.js'
import { networkOf } from './network.js'
import { type Links, Places } from './places.js'

/** Neighbours of one network at most, unless it is this viewer's own: limits eclipse attacks of one who has many addresses. */
const NETWORK_LINKS = 5
/** Connections under way beside neighbours. */
const SPARE_CONNECTIONS = 8

/** Addresses of the two ends of a connection, where they are known. */
export interface Ends {
  readonly own?: string | undefined
  readonly peers?: string | undefined
}

/** A neighbour, as far as these rules go. */
export interface Member {
  /** Whether it came by an offer of this viewer's. */
  readonly isOwn: boolean
  /** The network it is in, once that is known, if it is not this viewer's own. */
  network: string | undefined
}

export class Neighbourhood {
  readonly #places: Places
  /** Connections whose owners are still looked at. */
  #entering = 0

  /**
   * @param all - the neighbours there are, kept up to date by their owner
   * @param links - how many there are to be. @default as few as a viewer needs
   */
  constructor(
    readonly all: ReadonlyMap<string, Member>,
    links?: Links,
  ) {
    this.#places = new Places(links)
  }

  /** How many more to look for. */
  get wanted(): number {
    return this.#places.wanted({ ...this.#taken, all: this.all.size + this.#entering })
  }

  /** Whether somebody may be looked at, as there may be a place. */
  get hasRoom(): boolean {
    return this.all.size + this.#entering < this.#places.most
  }

  /** Connections at a time, those under way included. */
  get mostConnections(): number {
    return this.#places.most + SPARE_CONNECTIONS
  }

  /** Somebody is looked at, until the function returned is called. */
  enter(): () => void {
    this.#entering++
    return () => {
      this.#entering--
    }
  }

  /** Whether there is a place for who was looked at: many may have been while there was room for one. */
  hasPlace(isOwn: boolean): boolean {
    return this.#places.isFree(this.#taken, isOwn)
  }

  /** Notes where a connection leads; whether the neighbour is to be dropped, as there are enough of its network. */
  isCrowded(member: Member, { own = '', peers = '' }: Ends): boolean {
    const network = networkOf(peers)
    if (!network || network === networkOf(own)) return false
    member.network = network
    const ofNetwork = [...this.all.values()].filter(each => each.network === network)
    return ofNetwork.length > NETWORK_LINKS
  }

  get #taken() {
    const own = [...this.all.values()].filter(({ isOwn }) => isOwn).length
    return { all: this.all.size, own }
  }
}

/** Whether who was dropped for a failure is let in no more: one that is late may be busy, and can come back. */
export const isBannedFor = (code: ErrorCode): boolean => code !== 'peer-timeout'
