/** One WebTorrent tracker: a socket for each URL, shared by all rooms of this page that are reached through it. */

import { makeSocket, type SocketClient, selfId } from 'trystero'

/** An offer or an answer with all its addresses takes a few KiB. */
const MAX_MESSAGE_CHARACTERS = 65_536

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
  hear(message: TrackerMessage): void
  announce(): void
}

export class Tracker {
  readonly topics = new Map<string, Topic>()
  /** Rooms that are reached through it: without any its socket is closed. */
  users = 0
  readonly #socket: SocketClient

  constructor(readonly url: string) {
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

  release(): void {
    if (--this.users > 0) return
    trackers.delete(this.url)
    this.#socket.close?.()
  }

  #hear(data: string): void {
    if (data.length > MAX_MESSAGE_CHARACTERS) return
    try {
      const message: TrackerMessage = JSON.parse(data) ?? {}
      if (typeof message.info_hash === 'string') this.topics.get(message.info_hash)?.hear(message)
    } catch {
      // A tracker that talks nonsense is as good as one that is silent.
    }
  }
}

/** The trackers of this page, by URL. */
const trackers = new Map<string, Tracker>()

/** The tracker of a URL, until whoever asked for it releases it. */
export const trackerAt = (url: string): Tracker => {
  const tracker = trackers.get(url) ?? new Tracker(url)
  trackers.set(url, tracker)
  tracker.users++
  return tracker
}
