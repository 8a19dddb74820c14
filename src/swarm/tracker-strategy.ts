/**
 * trystero's strategy for WebTorrent trackers, in our own words: it asks for neighbours while there are
 * too few, sends no more offers than are wanted, and answers an offer at once. trystero's own keeps 20
 * connections warm and leaves half of all pairs waiting for a tracker's next interval of two minutes
 * (docs/decisions/tracker-strategy.md).
 */

import {
  type BaseRoomConfig,
  createStrategy,
  type JoinRoomCallbacks,
  type OfferRecord,
  type Room,
  type SignalPeer,
  type StrategyOnMessage,
  selfId,
  sha1,
} from 'trystero'
import { Announcing } from '../core/peers/announcing.js'
import { certificateOf } from '../core/peers/certificate.js'
import { isPeerId, nameOf } from '../core/peers/peer-name.js'
import type { Connections } from './connections.js'
import type { IncomingOffer } from './incoming-offers.js'
import { ID_CHARACTERS, OwnOffers, withdraw } from './own-offers.js'
import { openerOf } from './sealing.js'
import { type Topic, type Tracker, type TrackerMessage, trackerAt } from './tracker.js'

export interface TrackerRoomConfig extends BaseRoomConfig {
  trackers: readonly string[]
  /** @default the browser's own */
  Socket?: typeof WebSocket | undefined
  connections: Connections
  /** How many more neighbours are wanted now. */
  wanted(): number
  /** Told how many viewers a tracker knows, this one included. */
  counted(viewers: number): void
}

/** Sorts before every peer's id, so that trystero itself sends no offer. */
const NOBODY = ' '

/** What the topics of one room share. */
interface TopicRoom {
  config: TrackerRoomConfig
  /** Opens what was sealed for the room, as trystero does with what it is given. */
  open: (sealed: string) => Promise<string>
  makeOffers: (count: number) => Promise<OfferRecord[]>
  onMessage: StrategyOnMessage
}

class TrackerTopic implements Topic {
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

  hear(message: TrackerMessage): void {
    const { peer_id, offer_id, offer, answer, interval, complete, incomplete } = message
    if (typeof complete === 'number' && typeof incomplete === 'number' && this.#isAnnounced) {
      const viewers = complete + incomplete
      this.#announcing.counted(viewers)
      if (this.#announcing.isAlone) this.#offers.withdrawAll()
      this.room.config.counted(viewers)
      this.#schedule()
    }
    if (typeof interval === 'number') this.#announcing.told(interval * 1_000)
    if (!isPeerId(peer_id) || typeof offer_id !== 'string' || peer_id === selfId) return
    if (typeof offer?.sdp === 'string') void this.#hearOffer(peer_id, offer_id, offer.sdp)
    if (typeof answer?.sdp === 'string') void this.#hearAnswer(peer_id, offer_id, answer.sdp)
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

  /** Tells the tracker that this viewer is here, with as many offers as neighbours are wanted. */
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

  async #hearOffer(peerId: string, offerId: string, sealed: string): Promise<void> {
    const { connections } = this.room.config
    const sdp = await this.room.open(sealed).catch(() => '')
    let offer: IncomingOffer | undefined
    try {
      offer = connections.expect(peerId, sdp)
    } catch {
      return // The peer is not met.
    }
    if (!offer) {
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

  async #hearAnswer(peerId: string, offerId: string, sealed: string): Promise<void> {
    const record = this.#offers.take(offerId)
    if (!record) return
    const certificate = certificateOf(await this.room.open(sealed).catch(() => ''))
    const name = nameOf(peerId, certificate ?? '')
    const isTaken = certificate && this.room.config.connections.glare.takes(name, performance.now())
    if (!isTaken || this.#isLeft) return withdraw(record)
    record.claim?.()
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
const wake = async (topic: string, onMessage: StrategyOnMessage): Promise<void> =>
  onMessage(topic, { peerId: NOBODY }, () => {})

/**
 * Joins a room of trystero, through WebTorrent trackers. Each room has a strategy of its own, or trystero
 * would make the connections of all as those of the first.
 *
 * @returns the room, what looks for others where a neighbour has gone, and a function that announces at once that this viewer has left
 */
export function joinTrackers(
  config: TrackerRoomConfig,
  roomId: string,
  callbacks: JoinRoomCallbacks,
): { room: Room; lookForMore: () => void; leave: () => void } {
  const used = config.trackers.map(url => trackerAt(url, config.Socket))
  const topics = new Map<Tracker, TrackerTopic>()
  const open = openerOf(config.password ?? '', config.appId, roomId)
  let isLeft = false
  const join = createStrategy<Tracker, TrackerRoomConfig>({
    init: () => used.map(tracker => tracker.ready),
    subscribe: async (tracker, rootTopic, _selfTopic, onMessage, makeOffers) => {
      const infoHash = (await sha1(rootTopic)).slice(0, ID_CHARACTERS)
      // The first wake makes trystero prepare 20 connections, which it does not get.
      await wake(rootTopic, onMessage)
      if (isLeft) return () => {}
      config.connections.unlock()
      const room = { config, open, makeOffers, onMessage }
      const topic = new TrackerTopic(tracker, infoHash, rootTopic, room)
      tracker.topics.set(infoHash, topic)
      topics.set(tracker, topic)
      return () => {}
    },
    // Announcing is the topic's own business; trystero need not think of it again.
    announce: () => ({ stopAnnouncing: true }),
  })
  const leave = () => {
    isLeft = true
    for (const [tracker, topic] of topics) {
      tracker.topics.delete(topic.infoHash)
      topic.leave()
    }
    for (const tracker of used) tracker.release()
  }
  const lookForMore = () => {
    for (const topic of topics.values()) topic.lookForMore()
  }
  return { room: join(config, roomId, callbacks), lookForMore, leave }
}
