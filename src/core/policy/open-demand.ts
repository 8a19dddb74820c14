/** One open response, as its supplier sees it: what it needs, what it was granted from the origin, and how long its viewer can wait. */

import type { Demand } from '../scheduling/situation.js'
import { type ChunkIndex, type ChunkRun, chunk, chunksIn, isInRun } from '../units.js'
import type { Playback } from './playback.js'

/** A video that waits this long though it was given what it asked for needs more of the film than its average says. */
const STARVED_MS = 300
/** An origin that gives nothing for this long is not waited for where others can give. */
const STALLED_MS = 1_000
/** A video that has less than this ahead is not made to wait. */
const LEAST_HOLD_MS = 1_000
/** A held response gets another hold this often. */
const MOST_SILENT_MS = 1_000

/** What a response is when it is opened. */
export interface Opened {
  readonly id: number
  /** Chunks of the whole response. */
  readonly run: ChunkRun
  /** Whether a media element plays it, and not a loader that wants everything at once. */
  readonly isPlayed: boolean
  /** What was granted from the origin already. */
  readonly origin: ChunkRun | undefined
}

export class OpenDemand {
  readonly id: number
  readonly run: ChunkRun
  readonly isPlayed: boolean
  /** Chunks that the response lacks, ascending. */
  readonly missing = new Set<ChunkIndex>()
  /** When the video last asked for more. */
  neededAtMs = Number.NEGATIVE_INFINITY
  /** Whether the origin failed when it was asked last. */
  hasOriginFailed = false
  /** What was granted from the origin and has not come yet. */
  #origin: ChunkRun | undefined
  /** Where the viewer was when the response was opened: there its first chunk belongs. */
  #openedAtMs: number | undefined
  /** The first chunk that the video had not read when it last asked for more. */
  #reportedCursor: ChunkIndex
  #askedTo: ChunkIndex
  #handedAtMs = 0
  #holdAgainAtMs = 0
  /** When something granted last came from the origin, or was granted. */
  #originProgressAtMs: number
  /** How far the origin's run is to be read for other responses. */
  #readTo = 0

  constructor({ id, run, isPlayed, origin }: Opened, nowMs: number) {
    this.id = id
    this.run = run
    this.isPlayed = isPlayed
    this.#reportedCursor = run.from
    this.#askedTo = run.from
    this.#origin = origin
    this.#originProgressAtMs = nowMs
  }

  /**
   * The first chunk that the response was not given. What it says of its video is older: it sends that only when it asks for
   * more, and so never again once it has asked for its last chunk.
   */
  get cursor(): ChunkIndex {
    const [first] = this.missing
    return chunk(Math.max(this.#reportedCursor, first ?? this.#askedTo))
  }

  get origin(): ChunkRun | undefined {
    return this.#origin
  }

  need(cursor: ChunkIndex, runs: readonly ChunkRun[], nowMs: number): void {
    this.neededAtMs = nowMs
    if (cursor > this.#reportedCursor) this.#handedAtMs = nowMs
    if (!this.#isOriginAwaited) this.#originProgressAtMs = nowMs
    // The store's answers may come out of order.
    this.#reportedCursor = chunk(Math.max(cursor, this.#reportedCursor))
    this.#lack(chunksIn(runs))
    for (const { to } of runs) this.#askedTo = chunk(Math.max(to, this.#askedTo))
  }

  #lack(indices: Iterable<ChunkIndex>): void {
    let last = [...this.missing].at(-1) ?? -1
    let isAscending = true
    for (const index of indices) {
      this.missing.add(index)
      isAscending &&= index > last
      last = index
    }
    if (isAscending) return
    const ascending = [...this.missing].sort((a, b) => a - b)
    this.missing.clear()
    for (const index of ascending) this.missing.add(index)
  }

  /** The origin gave a chunk. */
  fetched(index: ChunkIndex, nowMs: number): void {
    this.missing.delete(index)
    this.#originProgressAtMs = nowMs
    this.hasOriginFailed = false
    // Passed on the way to this response: of use to others, and to a later one.
    if (index < this.run.from) return
    // The origin gives what was not granted: the worker's fallback has begun, and must learn that the page is there.
    if (!isInRun(index, this.#origin)) this.#holdAgainAtMs = 0
    if (!this.#origin || !isInRun(index, this.#origin)) return
    const from = chunk(index + 1)
    this.#origin = from < this.#origin.to ? { from, to: this.#origin.to } : undefined
  }

  originFailed(): void {
    this.#origin = undefined
    this.hasOriginFailed = true
  }

  /** The origin gives nothing more of what was granted. */
  originEnded(): void {
    this.#origin = undefined
  }

  granted(run: ChunkRun | undefined, nowMs: number): void {
    this.#origin = run
    this.#originProgressAtMs = nowMs
  }

  /**
   * Whether the response must be sent a hold.
   *
   * @returns how long the hold lasts, if it must be sent now, and when to check again
   */
  hold(bufferedMs: number, nowMs: number): { forMs?: number; againAtMs?: number } {
    if (this.missing.size === 0 || bufferedMs < LEAST_HOLD_MS) return {}
    if (nowMs < this.#holdAgainAtMs) return { againAtMs: this.#holdAgainAtMs }
    this.#holdAgainAtMs = nowMs + Math.min(bufferedMs / 4, MOST_SILENT_MS)
    return { forMs: bufferedMs / 2, againAtMs: this.#holdAgainAtMs }
  }

  /**
   * What was granted from the origin must be read as far as this chunk, whether the video wants it yet or not; whether
   * that is news.
   */
  readOn(to: ChunkIndex, nowMs: number): boolean {
    if (to <= this.#readTo) return false
    if (!this.#isOriginAwaited) this.#originProgressAtMs = nowMs
    this.#readTo = to
    return true
  }

  /** Whether anybody waits for what was granted from the origin: if the video has enough, it is not read on. */
  get #isOriginAwaited(): boolean {
    const origin = this.#origin
    if (!origin) return false
    if (this.#readTo > origin.from) return true
    for (const index of this.missing) if (isInRun(index, origin)) return true
    return false
  }

  /** Whether the origin has long given nothing of what was granted, and somebody waits for it. */
  isOriginStalled(nowMs: number): boolean {
    return this.#isOriginAwaited && nowMs >= this.#originProgressAtMs + STALLED_MS
  }

  /** When the origin's run must be thought over if it gives nothing until then. */
  originStallsAtMs(nowMs: number): number | undefined {
    const atMs = this.#originProgressAtMs + STALLED_MS
    return this.#isOriginAwaited && atMs > nowMs ? atMs : undefined
  }

  /** The facts that the scheduler decides by. */
  facts(playback: Playback | undefined, chunkCount: number, nowMs: number): Demand {
    const { id, run, cursor, missing, isPlayed } = this
    // One that gives nothing is not planned for; it is granted again if nobody else can give.
    const origin = this.isOriginStalled(nowMs) ? undefined : this.#origin
    const durationMs = isPlayed ? playback?.durationMs : undefined
    const chunkMs = durationMs === undefined ? undefined : durationMs / chunkCount
    const bufferedMs = playback && chunkMs ? this.#bufferedMs(playback, chunkMs, nowMs) : 0
    return { id, run, cursor, missing, isPlayed, bufferedMs, chunkMs, origin }
  }

  /**
   * Playing time that the video was given and has not played. An element's `buffered` does not show it:
   * browsers take in far more than they count there.
   */
  #bufferedMs({ currentMs, rate, isStarved }: Playback, chunkMs: number, nowMs: number): number {
    this.#openedAtMs ??= currentMs
    if (isStarved && nowMs - this.#handedAtMs > STARVED_MS) return 0
    const givenMs = (this.cursor - this.run.from) * chunkMs
    return Math.max(0, givenMs - (currentMs - this.#openedAtMs)) / rate
  }
}
