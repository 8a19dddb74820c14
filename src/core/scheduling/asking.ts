/** Who of the neighbours is asked for a chunk, and what each is asked for, or let off, by one plan. */

import type { ChunkIndex } from '../units.js'
import type { Neighbour } from './neighbour.js'
import type { Situation } from './situation.js'

/** Where nobody waits, neighbours that take no more than so many times as long as the fastest are as good. */
const ALIKE = 3

/** A neighbour that may be asked, as it stands by what is planned so far. */
export class Candidate {
  readonly pipeline: number
  /** How many chunks it is asked for. */
  queued: number
  readonly promisedChunkMs: number

  constructor(
    readonly neighbour: Neighbour,
    nowMs: number,
  ) {
    this.pipeline = neighbour.pipeline
    this.queued = neighbour.asks.size
    this.promisedChunkMs = neighbour.promisedChunkMs(nowMs)
  }

  get finishMs(): number {
    return this.neighbour.latencyMs + (this.queued + 1) * this.promisedChunkMs
  }

  get hasRoom(): boolean {
    return this.pipeline > this.queued
  }

  /** Room for what is not needed yet: the rest stays free for what will be. */
  get spare(): number {
    return Math.ceil(this.pipeline / 2) - this.queued
  }

  /** Chunks that it gave, or is to give. */
  get share(): number {
    return this.neighbour.gaveChunks + this.queued
  }

  asked(): void {
    this.queued++
  }

  letOff(): void {
    this.queued--
  }
}

export class Asking {
  readonly wants = new Map<string, ChunkIndex[]>()
  readonly cancels = new Map<string, ChunkIndex[]>()
  /** Those that may be asked: neither silent nor refusing. */
  readonly candidates: readonly Candidate[]
  /** When a neighbour was asked, the last time that a viewer waited for one in vain: who gave nothing since may be no better. */
  letDownSinceMs: number | undefined

  readonly #s: Situation
  /** The peers asked for each chunk before this plan; computed on first use. */
  #before: ReadonlyMap<ChunkIndex, Neighbour> | undefined
  /** Chunks asked for, or given up. */
  readonly #asked = new Set<ChunkIndex>()
  readonly #cancelled = new Set<ChunkIndex>()

  constructor(situation: Situation) {
    this.#s = situation
    const { book, nowMs } = situation
    const candidates: Candidate[] = []
    for (const each of book.neighbours)
      if (!each.isSilent(nowMs) && !each.isRefusing(nowMs) && each.maxWants > 0)
        candidates.push(new Candidate(each, nowMs))
    this.candidates = candidates
  }

  /** The peers asked for a chunk before this plan, or that gave one which is not verified yet. */
  askedFor(index: ChunkIndex): Neighbour | undefined {
    this.#before ??= this.#s.book.asked()
    return this.#before.get(index)
  }

  hasAsked(index: ChunkIndex): boolean {
    return this.#asked.has(index)
  }

  ask(candidate: Candidate, index: ChunkIndex): void {
    push(this.wants, candidate.neighbour.id, index)
    this.#asked.add(index)
    candidate.asked()
  }

  cancel(neighbour: Neighbour, index: ChunkIndex): void {
    if (this.#cancelled.has(index)) return
    this.#cancelled.add(index)
    push(this.cancels, neighbour.id, index)
    this.candidates.find(each => each.neighbour === neighbour)?.letOff()
  }

  /** A viewer waited in vain for what a neighbour was asked for then. */
  letDown(askedAtMs: number): void {
    this.letDownSinceMs = Math.max(this.letDownSinceMs ?? askedAtMs, askedAtMs)
  }

  /**
   * The neighbour that has the chunk here first, counting what it was asked for already. Where nobody waits, the one
   * that gave least of those that are about as fast, to spread the load. A waiting viewer does not wait
   * for one that may give nothing: a new neighbour is measured by other chunks, and so is one that was there when
   * another failed the viewer.
   */
  bestFor(index: ChunkIndex, except?: Neighbour, isWaiting = false): Candidate | undefined {
    const isAble = (each: Candidate) =>
      each.neighbour !== except && this.isAble(each, index, isWaiting)
    let fastestMs = Number.POSITIVE_INFINITY
    for (const each of this.candidates)
      if (isAble(each) && each.finishMs < fastestMs) fastestMs = each.finishMs
    const mostMs = (isWaiting ? 1 : ALIKE) * fastestMs
    let best: Candidate | undefined
    for (const each of this.candidates)
      if (isAble(each) && each.finishMs <= mostMs && (!best || isBetter(each, best))) best = each
    return best
  }

  /** Whether a neighbour may be asked for a chunk, and not only once it has given another. */
  isAble({ neighbour, pipeline }: Candidate, index: ChunkIndex, isWaiting: boolean): boolean {
    if (pipeline === 0 || !neighbour.has.has(index)) return false
    if (!isWaiting || !this.#s.isOriginOpen) return true
    return neighbour.isProven && neighbour.hasGivenSince(this.#letDownSinceMs)
  }

  get #letDownSinceMs(): number {
    const before = this.#s.book.letDownSinceMs
    return Math.max(before, this.letDownSinceMs ?? before)
  }
}

/** None is left idle as another that gave less has enough to do. */
const isBetter = (one: Candidate, other: Candidate): boolean =>
  one.hasRoom === other.hasRoom ? one.share < other.share : one.hasRoom

function push(lists: Map<string, ChunkIndex[]>, id: string, index: ChunkIndex): void {
  const list = lists.get(id)
  if (list) list.push(index)
  else lists.set(id, [index])
}
