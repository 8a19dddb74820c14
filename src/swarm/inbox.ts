/**
 * Reads what a neighbour sends. What it says of chunks before it is known here how many there are is kept as it came, and
 * read once that is known.
 */

import { SwarmtagError } from '../core/errors.js'
import { decode, isAboutChunks } from './codec.js'
import { MessageBudget } from './message-budget.js'
import type { PeerMessage } from './messages.js'

/** Who sends more meanwhile is dropped; it may come back. */
const MAX_KEPT_BYTES = 262_144
/** A message that is kept counts as so many bytes at least. */
const LEAST_KEPT_BYTES = 256

export class Inbox {
  readonly #budget = new MessageBudget()
  readonly #kept: ArrayBuffer[] = []
  #keptBytes = 0
  #chunkCount: number | undefined

  /** It is known how many chunks there are; returns what was kept until then. */
  begin(chunkCount: number): ArrayBuffer[] {
    this.#chunkCount = chunkCount
    return this.#kept.splice(0)
  }

  /**
   * Reads a message.
   *
   * @param hasMet - whether the neighbour has said hello
   * @returns `undefined` if it is kept
   * @throws SwarmtagError `peer-protocol` if it is not as the protocol says, or one too many; `peer-timeout` if too much is kept
   */
  read(data: unknown, hasMet: boolean): PeerMessage | undefined {
    if (!(data instanceof ArrayBuffer))
      throw new SwarmtagError('peer-protocol', 'the peer sent text')
    if (this.#chunkCount === undefined && hasMet && isAboutChunks(data)) return this.#keep(data)
    // Ahead of hello such a message is an offence, whatever it says.
    const message = decode(data, this.#chunkCount ?? 0)
    this.#budget.take(message, performance.now())
    return message
  }

  #keep(message: ArrayBuffer): undefined {
    this.#keptBytes += Math.max(message.byteLength, LEAST_KEPT_BYTES)
    if (this.#keptBytes > MAX_KEPT_BYTES)
      throw new SwarmtagError('peer-timeout', 'the peer says much of chunks and gives no manifest')
    this.#kept.push(message)
  }
}
