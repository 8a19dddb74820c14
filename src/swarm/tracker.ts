/**
 * trystero's strategy for WebTorrent trackers, in our own words: it asks for neighbours while there are
 * too few, sends no more offers than are wanted, and answers an offer at once. trystero's own keeps 20
 * connections warm and leaves half of all pairs waiting for a tracker's next interval of two minutes
 * (docs/decisions/tracker-strategy.md).
 */

import {
  type BaseRoomConfig,
  createStrategy,
  genId,
  makeSocket,
  type OfferRecord,
  type SocketClient,
  type StrategyOnMessage,
  selfId,
  sha1,
} from 'trystero'
import type { Glare } from './glare.js'

export interface TrackerRoomConfig extends BaseRoomConfig {
  trackers: readonly string[]
  /** How many more neighbours are wanted now. */
  wanted(): number
  /** Told how many viewers a tracker knows, this one included. */
  counted(viewers: number): void
  /** One for all trackers: two viewers may meet at several at once. */
  glare: Glare
}

/** A tracker knows swarms and offers by 20 characters. */
const ID_CHARACTERS = 20
/** Offers in one announcement at most: the tracker hands each to another peer. */
const MAX_OFFERS = 4
/** Time to the next announcement while neighbours are wanted: doubles each time from the first to the last. */
const FIRST_PAUSE_MS = 1_000
const LAST_PAUSE_MS = 60_000
/** An offer that nobody answered within this time is withdrawn: who took it and never answers holds it. */
const OFFER_LIFE_MS = 5_000
/** A tracker's own interval is kept within these, where it names one. */
const LEAST_INTERVAL_MS = 30_000
const MOST_INTERVAL_MS = 300_000

/** Sorts before every peer's id, so that trystero does not take it upon itself to send an offer. */
const NOBODY = ' '

interface TrackerMessage {
  info_hash?: unknown
  peer_id?: unknown
  offer_id?: unknown
  interval?: unknown
  complete?: unknown
  incomplete?: unknown
  offer?: { sdp?: unknown }
  answer?: { sdp?: unknown }
}

/** One room at one tracker. */
interface Topic {
  hear(message: TrackerMessage): void
  announce(): void
}

class Tracker {
  readonly topics = new Map<string, Topic>()
  readonly #socket: SocketClient

  constructor(url: string) {
    this.#socket = makeSocket(
      url,
      data => this.#hear(data),
      () => {
        for (const topic of this.topics.values()) topic.announce()
      },
    )
  }

  get ready(): Promise<this> {
    return this.#socket.ready.then(() => this)
  }

  send(infoHash: string, message: object): void {
    const announcement = { action: 'announce', info_hash: infoHash, peer_id: selfId, ...message }
    this.#socket.send(JSON.stringify(announcement))
  }

  #hear(data: string): void {
    try {
      const message: TrackerMessage = JSON.parse(data) ?? {}
      if (typeof message.info_hash === 'string') this.topics.get(message.info_hash)?.hear(message)
    } catch {
      // A tracker that talks nonsense is as good as one that is silent.
    }
  }
}

/** The trackers of this page, by URL; their sockets stay open, as trystero keeps its own. */
const trackers = new Map<string, Tracker>()

const trackerAt = (url: string): Tracker => {
  const tracker = trackers.get(url) ?? new Tracker(url)
  trackers.set(url, tracker)
  return tracker
}

class TrackerTopic implements Topic {
  readonly #offers = new Map<string, { record: OfferRecord; madeAtMs: number }>()
  #isAlone = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #pauseMs = FIRST_PAUSE_MS
  #intervalMs = MOST_INTERVAL_MS
  #isLeft = false

  constructor(
    readonly tracker: Tracker,
    readonly infoHash: string,
    readonly topic: string,
    readonly config: Pick<TrackerRoomConfig, 'wanted' | 'counted' | 'glare'>,
    readonly makeOffers: (count: number) => Promise<OfferRecord[]>,
    readonly onMessage: StrategyOnMessage,
  ) {
    this.announce()
  }

  /** Tells the tracker that this viewer is here, with as many offers as neighbours are wanted. */
  announce(): void {
    clearTimeout(this.#timer)
    // Who comes to one that is alone brings the offers.
    const count = this.#isAlone ? 0 : Math.min(this.config.wanted(), MAX_OFFERS)
    this.#timer = setTimeout(() => this.announce(), count > 0 ? this.#pauseMs : this.#intervalMs)
    this.#pauseMs = count > 0 ? Math.min(this.#pauseMs * 2, LAST_PAUSE_MS) : FIRST_PAUSE_MS
    void this.#send(Math.max(0, count))
  }

  hear(message: TrackerMessage): void {
    const { peer_id, offer_id, offer, answer, interval, complete, incomplete } = message
    if (typeof complete === 'number' && typeof incomplete === 'number') {
      const viewers = complete + incomplete
      this.#isAlone = viewers <= 1
      if (this.#isAlone) this.#reclaim(0)
      this.config.counted(viewers)
    }
    if (typeof interval === 'number')
      this.#intervalMs = Math.min(Math.max(interval * 1_000, LEAST_INTERVAL_MS), MOST_INTERVAL_MS)
    if (typeof peer_id !== 'string' || typeof offer_id !== 'string' || peer_id === selfId) return
    if (typeof offer?.sdp === 'string') this.#hearOffer(peer_id, offer_id, offer.sdp)
    if (typeof answer?.sdp === 'string') this.#hearAnswer(peer_id, offer_id, answer.sdp)
  }

  leave(): void {
    this.#isLeft = true
    clearTimeout(this.#timer)
    this.tracker.send(this.infoHash, { event: 'stopped' })
    this.#reclaim(0)
  }

  async #send(count: number): Promise<void> {
    this.#reclaim(OFFER_LIFE_MS)
    const records = count > 0 ? await this.makeOffers(count).catch(() => []) : []
    if (this.#isLeft) {
      for (const { reclaim } of records) reclaim?.()
      return
    }
    const offers = records.map(record => {
      const id = genId(ID_CHARACTERS)
      this.#offers.set(id, { record, madeAtMs: performance.now() })
      return { offer_id: id, offer: { type: 'offer', sdp: record.offer } }
    })
    this.tracker.send(this.infoHash, { numwant: offers.length, offers })
  }

  #hearOffer(peerId: string, offerId: string, sdp: string): void {
    if (!this.config.glare.answers(peerId, performance.now())) return
    // No hint of offers of our own: they went to others, and this one would wait for them in vain.
    const message = { offer: sdp, peerId, hasOutgoingOffer: false }
    void this.onMessage(this.topic, message, (_topic, signal) => {
      const { answer }: { answer?: unknown } = JSON.parse(signal)
      this.tracker.send(this.infoHash, {
        answer: { type: 'answer', sdp: answer },
        offer_id: offerId,
        to_peer_id: peerId,
      })
    })
  }

  #hearAnswer(peerId: string, offerId: string, sdp: string): void {
    const record = this.#offers.get(offerId)?.record
    if (!record) return
    this.#offers.delete(offerId)
    if (!this.config.glare.takes(peerId, performance.now())) return record.reclaim?.()
    record.claim?.()
    void this.#deliverAnswer({ answer: sdp, peerId, peer: record.peer })
  }

  /** A passive room hears answers only once somebody has announced himself: nobody does, under a name that no peer has. */
  async #deliverAnswer(message: { answer: string; peerId: string; peer: OfferRecord['peer'] }) {
    await this.onMessage(this.topic, { peerId: NOBODY }, () => {})
    await this.onMessage(this.topic, message, () => {})
  }

  /** Takes back the offers that are this old. */
  #reclaim(ageMs: number): void {
    for (const [id, { record, madeAtMs }] of this.#offers) {
      if (performance.now() - madeAtMs < ageMs) continue
      record.reclaim?.()
      this.#offers.delete(id)
    }
  }
}

/** `joinRoom` of trystero, through WebTorrent trackers. */
export const joinTrackers = createStrategy<Tracker, TrackerRoomConfig>({
  init: config => config.trackers.map(url => trackerAt(url).ready),
  subscribe: async (tracker, rootTopic, _selfTopic, onMessage, makeOffers, context) => {
    const infoHash = (await sha1(rootTopic)).slice(0, ID_CHARACTERS)
    if (!context) throw new TypeError('trystero names no configuration')
    const topic = new TrackerTopic(
      tracker,
      infoHash,
      rootTopic,
      context.config,
      makeOffers,
      onMessage,
    )
    tracker.topics.set(infoHash, topic)
    return () => {
      tracker.topics.delete(infoHash)
      topic.leave()
    }
  },
  // Announcing is the topic's own business; trystero need not think of it again.
  announce: () => ({ stopAnnouncing: true }),
})
