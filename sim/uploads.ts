/** What a simulated viewer gives others: whom it serves is the real rule, and its line takes its time. */

import { RETRY_MS, UploadQueue } from '../src/core/peers/upload-queue.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun } from '../src/core/units.js'
import type { VirtualClock } from './clock.js'
import type { Line } from './line.js'

/** A channel takes this much ahead of the line. */
const CHANNEL_CHUNKS = 4
/** Nothing limits what is given but the line. */
const UNLIMITED = () => 0

export interface UploadsOptions<Peer> {
  readonly clock: VirtualClock
  readonly line: Line
  /** Size of the film. */
  readonly sizeBytes: number
  /** Who is there, in the order in which they are served. */
  peers(): Iterable<Peer>
  /** A chunk has left the line. */
  sent(to: Peer, index: ChunkIndex): void
  refuse(to: Peer, runs: readonly ChunkRun[], retryMs: number): void
}

export class Uploads<Peer> {
  givenBytes = 0
  readonly #queue: UploadQueue<Peer>
  #inChannel = 0
  #isStopped = false

  constructor(readonly options: UploadsOptions<Peer>) {
    this.#queue = new UploadQueue(options.sizeBytes)
  }

  want(from: Peer, runs: readonly ChunkRun[]): void {
    const refused = this.#queue.want(from, runs)
    if (refused.length > 0) this.options.refuse(from, refused, RETRY_MS)
    this.#serve()
  }

  cancel(from: Peer, runs: readonly ChunkRun[]): void {
    this.#queue.cancel(from, runs)
  }

  forget(peer: Peer): void {
    this.#queue.forget(peer)
  }

  /** For good. */
  stop(): void {
    this.#isStopped = true
  }

  /** Puts chunks on the line in turn, as long as the channels take them. */
  #serve(): void {
    for (let isBusy = true; isBusy; ) {
      isBusy = false
      for (const to of this.options.peers()) {
        if (this.#inChannel >= CHANNEL_CHUNKS) return
        const serving = this.#queue.serve(to, UNLIMITED)
        if (serving?.type === 'refuse') this.options.refuse(to, serving.runs, serving.retryMs)
        if (serving?.type !== 'give') continue
        isBusy = true
        this.#give(to, serving.index)
      }
    }
  }

  #give(to: Peer, index: ChunkIndex): void {
    const { clock, line, sent } = this.options
    this.#queue.settle(to, index)
    this.#queue.gave(to, CHUNK_BYTES)
    this.#inChannel++
    this.givenBytes += CHUNK_BYTES
    clock.at(line.pass(CHUNK_BYTES, clock.nowMs()), () => {
      this.#inChannel--
      if (this.#isStopped) return
      this.#serve()
      sent(to, index)
    })
  }
}
