/** What is sent to a neighbour: not before its channel is open here, and no more than it takes. */

import { encode } from './codec.js'
import type { PeerMessage } from './messages.js'

/** A neighbour that reads nothing while this much waits for it is dropped: messages must not pile up. */
const MAX_BACKLOG_BYTES = 1_048_576

export class Outbox {
  /** A neighbour's messages may come before the channel is open here. */
  readonly #unsent: PeerMessage[] = []

  constructor(readonly channel: RTCDataChannel) {}

  /** Sends a message, or keeps it until the channel is open; whether the neighbour takes what it is sent. */
  send(message: PeerMessage): boolean {
    const { readyState, bufferedAmount } = this.channel
    if (readyState === 'connecting') this.#unsent.push(message)
    if (readyState !== 'open') return true
    if (bufferedAmount > MAX_BACKLOG_BYTES) return false
    this.channel.send(encode(message))
    return true
  }

  /** What was kept, to be sent now. */
  unsent(): PeerMessage[] {
    return this.#unsent.splice(0)
  }
}
