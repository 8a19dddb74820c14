/** Whom to connect to, whom to let in, and whom to drop: the neighbours of one swarm, by what they are called. */

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

export class Neighbourhood {
  readonly #places: Places
  /** Neighbours, and whether they came by an offer of this viewer. */
  readonly #isOwn = new Map<string, boolean>()
  /** The network that each is in, where that is known and not this viewer's own. */
  readonly #networks = new Map<string, string>()
  /** Connections whose owners are still looked at. */
  #entering = 0

  /** @param links - how many there are. @default as few as a viewer needs */
  constructor(links?: Links) {
    this.#places = new Places(links)
  }

  /** How many more to look for. */
  get wanted(): number {
    return this.#places.wanted({ ...this.#taken, all: this.#isOwn.size + this.#entering })
  }

  /** Whether somebody may be looked at, as there may be a place. */
  get hasRoom(): boolean {
    return this.#isOwn.size + this.#entering < this.#places.most
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

  /** Lets somebody in, if there is a place: many may have been looked at while there was room for one. */
  letIn(peer: string, isOwn: boolean): boolean {
    const isFree = this.#places.isFree(this.#taken, isOwn)
    if (isFree) this.#isOwn.set(peer, isOwn)
    return isFree
  }

  leave(peer: string): void {
    this.#isOwn.delete(peer)
    this.#networks.delete(peer)
  }

  /** Notes where a connection leads; whether the neighbour is to be dropped, as there are enough of its network. */
  isCrowded(peer: string, { own = '', peers = '' }: Ends): boolean {
    const network = networkOf(peers)
    if (!network || network === networkOf(own) || !this.#isOwn.has(peer)) return false
    this.#networks.set(peer, network)
    return [...this.#networks.values()].filter(each => each === network).length > NETWORK_LINKS
  }

  get #taken() {
    const own = [...this.#isOwn.values()].filter(isOwn => isOwn).length
    return { all: this.#isOwn.size, own }
  }
}

/** Whether who was dropped for a failure is let in no more: one that is late may be busy, and can come back. */
export const isBannedFor = (code: ErrorCode): boolean => code !== 'peer-timeout'
