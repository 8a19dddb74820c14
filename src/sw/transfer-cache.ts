/**
 * Keeps what a response that has ended leaves, for a moment: the transfer from the origin that was being read, and its last
 * chunks. A video that looks for its index, or is sought in small steps, drops one response and opens the next a little
 * further on at once: that one goes on with the transfer, as plain HTTP would with what the browser has buffered.
 */

import { Reach } from '../core/policy/reach.js'
import { type ChunkIndex, type ChunkRun, chunksIn } from '../core/units.js'
import type { VerifiedChunk } from '../store/verify.js'
import type { Transfer } from './transfer.js'

/** Longer than a browser needs from one response to the next; what the origin sends meanwhile may be wasted. */
const LINGER_MS = 250
/** The last chunks from the origin, with which the next response may begin: 4 MiB. */
const RECENT_CHUNKS = 64
/** Caches at a time: a page in which films come and go needs the last few, and a worker may live for days. */
const MOST_CACHES = 64

/** For the responses of one video in one page. */
export class TransferCache {
  readonly reach = new Reach()
  readonly #recent = new Map<ChunkIndex, VerifiedChunk>()
  #left: Transfer | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Keeps a chunk from the origin. */
  keep(verified: VerifiedChunk): void {
    this.#recent.delete(verified.index)
    this.#recent.set(verified.index, verified)
    const [oldest] = this.#recent.keys()
    if (oldest !== undefined && this.#recent.size > RECENT_CHUNKS) this.#recent.delete(oldest)
    this.#expire()
  }

  /** The kept chunks of a run. */
  recent(run: ChunkRun): VerifiedChunk[] {
    if (this.#recent.size === 0) return []
    return [...chunksIn([run])].flatMap(index => this.#recent.get(index) ?? [])
  }

  leave(transfer: Transfer): void {
    this.#left?.abort()
    this.#left = transfer
    this.reach.latencyMs = transfer.latencyMs ?? this.reach.latencyMs
    this.#expire()
  }

  /** The transfer that was left, if it may soon reach a chunk; else it is aborted. */
  reuse(index: ChunkIndex): Transfer | undefined {
    const left = this.#left
    this.#left = undefined
    if (left && this.reach.mayTry(index - left.next)) return left
    left?.abort()
    return undefined
  }

  #expire(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#left?.abort()
      this.#left = undefined
      this.#recent.clear()
    }, LINGER_MS)
  }
}

export class TransferCaches {
  readonly #caches = new Map<string, TransferCache>()

  /** @param key - of what must not be mixed: page, video name and root of the manifest */
  of(key: string): TransferCache {
    const cache = this.#caches.get(key) ?? new TransferCache()
    this.#caches.delete(key)
    this.#caches.set(key, cache)
    const [oldest] = this.#caches.keys()
    if (oldest !== undefined && this.#caches.size > MOST_CACHES) this.#caches.delete(oldest)
    return cache
  }
}
