/** One film's part of a connection: two channels, under ids that both sides know (docs/protocol.md, 4.10). */

import type { SharedConnection } from './shared-connection.js'

/** Ids of the first lane's channels, apart from those that trystero uses: the film's, and the next one for admission. */
export const FIRST_LANE = 100

/** An answer to an offer: not by a connection of its own, but on the one that there is. */
export interface Join {
  readonly offerId: string
  /** Of the lane that it opens. */
  readonly lane: number
  /** That the sender knows the film's root. */
  readonly proof: Uint8Array
}

export class Lane {
  #say: ((join: Join) => void) | undefined
  readonly #channels = new Map<number, RTCDataChannel>()
  #maySpeak: boolean

  /** @param isOwn - whether it came by an offer of this viewer's: the side that answers listens first, as the other may not have the lane yet */
  constructor(
    readonly shared: SharedConnection,
    readonly id: number,
    readonly isOwn: boolean,
  ) {
    this.#maySpeak = isOwn || id === FIRST_LANE
    // In the first lane the room's own channel closes when the other side has gone.
    if (id === FIRST_LANE) return
    for (const channel of [this.film, this.admission]) {
      channel.addEventListener('message', () => {
        this.#maySpeak = true
      })
      channel.addEventListener('close', () => this.close())
    }
  }

  get connection(): RTCPeerConnection {
    return this.shared.connection
  }

  /** Sends a join to the other side; there while the two talk on this lane. */
  get say(): ((join: Join) => void) | undefined {
    return this.#say
  }

  /** The two talk on this lane from now on. */
  met(say: (join: Join) => void): void {
    this.#say = say
    this.shared.owner.giveUp(this.shared.peer)
  }

  /** Whether the other side receives what is sent. */
  get maySpeak(): boolean {
    return this.#maySpeak
  }

  /** The channel for the film's messages. */
  get film(): RTCDataChannel {
    return this.#channel('swarmtag', this.id)
  }

  /** The channel on which tokens are shown. */
  get admission(): RTCDataChannel {
    return this.#channel('swarmtag-admission', this.id + 1)
  }

  /** The film needs it no longer: the connection ends if it was the last. */
  close(): void {
    if (this.id === FIRST_LANE) this.connection.close()
    else this.shared.leave(this)
  }

  /** The two talk on this lane no longer. */
  shut(): void {
    this.#say = undefined
    for (const channel of this.#channels.values()) channel.close()
  }

  #channel(label: string, id: number): RTCDataChannel {
    const channel =
      this.#channels.get(id) ?? this.connection.createDataChannel(label, { negotiated: true, id })
    this.#channels.set(id, channel)
    return channel
  }
}
