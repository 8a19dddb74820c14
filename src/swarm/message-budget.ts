/** Rate limit of a neighbour's messages, chunks apart, by what it costs to handle them. */

import { SwarmtagError } from '../core/errors.js'
import { TokenBucket } from '../core/peers/token-bucket.js'
import type { PeerMessage } from './messages.js'

/** Messages of a neighbour a second, data apart, and at once: plans are made 200 times a second at most. */
const MESSAGES_PER_SECOND = 1_000
const MESSAGES_AT_ONCE = 4_000
/** A message of one run counts as one; so many more of them, or so many chunks in them, as another. */
const RUNS_A_MESSAGE = 16
const CHUNKS_A_MESSAGE = 65_536
/** A question for a part of the manifest, which is answered with as much as 16 KiB, counts as so many messages. */
const MESSAGES_A_QUESTION = 8

export class MessageBudget {
  readonly #ready = new TokenBucket(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE)

  /**
   * Counts a message. Data is counted by what was wanted; of all else there could be any number.
   *
   * @throws SwarmtagError `peer-protocol` if it exceeds the limit
   */
  take(message: PeerMessage, nowMs: number): void {
    if (message.type === 'data') return
    const messages = workOf(message)
    if (this.#ready.waitMs(messages, nowMs) > 0)
      throw new SwarmtagError('peer-protocol', 'the peer sent too many messages, or too long ones')
    this.#ready.take(messages)
  }
}

/** What a message costs, in messages of one run. */
function workOf(message: PeerMessage): number {
  if (message.type === 'ask-manifest') return MESSAGES_A_QUESTION
  if (!('runs' in message)) return 1
  const chunks = message.runs.reduce((sum, { from, to }) => sum + to - from, 0)
  return 1 + (message.runs.length - 1) / RUNS_A_MESSAGE + chunks / CHUNKS_A_MESSAGE
}
