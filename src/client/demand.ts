/** One open response of the worker, as the page sees it: what it lacks, and what was promised to it. */

import type { Channel } from '../bridge/channel.js'
import type { PageSays } from '../bridge/messages.js'
import { copyOfChunk } from '../core/chunk-bytes.js'
import type { Demand } from '../core/situation.js'
import { type ChunkIndex, type ChunkRun, chunk, chunksIn, isInRun } from '../core/units.js'
import type { VerifiedChunk } from '../store/verify.js'
import type { Playhead } from './playhead.js'

/** A video that waits this long though it was given what it asked for needs more of the film than its average says. */
const STARVED_MS = 300

/** An origin that gives nothing for this long is not waited for where others can give. */
const STALLED_MS = 1_000
/** A video that has less than this ahead is not made to wait. */
const LEAST_HOLD_MS = 1_000
/** The worker hears from the page this often while it is made to wait. */
const MOST_SILENT_MS = 1_000

export class OpenDemand {
  /** Chunks that the worker lacks. */
  readonly missing = new Set<ChunkIndex>()
  cursor: ChunkIndex
  /** When the video last asked for more. */
  neededAtMs = Number.NEGATIVE_INFINITY
  /** Whether the origin failed when it was asked last. */
  hasOriginFailed = false
  /** Where the viewer was when the response was opened: there its first chunk belongs. */
  #openedAtMs: number | undefined
  #handedAtMs = 0
  #holdAgainAtMs = 0
  /** When the origin last gave something that it was told to give, or was told to. */
  #originHeardAtMs: number | undefined

  constructor(
    readonly id: number,
    readonly workerId: string,
    readonly run: ChunkRun,
    readonly isPlayed: boolean,
    readonly channel: Channel<PageSays>,
    /** What the worker was told to fetch from the origin, and has not yet. */
    public origin: ChunkRun | undefined,
  ) {
    this.cursor = run.from
  }

  need(cursor: ChunkIndex, runs: readonly ChunkRun[], nowMs: number): void {
    this.neededAtMs = nowMs
    if (cursor > this.cursor) this.#handedAtMs = nowMs
    // What the store was asked for is told when it has answered, which may be out of order.
    this.cursor = chunk(Math.max(cursor, this.cursor))
    for (const index of chunksIn(runs)) this.missing.add(index)
  }

  /** The worker has a chunk now, from the origin. */
  fetched(index: ChunkIndex, nowMs: number): void {
    this.missing.delete(index)
    this.#originHeardAtMs = nowMs
    this.hasOriginFailed = false
    // Passed on the way to this response: of use to others, and to a later one.
    if (index < this.run.from) return
    // The worker fetches what it was not told to: it thinks that this page is gone, and must hear of it.
    if (!isInRun(index, this.origin)) this.#holdAgainAtMs = 0
    if (!this.origin || !isInRun(index, this.origin)) return
    const from = chunk(index + 1)
    this.origin = from < this.origin.to ? { from, to: this.origin.to } : undefined
  }

  /** The origin did not give what it was told to. */
  originFailed(): void {
    this.origin = undefined
    this.hasOriginFailed = true
  }

  /** The worker fetches nothing from the origin any more. */
  originEnded(): void {
    this.origin = undefined
  }

  /** Gives the worker a chunk if it lacks it. The bytes are copied: the store and other viewers need them too. */
  give({ index, bytes }: VerifiedChunk): boolean {
    if (!this.missing.delete(index)) return false
    const copy = copyOfChunk(bytes)
    this.channel.send({ type: 'chunk', index, bytes: copy }, [copy.buffer])
    return true
  }

  /**
   * Tells the worker not to wait for what is held back on purpose, where that is so.
   *
   * @returns when it must be told again
   */
  hold(bufferedMs: number, nowMs: number): number | undefined {
    if (this.missing.size === 0 || bufferedMs < LEAST_HOLD_MS) return undefined
    if (nowMs < this.#holdAgainAtMs) return this.#holdAgainAtMs
    this.channel.send({ type: 'hold', forMs: bufferedMs / 2 })
    this.#holdAgainAtMs = nowMs + Math.min(bufferedMs / 4, MOST_SILENT_MS)
    return this.#holdAgainAtMs
  }

  /** Whether the origin has long given nothing of what it was told to give. */
  isOriginStalled(nowMs: number): boolean {
    return this.origin !== undefined && nowMs >= (this.#originHeardAtMs ?? nowMs) + STALLED_MS
  }

  /** When the origin's part must be thought over if it gives nothing until then. */
  originStallsAtMs(nowMs: number): number | undefined {
    const atMs = (this.#originHeardAtMs ?? nowMs) + STALLED_MS
    return this.origin && atMs > nowMs ? atMs : undefined
  }

  tellOrigin(run: ChunkRun | undefined, nowMs: number): void {
    this.origin = run
    this.#originHeardAtMs = nowMs
    this.channel.send(run ? { type: 'origin', run } : { type: 'origin' })
  }

  /** The facts that the scheduler decides by. */
  facts(playhead: Playhead | undefined, chunkCount: number, nowMs: number): Demand {
    const { id, run, cursor, isPlayed } = this
    const missing = new Set([...this.missing].sort((a, b) => a - b))
    this.#originHeardAtMs ??= nowMs
    // One that gives nothing is planned for no more; it is told anew where nobody else can give.
    const origin = this.isOriginStalled(nowMs) ? undefined : this.origin
    const chunkMs = playhead?.durationMs && isPlayed ? playhead.durationMs / chunkCount : undefined
    const bufferedMs = playhead && chunkMs ? this.#bufferedMs(playhead, chunkMs, nowMs) : 0
    return { id, run, cursor, missing, isPlayed, bufferedMs, chunkMs, origin }
  }

  /**
   * Playing time that the video was given and has not played. The element's `buffered` does not tell:
   * browsers take in far more than they count there.
   */
  #bufferedMs({ currentMs, rate, isStarved }: Playhead, chunkMs: number, nowMs: number): number {
    this.#openedAtMs ??= currentMs
    if (isStarved && nowMs - this.#handedAtMs > STARVED_MS) return 0
    const givenMs = (this.cursor - this.run.from) * chunkMs
    return Math.max(0, givenMs - (currentMs - this.#openedAtMs)) / rate
  }
}
