/** Reads and sends what `UploadQueue` says, never more in a channel than it carries at once. */

import { SwarmtagError } from '../core/errors.js'
import { RETRY_MS, type TakeUpload, UploadQueue } from '../core/peers/upload-queue.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, runsOf } from '../core/units.js'
import type { Link } from './link.js'

export interface Upload {
  readonly link: Link
  readonly index: ChunkIndex
  readonly bytes: number
}

/**
 * Reads a chunk that may be given away; `undefined` where it is no longer there.
 *
 * @throws SwarmtagError `origin-failed` where it cannot be had now, but may be later
 */
export type ReadForUpload = (index: ChunkIndex) => Promise<Uint8Array<ArrayBuffer> | undefined>

/** How much may be given, all videos of the page together. */
export interface UploadBudget {
  /** Whether anything may still be given in this visit. */
  readonly isOpen: boolean
  take: TakeUpload
  /** Refunds what was spent and not given. */
  refund(bytes: number): void
}

export interface UploaderOptions {
  /** Size of the whole resource. */
  readonly sizeBytes: number
  readonly read: ReadForUpload
  readonly budget: UploadBudget
  onUpload(upload: Upload): void
  /** Nothing may be given any more. */
  onOver(): void
}

export class Uploader {
  readonly #queue: UploadQueue<Link>
  readonly #serving = new Set<Link>()

  constructor(readonly options: UploaderOptions) {
    this.#queue = new UploadQueue(options.sizeBytes)
  }

  want(link: Link, runs: readonly ChunkRun[]): void {
    const refused = this.#queue.want(link, runs)
    if (refused.length > 0) link.busy(refused, RETRY_MS)
    void this.serve(link)
  }

  cancel(link: Link, runs: readonly ChunkRun[]): void {
    this.#queue.cancel(link, runs)
  }

  forget(link: Link): void {
    this.#queue.forget(link)
  }

  /** Fills a neighbour's channel; called again when it has drained. */
  async serve(link: Link): Promise<void> {
    const { budget, onOver } = this.options
    if (this.#serving.has(link)) return
    this.#serving.add(link)
    try {
      while (link.isWritable) {
        const serving = this.#queue.serve(link, bytes => budget.take(bytes))
        if (!serving) return
        if (serving.type === 'give') await this.#give(link, serving.index)
        else if (serving.type === 'wait') await pause(serving.forMs)
        else {
          link.busy(serving.runs, serving.retryMs)
          return budget.isOpen ? undefined : onOver()
        }
      }
    } finally {
      this.#serving.delete(link)
    }
  }

  async #give(link: Link, index: ChunkIndex): Promise<void> {
    const { read, budget, onUpload } = this.options
    const found = await read(index).catch(whetherLater)
    const bytes = found === 'later' ? undefined : found
    budget.refund(CHUNK_BYTES - (bytes?.length ?? 0))
    // Cancelled, or the neighbour gone, while the store was read.
    if (!this.#queue.settle(link, index)) return budget.refund(bytes?.length ?? 0)
    if (!bytes) {
      if (found !== 'later') link.lost(runsOf([index]))
      return link.busy(runsOf([index]), RETRY_MS)
    }
    link.chunk(index, bytes)
    this.#queue.gave(link, bytes.length)
    onUpload({ link, index, bytes: bytes.length })
  }
}

const whetherLater = (error: unknown): 'later' | undefined =>
  error instanceof SwarmtagError && error.code === 'origin-failed' ? 'later' : undefined

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
