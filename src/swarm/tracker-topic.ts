/** A room at one tracker. */

import {
  type BaseRoomConfig,
  type OfferRecord,
  type SignalPeer,
  type StrategyOnMessage,
  selfId,
} from 'trystero'
import { Announcing } from '../core/peers/announcing.js'
import { certificateOf } from '../core/peers/certificate.js'
import { isPeerId, nameOf } from '../core/peers/peer-name.js'
import type { Connections } from './connections.js'
import type { IncomingOffer } from './incoming-offers.js'
import type { Joins } from './joins.js'
import { OwnOffers, withdraw } from './own-offers.js'
import type { Topic, Tracker, TrackerMessage } from './tracker.js'

export interface TrackerRoomConfig extends BaseRoomConfig {
  trackers: readonly string[]
  /** @default the browser's own */
  Socket?: typeof WebSocket | undefined
  connections: Connections
  joins: Joins
  /** How many more neighbours are wanted now. */
  wanted(): number
  /** Called with how many viewers a tracker knows, this one included. */
  counted(viewers: number): void
}

/** Sorts before every peer's id, so that trystero itself sends no offer. */
const NOBODY = ' '

/** What the topics of one room share. */
export interface TopicRoom {
  config: TrackerRoomConfig
  /** Opens what was sealed for the room, as trystero does with what it is given. */
  open: (sealed: string) => Promise<string>
  makeOffers: (count: number) => Promise<OfferRecord[]>
  onMessage: StrategyOnMessage
}

/** Announces this viewer there, with as many offers as are wanted, and handles what others offer and answer. */
export class TrackerTopic implements Topic {
  readonly #offers = new OwnOffers()
  readonly #announcing = new Announcing()
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Whether this viewer was announced since the tracker was reached: until then its counts are without this one. */
  #isAnnounced = false
  #isLeft = false

  constructor(
    readonly tracker: Tracker,
    readonly infoHash: string,
    readonly topic: string,
    readonly room: TopicRoom,
  ) {
    this.#schedule()
  }

  restart(): void {
    this.#isAnnounced = false
    this.#announcing.restart()
    this.#schedule()
  }

  /** A neighbour has gone: others are looked for, where they are wanted. */
  lookForMore(): void {
    if (this.room.config.wanted() <= 0) return
    this.#announcing.hurry()
    this.#schedule()
  }

  handle(message: TrackerMessage): void {
    const { peer_id, offer_id, offer, answer, interval, complete, incomplete } = message
    if (typeof complete === 'number' && typeof incomplete === 'number' && this.#isAnnounced) {
      const viewers = complete + incomplete
      this.#announcing.counted(viewers)
      if (this.#announcing.isAlone) this.#offers.withdrawAll()
      this.room.config.counted(viewers)
      this.#schedule()
    }
    if (typeof interval === 'number') this.#announcing.setIntervalMs(interval * 1_000)
    if (!isPeerId(peer_id) || typeof offer_id !== 'string' || peer_id === selfId) return
    if (typeof offer?.sdp === 'string') void this.#handleOffer(peer_id, offer_id, offer.sdp)
    if (typeof answer?.sdp === 'string') void this.#handleAnswer(peer_id, offer_id, answer.sdp)
  }

  /** Whether an offer of this viewer's still waits for an answer. */
  isOffered(offerId: string): boolean {
    return this.#offers.has(offerId)
  }

  /** Withdraws an offer; whether it still waited. */
  withdraw(offerId: string): boolean {
    return this.#offers.withdraw(offerId)
  }

  leave(): void {
    this.#isLeft = true
    clearTimeout(this.#timer)
    this.tracker.send(this.infoHash, { event: 'stopped' })
    this.#offers.withdrawAll()
  }

  /** Without a socket nothing is announced: that is made up for as soon as there is one. */
  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#isLeft || !this.tracker.isOpen) return
    const waitMs = this.#announcing.dueAtMs - performance.now()
    if (waitMs <= 0) this.#announce()
    else this.#timer = setTimeout(() => this.#schedule(), waitMs)
  }

  /** Announces this viewer at the tracker, with as many offers as neighbours are wanted. */
  #announce(): void {
    const { wanted, connections } = this.room.config
    void this.#send(this.#announcing.announce(wanted(), connections.room, performance.now()))
    this.#schedule()
  }

  async #send(count: number): Promise<void> {
    const records = count > 0 ? await this.room.makeOffers(count).catch(() => []) : []
    if (this.#isLeft) return records.forEach(withdraw)
    const offers = records.map(record => ({
      offer_id: this.#offers.add(record),
      offer: { type: 'offer', sdp: record.offer },
    }))
    this.#isAnnounced = true
    this.tracker.announce(this.infoHash, { numwant: offers.length, offers })
  }

  async #handleOffer(peerId: string, offerId: string, sealed: string): Promise<void> {
    const { connections, joins } = this.room.config
    const sdp = await this.room.open(sealed).catch(() => '')
    const peer = nameOf(peerId, certificateOf(sdp) ?? '')
    if (await joins.answer(peer, offerId)) return
    let offer: IncomingOffer | undefined
    try {
      offer = connections.expect(peerId, sdp)
    } catch {
      return joins.giveUp(peer)
    }
    if (!offer) {
      joins.giveUp(peer)
      // Among those that find no place may be one that an offer of this viewer's own finds.
      this.#announcing.crowded()
      return this.#schedule()
    }
    // No hint of offers of our own: they went to others, and this one would wait for them in vain.
    const message = { offer: sealed, peerId: offer.name, hasOutgoingOffer: false }
    await this.#deliver(message, (_topic, signal) => {
      const { answer }: { answer?: unknown } = JSON.parse(signal)
      this.tracker.send(this.infoHash, {
        answer: { type: 'answer', sdp: answer },
        offer_id: offerId,
        to_peer_id: peerId,
      })
    })
    connections.expectNoMore(offer)
  }

  async #handleAnswer(peerId: string, offerId: string, sealed: string): Promise<void> {
    const record = this.#offers.take(offerId)
    if (!record) return
    const certificate = certificateOf(await this.room.open(sealed).catch(() => ''))
    const name = nameOf(peerId, certificate ?? '')
    const { connections, joins } = this.room.config
    const isTaken = certificate && connections.glare.takes(name, performance.now())
    if (!isTaken || this.#isLeft) return withdraw(record)
    record.claim?.()
    joins.begin(name)
    await this.#deliver({ answer: sealed, peerId: name, peer: record.peer })
  }

  /** Gives trystero what a peer sent, which may be anything; what it throws at is as good as not sent. */
  async #deliver(
    message: Record<string, unknown>,
    signalPeer: SignalPeer = () => {},
  ): Promise<void> {
    try {
      await wake(this.topic, this.room.onMessage)
      await this.room.onMessage(this.topic, message, signalPeer)
    } catch {
      // The peer is not met.
    }
  }
}

/** A passive room handles answers only once a peer has announced itself: this one does, under a name that no peer has. */
export const wake = async (topic: string, onMessage: StrategyOnMessage): Promise<void> =>
  onMessage(topic, { peerId: NOBODY }, () => {})
