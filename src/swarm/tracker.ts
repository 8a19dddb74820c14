/** One WebTorrent tracker: a socket for each URL, shared by all rooms of this page that are reached through it. */

import { selfId } from 'trystero'
import { TrackerSocket } from './tracker-socket.js'

/** An offer or an answer with all its addresses has a few KiB. */
const MAX_MESSAGE_CHARACTERS = 65_536
/** A tracker answers each announcement; one that says nothing at all for this long is reached by a dead socket. */
const ANSWER_WAIT_MS = 20_000
/** The same if the network may have changed. */
const WOKEN_WAIT_MS = 3_000

/** What a tracker sends, which may be anything. */
export interface TrackerMessage {
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
export interface Topic {
  handle(message: TrackerMessage): void
  /** The viewer is not known at the tracker, or somewhere else than before. */
  restart(): void
}

export class Tracker {
  readonly topics = new Map<string, Topic>()
  /** Rooms that are reached through it: without any its socket is closed. */
  users = 0
  readonly #socket: TrackerSocket
  /** Resolves once the tracker was reached for the first time. */
  readonly ready: Promise<this>
  #answerTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly url: string,
    Socket?: typeof WebSocket,
  ) {
    let isReady = (_tracker: this) => {}
    this.ready = new Promise(resolve => {
      isReady = resolve
    })
    const events = {
      opened: () => {
        isReady(this)
        // A tracker keeps to the socket on which it first saw a viewer, even if that one is dead.
        for (const infoHash of this.topics.keys()) this.send(infoHash, { event: 'stopped' })
        this.#restart()
      },
      received: (data: string) => this.#handle(data),
    }
    this.#socket = new TrackerSocket(url, events, Socket)
  }

  get isOpen(): boolean {
    return this.#socket.isOpen
  }

  send(infoHash: string, message: object): void {
    const announcement = { action: 'announce', info_hash: infoHash, peer_id: selfId, ...message }
    this.#socket.send(JSON.stringify(announcement))
  }

  /** Announces, which the tracker answers. */
  announce(infoHash: string, message: object): void {
    this.send(infoHash, message)
    this.#expectAnswer(ANSWER_WAIT_MS, () => this.#socket.giveUp())
  }

  /** The network may have changed, and the socket be dead: announces all rooms again. */
  wake(): void {
    this.#socket.wake()
    if (!this.isOpen || this.topics.size === 0) return
    clearTimeout(this.#answerTimer)
    this.#answerTimer = undefined
    this.#expectAnswer(WOKEN_WAIT_MS, () => this.#socket.renew())
    this.#restart()
  }

  release(): void {
    if (--this.users > 0) return
    trackers.delete(this.url)
    clearTimeout(this.#answerTimer)
    this.#socket.close()
  }

  #restart(): void {
    for (const topic of this.topics.values()) topic.restart()
  }

  #expectAnswer(ms: number, onSilence: () => void): void {
    this.#answerTimer ??= setTimeout(() => {
      this.#answerTimer = undefined
      if (this.isOpen) onSilence()
    }, ms)
  }

  #handle(data: string): void {
    clearTimeout(this.#answerTimer)
    this.#answerTimer = undefined
    if (data.length > MAX_MESSAGE_CHARACTERS) return
    try {
      const message: TrackerMessage = JSON.parse(data) ?? {}
      if (typeof message.info_hash === 'string') this.topics.get(message.info_hash)?.handle(message)
    } catch {
      // A tracker that talks nonsense is as good as one that is silent.
    }
  }
}

/** The trackers of this page, by URL. */
const trackers = new Map<string, Tracker>()

/** The tracker of a URL, until its user releases it. */
export const trackerAt = (url: string, Socket?: typeof WebSocket): Tracker => {
  const tracker = trackers.get(url) ?? new Tracker(url, Socket)
  trackers.set(url, tracker)
  tracker.users++
  return tracker
}

/** The browser may be somewhere else than before. */
export function wakeTrackers(): void {
  for (const tracker of trackers.values()) tracker.wake()
}
