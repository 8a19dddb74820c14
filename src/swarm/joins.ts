/**
 * How two who are neighbours for another film meet for this one: an offer is answered with a lane on the connection that
 * there is. Only who knows the film's root can read the offer, and the answer proves the same.
 */

import { isId } from '../core/peers/peer-name.js'
import { sameDigest } from '../store/digests.js'
import type { Glare } from './glare.js'
import type { Join, Lane } from './lane.js'
import type { Joinable, SharedConnections } from './shared-connections.js'

export interface JoinsOptions {
  /** What only those in the room know, as the room's handshake has it. */
  readonly secret: string
  readonly glare: Glare
  /** Whether there is room for one more. */
  hasRoom(): boolean
  isNeighbour(peer: string): boolean
  /** Whether an offer of this viewer's still waits for an answer. */
  isOffered(offerId: string): boolean
  /** Withdraws an offer, which has been answered on a connection that there was; whether it still waited. */
  withdraw(offerId: string): boolean
  onPeer(peer: string, lane: Lane): void
}

export class Joins implements Joinable {
  constructor(
    readonly shared: SharedConnections,
    readonly options: JoinsOptions,
  ) {
    shared.rooms.add(this)
  }

  leave(): void {
    this.shared.rooms.delete(this)
  }

  /** Answers an offer of who is connected already; whether that was so, and it is not to be answered otherwise. */
  async answer(peer: string, offerId: string): Promise<boolean> {
    const { secret, glare, hasRoom, isNeighbour, onPeer } = this.options
    const connection = await this.shared.findOrBegin(peer, this)
    if (!connection || !isId(offerId)) return false
    const proof = await proofOf(secret, offerId)
    if (isNeighbour(peer) || !hasRoom() || !glare.answers(peer, performance.now())) return true
    const lane = connection.join(offerId, proof)
    if (lane) onPeer(peer, lane)
    return lane !== undefined
  }

  /** An offer was answered, or an answer taken, as there is no connection yet. */
  begin(peer: string): void {
    this.shared.begin(peer, this)
  }

  /** An offer is not answered. */
  giveUp(peer: string): void {
    this.shared.giveUp(peer)
  }

  async takes(peer: string, { offerId, proof }: Join): Promise<boolean> {
    const { secret, glare, isOffered, withdraw } = this.options
    if (!isOffered(offerId) || !sameDigest(proof, await proofOf(secret, offerId))) return false
    return glare.takes(peer, performance.now()) && withdraw(offerId)
  }

  meet(peer: string, lane: Lane): void {
    this.options.onPeer(peer, lane)
  }
}

/** That somebody knows a room's secret, for one offer. */
async function proofOf(secret: string, offerId: string): Promise<Uint8Array> {
  const text = new TextEncoder().encode(`${offerId}:${secret}`)
  return new Uint8Array(await crypto.subtle.digest('SHA-256', text))
}
