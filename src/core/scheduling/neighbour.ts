/** What one neighbour holds, how fast it has been, and what it was asked for. */

import { ChunkSet } from '../chunk-set.js'
import type { ChunkIndex, ChunkRun } from '../units.js'

/** The assumed rate of a neighbour not measured yet is 16 Mbit/s: 64 KiB in 32 ms. */
const FIRST_CHUNK_MS = 32
const FIRST_LATENCY_MS = 50
/** Weight of the newest chunk in the running mean of chunk times. */
const NEWEST_WEIGHT = 0.125
/** And of one that took longer, in what is counted on: a promise is no better than what was delivered lately. */
const SLOWER_WEIGHT = 0.5
/** What a neighbour may have been asked for at a time is what it sends in this time, and not below and above so many chunks. */
const PIPELINE_MS = 400
const LEAST_PIPELINE = 4
const MOST_PIPELINE = 32
/** A neighbour that sends nothing for this long, or three of its chunk times, is silent. */
const SILENCE_MS = 600
/** A neighbour that refuses, or is late, is left alone for as long as it says, and at least so long: twice that each time until it gives something. */
const LEAST_REFUSAL_MS = 1_000
const MOST_REFUSAL_MS = 16_000
/** A neighbour that gives chunks only once others gave them is dropped if these are more than one in so many. */
const USED_A_WASTED = 16

export interface Ask {
  readonly askedAtMs: number
  /** When the chunk is late: twice the time it was expected to take. */
  readonly lateAtMs: number
}

export class Neighbour {
  readonly has: ChunkSet
  readonly asks = new Map<ChunkIndex, Ask>()
  /** Chunks of it that came and are not checked yet: nobody need be asked for them meanwhile. */
  readonly unchecked = new Set<ChunkIndex>()
  /** Running mean of the time between two chunks, while it had more to send. */
  chunkMs = FIRST_CHUNK_MS
  /** What is counted on: as the mean, but a chunk that took longer counts sooner. */
  #latelyMs = FIRST_CHUNK_MS
  /** Running mean of the time to the first chunk after a pause. */
  latencyMs = FIRST_LATENCY_MS
  #progressAtMs: number
  /** Since when it could send the next chunk: its last whole one, or being asked after a pause. */
  #freeAtMs: number
  #lastAskedAtMs = Number.NEGATIVE_INFINITY
  /** Failures to deliver what it was asked for until then are one: it was slowed down for them. */
  #slowedUpToMs = Number.NEGATIVE_INFINITY
  #refusedUntilMs = 0
  #refusalMs = LEAST_REFUSAL_MS
  /** True chunks that it gave. */
  gaveChunks = 0
  /** When it gave the last one. */
  #gaveAtMs = Number.NEGATIVE_INFINITY
  /** Chunks that it gave when others had given them. */
  #wastedChunks = 0
  /** Whether a part of a chunk came, and not yet the rest. */
  #hasBegun = false

  constructor(
    readonly id: string,
    readonly maxWants: number,
    chunkCount: number,
    nowMs: number,
  ) {
    this.has = new ChunkSet(chunkCount)
    this.#progressAtMs = nowMs
    this.#freeAtMs = nowMs
  }

  /** Whether it gave a true chunk; until then it is a stranger. */
  get isProven(): boolean {
    return this.gaveChunks > 0
  }

  /**
   * How many chunks it should be asked for at a time. A stranger is asked for one, and for nothing else until that was
   * checked: a false claim costs one request.
   */
  get pipeline(): number {
    if (!this.isProven) return Math.min(this.maxWants, 1 - this.unchecked.size)
    const chunks = Math.ceil((PIPELINE_MS + this.latencyMs) / this.chunkMs)
    return Math.min(this.maxWants, MOST_PIPELINE, Math.max(LEAST_PIPELINE, chunks))
  }

  /** Time until a chunk is here that is asked for behind `queued` others. */
  finishMs(queued: number): number {
    return this.latencyMs + (queued + 1) * this.chunkMs
  }

  /**
   * Time until a chunk is here that is asked for behind `queued` others, as far as it can be counted on: it took as
   * long lately, and the next one takes as long again as it has been waited for.
   */
  promiseMs(queued: number, nowMs: number): number {
    return this.latencyMs + (queued + 1) * this.promisedChunkMs(nowMs)
  }

  /** Of this for each chunk. */
  promisedChunkMs(nowMs: number): number {
    return Math.max(this.chunkMs, this.#latelyMs, this.#waitedMs(nowMs))
  }

  /** How many chunks it was asked for ahead of one. */
  queuedAhead(index: ChunkIndex): number {
    return [...this.asks.keys()].indexOf(index)
  }

  /** Whether it gave a true chunk after a time. */
  hasGivenSince(ms: number): boolean {
    return this.#gaveAtMs > ms
  }

  /** Whether too much of what it gave came too late to be of use. */
  get isWasteful(): boolean {
    return this.#wastedChunks * USED_A_WASTED > this.gaveChunks
  }

  /** How long it has not given the next chunk, though it had been asked for it. */
  #waitedMs(nowMs: number): number {
    return this.asks.size > 0 ? nowMs - this.#freeAtMs - this.latencyMs : 0
  }

  isSilent(nowMs: number): boolean {
    return this.asks.size > 0 && nowMs - this.#progressAtMs > Math.max(SILENCE_MS, 3 * this.chunkMs)
  }

  /** A neighbour that owes the rest of a cancelled chunk is asked for nothing else, as it may never end one. */
  isRefusing(nowMs: number): boolean {
    return nowMs < this.#refusedUntilMs || (this.#hasBegun && this.asks.size === 0)
  }

  asked(index: ChunkIndex, nowMs: number): void {
    if (this.asks.size === 0) {
      this.#progressAtMs = nowMs
      this.#freeAtMs = nowMs
    }
    this.#lastAskedAtMs = nowMs
    const finishMs = this.finishMs(this.asks.size)
    this.asks.set(index, { askedAtMs: nowMs, lateAtMs: nowMs + 2 * finishMs + FIRST_LATENCY_MS })
  }

  /** Something of a chunk came, though not all of it. */
  progressed(nowMs: number): void {
    this.#progressAtMs = nowMs
    this.#hasBegun = true
  }

  /** A chunk that it delivered was checked: a true one makes it trusted with more than one. */
  checked(index: ChunkIndex, isTrue: boolean, { isNew = true, nowMs = 0 } = {}): void {
    this.unchecked.delete(index)
    if (!isTrue) return
    if (!isNew) {
      this.#wastedChunks++
      return
    }
    this.gaveChunks++
    this.#gaveAtMs = nowMs
  }

  /** A chunk came, which is to be `checked`. */
  delivered(index: ChunkIndex, nowMs: number): void {
    this.#hasBegun = false
    this.unchecked.add(index)
    const ask = this.asks.get(index)
    this.asks.delete(index)
    if (!ask) return
    const isFirst = ask.askedAtMs >= this.#freeAtMs
    const tookMs = nowMs - (isFirst ? ask.askedAtMs : this.#freeAtMs)
    if (isFirst) this.latencyMs += (Math.max(0, tookMs - this.chunkMs) - this.latencyMs) / 4
    else this.#took(Math.max(tookMs, 0.5))
    this.#progressAtMs = nowMs
    this.#freeAtMs = nowMs
    this.#refusalMs = LEAST_REFUSAL_MS
  }

  #took(ms: number): void {
    this.chunkMs += (ms - this.chunkMs) * NEWEST_WEIGHT
    this.#latelyMs += (ms - this.#latelyMs) * (ms > this.#latelyMs ? SLOWER_WEIGHT : NEWEST_WEIGHT)
  }

  /** It will not give chunks that it was asked for, and says to ask again after `retryMs`. */
  refused(runs: readonly ChunkRun[], retryMs: number, nowMs: number): void {
    for (const { from, to } of runs)
      for (const index of this.asks.keys()) if (index >= from && index < to) this.asks.delete(index)
    this.#leaveAlone(retryMs, nowMs)
  }

  /** It is no longer asked for a chunk; one that it ought to have delivered by now slows it in the book. */
  cancelled(index: ChunkIndex, nowMs: number): void {
    const ask = this.asks.get(index)
    const isLate = ask !== undefined && (this.isSilent(nowMs) || nowMs >= ask.lateAtMs)
    if (ask) this.#latelyMs = Math.max(this.#latelyMs, this.#waitedMs(nowMs))
    this.asks.delete(index)
    if (isLate) this.#leaveAlone(0, nowMs)
    if (!isLate || ask.askedAtMs <= this.#slowedUpToMs) return
    this.#slowedUpToMs = this.#lastAskedAtMs
    this.chunkMs *= 1.5
  }

  #leaveAlone(retryMs: number, nowMs: number): void {
    // One question may be refused in many messages, and all that it was asked for be late at once.
    const leastMs = nowMs < this.#refusedUntilMs ? 0 : this.#refusalMs
    this.#refusedUntilMs = Math.max(this.#refusedUntilMs, nowMs + Math.max(retryMs, leastMs))
    if (leastMs > 0) this.#refusalMs = Math.min(2 * leastMs, MOST_REFUSAL_MS)
  }
}
