/**
 * What responses leave behind that have just ended: the answer of the origin that was being read, and the last chunks of it.
 * A video that looks for its index, or is sought in small steps, drops one response and opens the next a little further
 * on at once: that one goes on with the answer, where plain HTTP would find in memory what the network had sent ahead.
 */

import { Reach } from '../core/reach.js'
import { type ChunkIndex, type ChunkRun, chunksIn } from '../core/units.js'
import type { VerifiedChunk } from '../store/verify.js'
import type { Transfer } from './transfer.js'

/** Longer than a browser takes from one response to the next; what the origin sends meanwhile may be for nothing. */
const LINGER_MS = 250
/** The last chunks of a video that the origin gave, which the next response may begin with: 4 MiB. */
const RECENT_CHUNKS = 64

/** Where the responses of one video leave what may be of use to the next. */
export class Berth {
  readonly reach = new Reach()
  readonly #recent = new Map<ChunkIndex, VerifiedChunk>()
  #left: Transfer | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Keeps a chunk that the origin gave, for a moment. */
  keep(verified: VerifiedChunk): void {
    this.#recent.delete(verified.index)
    this.#recent.set(verified.index, verified)
    const [oldest] = this.#recent.keys()
    if (oldest !== undefined && this.#recent.size > RECENT_CHUNKS) this.#recent.delete(oldest)
    this.#expire()
  }

  /** What of a run was just given. */
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

  /** An answer that may soon give a chunk; who asks for another place does not come back to it. */
  take(index: ChunkIndex): Transfer | undefined {
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

/** The berths of a worker's videos. */
export class Berths {
  readonly #berths = new Map<string, Berth>()

  /** @param video - tells apart what must not be mixed: the video's name and the root of its manifest */
  of(video: string): Berth {
    const berth = this.#berths.get(video) ?? new Berth()
    this.#berths.set(video, berth)
    return berth
  }
}
