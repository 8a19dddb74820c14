/**
 * Gives neighbours the chunks they want: one chunk a turn, so that none waits for another's long list,
 * and never more in a channel than it carries at once.
 */

import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, chunksIn, runsOf } from '../core/units.js'
import { type Link, MAX_WANTS } from './link.js'

/** A neighbour that was refused may ask again after this time. */
const RETRY_MS = 1_000
/** Who asks one that gives nothing any more is told to wait this long. */
export const NEVER_MS = 3_600_000
/** What must wait longer than this for the upload limits is refused: others may give it sooner. */
const MOST_WAIT_MS = 500
/** A neighbour is given a film so many times at most, counted in bytes: its store may be small, but not its greed. */
const GIVEN_TIMES = 2

export interface Upload {
  readonly link: Link
  readonly index: ChunkIndex
  readonly bytes: number
}

/** Reads a chunk that may be given away; nothing where it is no longer there. */
export type ReadForUpload = (index: ChunkIndex) => Promise<Uint8Array<ArrayBuffer> | undefined>

/** How much may be given, all videos of the page together. */
export interface UploadBudget {
  /** Whether anything may still be given in this visit. */
  readonly isOpen: boolean
  /**
   * Takes what shall be given.
   *
   * @returns 0 where it was taken, or the time until it can be; `Infinity`: not in this visit
   */
  take(bytes: number): number
  /** Gives back what was taken and not given. */
  refund(bytes: number): void
}

export interface UploaderOptions {
  readonly read: ReadForUpload
  readonly budget: UploadBudget
  onUpload(upload: Upload): void
  /** Nothing may be given any more. */
  onOver(): void
}

export class Uploader {
  readonly #queues = new Map<Link, Set<ChunkIndex>>()
  readonly #serving = new Set<Link>()
  readonly #givenBytes = new Map<Link, number>()

  constructor(readonly options: UploaderOptions) {}

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
    this.#givenBytes.delete(link)
  }

  /** Fills a neighbour's channel; called again when it has drained. */
  async serve(link: Link): Promise<void> {
    const { read, budget, onUpload } = this.options
    if (this.#serving.has(link)) return
    this.#serving.add(link)
    try {
      while (link.isWritable) {
        const index = this.#queues.get(link)?.values().next().value
        if (index === undefined) return
        const waitMs = this.#isSated(link) ? NEVER_MS : budget.take(CHUNK_BYTES)
        if (waitMs > MOST_WAIT_MS) return this.#refuse(link, waitMs)
        if (waitMs > 0) {
          await pause(waitMs)
          continue
        }
        const bytes = await read(index).catch(() => undefined)
        budget.refund(CHUNK_BYTES - (bytes?.length ?? 0))
        // Cancelled, or the neighbour gone, while the store was read.
        if (!this.#queues.get(link)?.delete(index)) {
          budget.refund(bytes?.length ?? 0)
          continue
        }
        if (!bytes) {
          link.lost(runsOf([index]))
          link.busy(runsOf([index]), RETRY_MS)
          continue
        }
        link.chunk(index, bytes)
        this.#givenBytes.set(link, (this.#givenBytes.get(link) ?? 0) + bytes.length)
        onUpload({ link, index, bytes: bytes.length })
      }
    } finally {
      this.#serving.delete(link)
    }
  }
  #isSated(link: Link): boolean {
    const mostBytes = GIVEN_TIMES * link.manifest.descriptor.sizeBytes
    return (this.#givenBytes.get(link) ?? 0) >= mostBytes
  }

  /** Refuses all that a neighbour waits for. */
  #refuse(link: Link, waitMs: number): void {
    const refused = [...(this.#queues.get(link) ?? [])].sort((a, b) => a - b)
    this.#queues.delete(link)
    link.busy(runsOf(refused), Math.min(Math.ceil(waitMs), NEVER_MS))
    if (!this.options.budget.isOpen) this.options.onOver()
  }
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
