/** The offers of others, from when they were read until they led to a neighbour or to nothing. */

import { SwarmtagError } from '../core/errors.js'
import { MOST_CANDIDATES } from '../core/peers/candidates.js'
import { FairAllowance } from '../core/peers/fair-allowance.js'
import { type Offer, OfferPlaces } from '../core/peers/offer-places.js'
import { nameOf } from '../core/peers/peer-name.js'
import type { Description } from './description.js'
import type { Glare } from './glare.js'

/**
 * Addresses that offers of others may have this browser try, a second and at once, all rooms of the page together, so that
 * nobody can flood others through it.
 */
const ADDRESSES_PER_SECOND = 2
const ADDRESSES_AT_ONCE = 60
const addresses = new FairAllowance(ADDRESSES_PER_SECOND, ADDRESSES_AT_ONCE, MOST_CANDIDATES)
/** The same for whom this page was connected to before, apart: no flood of others uses it up. */
const MET_ADDRESSES_PER_SECOND = 1
const MET_ADDRESSES_AT_ONCE = 20
const metAddresses = new FairAllowance(
  MET_ADDRESSES_PER_SECOND,
  MET_ADDRESSES_AT_ONCE,
  MOST_CANDIDATES,
)
const allowanceOf = ({ isMet }: Offer) => (isMet ? metAddresses : addresses)

/** Certificates of former neighbours that are remembered. */
const MAX_MET = 256

export interface IncomingOffer extends Offer {
  /** As the peer made it: by this its connection is found. */
  readonly sdp: string
  readonly description: Description
  connection?: RTCPeerConnection
}

export class IncomingOffers {
  readonly #places = new OfferPlaces<IncomingOffer>()
  /** Those without a connection yet, by the description that trystero was given. */
  readonly #expected = new Map<string, IncomingOffer>()
  readonly #connected = new Map<RTCPeerConnection, IncomingOffer>()
  readonly #met = new Set<string>()

  constructor(readonly glare: Glare) {}

  /**
   * Finds a place for an offer, if need be that of another, which is closed.
   *
   * @param isRoom - whether there may be one connection more for it
   * @returns `undefined` while there is no place for it
   * @throws SwarmtagError `peer-protocol` if it must not be answered at all
   */
  take(
    peerId: string,
    sdp: string,
    description: Description,
    isRoom: boolean,
  ): IncomingOffer | undefined {
    if (this.#expected.has(sdp)) throw new SwarmtagError('peer-protocol', 'an offer came twice')
    const nowMs = performance.now()
    const { certificate } = description
    const name = nameOf(peerId, certificate)
    const sources = [certificate, ...description.addresses]
    const isMet = this.#met.has(certificate)
    const offer: IncomingOffer = { name, sources, isMet, sdp, description }
    if (!allowanceOf(offer).take(description.addresses.length, sources, nowMs)) return undefined
    const { isTaken, left } = this.#places.take(offer, nowMs, isRoom)
    if (left) this.#drop(left)
    if (isTaken && this.glare.answers(name, nowMs)) {
      this.#expected.set(sdp, offer)
      return offer
    }
    this.#places.leave(offer)
    this.#giveBack(offer)
    if (isTaken) throw new SwarmtagError('peer-protocol', 'the peer took an offer of this viewer')
    return undefined
  }

  /**
   * An offer has got its connection.
   *
   * @throws SwarmtagError `peer-protocol` if it has lost its place meanwhile
   */
  begin(sdp: string, connection: RTCPeerConnection): Description {
    const offer = this.#expected.get(sdp)
    if (!offer) throw new SwarmtagError('peer-protocol', 'another offer was answered')
    this.#expected.delete(sdp)
    offer.connection = connection
    this.#connected.set(connection, offer)
    return offer.description
  }

  /** An offer that was given to trystero, and for which trystero wanted no connection, is over. */
  giveUp(offer: IncomingOffer): void {
    if (offer.connection || !this.#expected.has(offer.sdp)) return
    this.#drop(offer)
    this.#giveBack(offer)
  }

  /** A connection led to a neighbour: its place is free again. */
  settle(connection: RTCPeerConnection, certificate: string): void {
    this.#met.delete(certificate)
    this.#met.add(certificate)
    for (const oldest of this.#met) if (this.#met.size > MAX_MET) this.#met.delete(oldest)
    const offer = this.#connected.get(connection)
    if (!offer) return
    this.#connected.delete(connection)
    this.#places.leave(offer)
    this.#giveBack(offer)
  }

  /** A connection is closed. */
  end(connection: RTCPeerConnection): void {
    const offer = this.#connected.get(connection)
    if (offer) this.#drop(offer)
  }

  #drop(offer: IncomingOffer): void {
    this.#places.leave(offer)
    this.#expected.delete(offer.sdp)
    this.glare.forget(offer.name)
    const { connection } = offer
    if (!connection) return
    this.#connected.delete(connection)
    connection.close()
  }

  #giveBack(offer: IncomingOffer): void {
    const { description, sources } = offer
    allowanceOf(offer).giveBack(description.addresses.length, sources, performance.now())
  }
}
