/**
 * Gives neighbours the chunks they want: one chunk a turn, so that none waits for another's long list,
 * and never more in a channel than it carries at once.
 */

import { type ChunkIndex, type ChunkRun, chunksIn, runsOf } from '../core/units.js'
import { type Link, MAX_WANTS } from './link.js'

/** A neighbour that was refused may ask again after this time. */
const RETRY_MS = 1_000

export interface Upload {
  readonly link: Link
  readonly index: ChunkIndex
  readonly bytes: number
}

/** Reads a chunk that may be given away; nothing where it is no longer there. */
export type ReadForUpload = (index: ChunkIndex) => Promise<Uint8Array<ArrayBuffer> | undefined>

export class Uploader {
  readonly #queues = new Map<Link, Set<ChunkIndex>>()
  readonly #serving = new Set<Link>()

  constructor(
    readonly read: ReadForUpload,
    readonly onUpload: (upload: Upload) => void,
  ) {}

  want(link: Link, runs: readonly ChunkRun[]): void {
    const queue = this.#queues.get(link) ?? new Set<ChunkIndex>()
    this.#queues.set(link, queue)
    const refused: ChunkIndex[] = []
    for (const index of chunksIn(runs)) {
      if (queue.size < MAX_WANTS) queue.add(index)
      else refused.push(index)
      if (refused.length > MAX_WANTS) break
    }
    if (refused.length > 0) link.busy(runsOf(refused), RETRY_MS)
    void this.serve(link)
  }

  cancel(link: Link, runs: readonly ChunkRun[]): void {
    const queue = this.#queues.get(link)
    if (!queue) return
    for (const { from, to } of runs)
      for (const index of queue) if (index >= from && index < to) queue.delete(index)
  }

  forget(link: Link): void {
    this.#queues.delete(link)
  }

  /** Fills a neighbour's channel; called again when it has drained. */
  async serve(link: Link): Promise<void> {
    if (this.#serving.has(link)) return
    this.#serving.add(link)
    try {
      while (link.isWritable) {
        const index = this.#queues.get(link)?.values().next().value
        if (index === undefined) return
        const bytes = await this.read(index).catch(() => undefined)
        // Cancelled, or the neighbour gone, while the store was read.
        if (!this.#queues.get(link)?.delete(index)) continue
        if (!bytes) {
          link.lost(runsOf([index]))
          link.busy(runsOf([index]), RETRY_MS)
          continue
        }
        link.chunk(index, bytes)
        this.onUpload({ link, index, bytes: bytes.length })
      }
    } finally {
      this.#serving.delete(link)
    }
  }
}
