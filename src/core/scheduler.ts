/**
 * Decides, chunk by chunk, who is asked: a neighbour or the origin. Looks at facts and returns a plan;
 * sends nothing and reads no clock. The zones are those of docs/decisions/scheduling.md.
 */

import { OriginGrant } from './origin-grant.js'
import type { Demand, Situation } from './situation.js'
import type { Neighbour } from './source-book.js'
import { type ChunkIndex, type ChunkRun, chunk, isInRun } from './units.js'

/** A chunk is asked of a neighbour if it will be here this long before it is played. */
const MARGIN_MS = 1_000
/** Where nobody waits, neighbours that take no more than so many times as long as the fastest are as good. */
const ALIKE = 3
/** A viewer who waits already waits this much longer for a neighbour before the origin is asked too. */
const PATIENCE_MS = 250

/** What to do now. */
export interface Plan {
  readonly wants: Map<string, ChunkIndex[]>
  readonly cancels: Map<string, ChunkIndex[]>
  /** What the origin shall give to each demand from now on; nothing: it may stop. */
  readonly origin: Map<number, ChunkRun | undefined>
  /** When to plan again if nothing happens until then; nothing: only when something happens. */
  readonly againAtMs: number | undefined
}

/** Looking ahead ends after so many chunks that cannot be asked for now. */
const MOST_MISSES = 128

/** Plans for all demands, the one whose viewer waits first. */
export function plan(situation: Situation): Plan {
  const planner = new Planner(situation)
  planner.clearTheWay()
  const soonestFirst = [...situation.demands].sort((a, b) => a.bufferedMs - b.bufferedMs)
  for (const demand of soonestFirst) planner.serve(demand)
  planner.prefetch()
  return planner
}

class Planner implements Plan {
  readonly wants = new Map<string, ChunkIndex[]>()
  readonly cancels = new Map<string, ChunkIndex[]>()
  readonly origin = new Map<number, ChunkRun | undefined>()
  againAtMs: number | undefined

  readonly #s: Situation
  readonly #grant: OriginGrant
  /** Neighbours that may be asked: neither silent nor refusing. */
  readonly #usable: readonly Neighbour[]
  /** Chunks asked for, or given up, by this plan. */
  readonly #asked = new Set<ChunkIndex>()
  readonly #cancelled = new Set<ChunkIndex>()

  constructor(situation: Situation) {
    this.#s = situation
    const { book, nowMs } = situation
    this.#usable = [...book.neighbours].filter(
      each => !each.isSilent(nowMs) && !each.isRefusing(nowMs),
    )
    this.#grant = new OriginGrant(situation, this.#usable)
  }

  /**
   * Takes back what was asked for ahead of any demand where a viewer waits: it would come first. What comes next in the film
   * stays, once all that he waits for is asked for.
   */
  clearTheWay(): void {
    const { demands, book, held, prefetch } = this.#s
    const urgent = demands.flatMap(demand =>
      [...demand.missing].filter(
        index => !held.has(index) && this.#deadlineMs(demand, index) < MARGIN_MS,
      ),
    )
    if (urgent.length === 0) return
    const isAllAsked = urgent.every(index => book.askedFor(index))
    const mayStay = (index: ChunkIndex) =>
      demands.some(each => each.missing.has(index)) || (isAllAsked && isInRun(index, prefetch))
    for (const neighbour of this.#usable.filter(each => each.isProven))
      for (const index of neighbour.asks.keys()) if (!mayStay(index)) this.#cancel(neighbour, index)
  }

  /** Finds a source for each chunk that a demand lacks, nearest deadline first. */
  serve(demand: Demand): void {
    let origin = this.#s.isOriginOpen ? this.#grant.shortened(demand) : undefined
    for (const index of demand.missing) {
      if (this.#s.held.has(index) || this.#comesToAnother(demand, index)) continue
      const asked = this.#s.book.askedFor(index)
      if (this.#asked.has(index) || (asked && !this.#isLate(demand, index, asked))) continue
      const isWaiting = demand.isPlayed && this.#deadlineMs(demand, index) < MARGIN_MS
      const best = this.#bestFor(index, asked, isWaiting)
      const isInTime = best !== undefined && best.finishMs <= this.#patienceMs(demand, index)
      const isGivenByOrigin = isInRun(index, origin)
      if (isInTime && !isGivenByOrigin) {
        if (best.hasRoom) this.#askInstead(best.neighbour, index, asked)
      } else if (isGivenByOrigin || this.#mayBegin(origin, demand, index)) {
        if (!isGivenByOrigin) origin = { from: index, to: this.#grant.end(demand, index) }
        if (asked) this.#cancel(asked, index)
      } else if (best?.hasRoom && !this.#s.isOriginOpen) {
        this.#askInstead(best.neighbour, index, asked)
      }
    }
    if (origin?.from !== demand.origin?.from || origin?.to !== demand.origin?.to)
      this.origin.set(demand.id, origin)
  }

  /** Fills what room neighbours have left with what comes next in the film. */
  prefetch(): void {
    const { held, prefetch } = this.#s
    let room = this.#usable.reduce((sum, each) => sum + Math.max(0, this.#spareOf(each)), 0)
    let misses = 0
    let index = held.next(prefetch.from, false)
    while (room > 0 && misses < MOST_MISSES && index < prefetch.to) {
      const best = this.#isComing(index) ? undefined : this.#bestFor(index)
      if (best && this.#spareOf(best.neighbour) > 0) {
        this.#ask(best.neighbour, index)
        room--
      } else misses++
      index = held.next(chunk(index + 1), false)
    }
  }

  /** Whether the origin may begin with a chunk; a run further on gives way to what comes first. */
  #mayBegin(origin: ChunkRun | undefined, demand: Demand, index: ChunkIndex): boolean {
    if (!this.#s.isOriginOpen || (origin && origin.from < index)) return false
    return this.#grant.allows(demand, index)
  }

  /** Whether a chunk that was asked for is to be had from somebody else by now. */
  #isLate(demand: Demand, index: ChunkIndex, neighbour: Neighbour): boolean {
    const { nowMs } = this.#s
    if (neighbour.unchecked.has(index)) return false
    const ask = neighbour.asks.get(index)
    if (!ask || neighbour.isSilent(nowMs)) return true
    const isUrgent = this.#deadlineMs(demand, index) < MARGIN_MS
    const lateAtMs = isUrgent
      ? Math.min(ask.lateAtMs, ask.askedAtMs + 2 * PATIENCE_MS)
      : ask.lateAtMs
    if (nowMs < lateAtMs) this.#planAgain(lateAtMs)
    return isUrgent && nowMs >= lateAtMs
  }

  /** Whether the origin is about to give a chunk to another demand, which shares it. */
  #comesToAnother(demand: Demand, index: ChunkIndex): boolean {
    return this.#s.demands.some(
      each => each !== demand && each.missing.has(index) && isInRun(index, this.#originOf(each)),
    )
  }

  /** What the origin gives to a demand as far as planned. */
  #originOf({ id, origin }: Demand): ChunkRun | undefined {
    return this.origin.has(id) ? this.origin.get(id) : origin
  }

  #isComing(index: ChunkIndex): boolean {
    if (this.#asked.has(index) || this.#s.book.askedFor(index)) return true
    return this.#s.demands.some(each => isInRun(index, this.#originOf(each)))
  }

  /**
   * The neighbour that has the chunk here first, counting what it was asked for already. Where nobody waits, the one
   * that gave least of those that are about as fast: none is to be worn out for others. Who waits is not made to wait
   * for one that may give nothing: a stranger shows with other chunks what it is.
   */
  #bestFor(index: ChunkIndex, except?: Neighbour, isWaiting = false): Best | undefined {
    const mayBeStranger = !isWaiting || !this.#s.isOriginOpen
    const able = this.#usable
      .filter(each => each !== except && each.has.has(index) && (mayBeStranger || each.isProven))
      .map(neighbour => ({
        neighbour,
        finishMs: neighbour.finishMs(this.#queuedAt(neighbour)),
        hasRoom: this.#roomOf(neighbour) > 0,
      }))
    const mostMs = (isWaiting ? 1 : ALIKE) * Math.min(...able.map(({ finishMs }) => finishMs))
    const [best] = able
      .filter(({ finishMs }) => finishMs <= mostMs)
      .sort(
        (a, b) =>
          // None is left idle as another that gave less has enough to do.
          Number(b.hasRoom) - Number(a.hasRoom) ||
          this.#shareOf(a.neighbour) - this.#shareOf(b.neighbour),
      )
    return best
  }

  /** Chunks that a neighbour gave, or is to give. */
  #shareOf(neighbour: Neighbour): number {
    return neighbour.gaveChunks + this.#queuedAt(neighbour)
  }

  #queuedAt({ id, asks }: Neighbour): number {
    return asks.size - (this.cancels.get(id)?.length ?? 0) + (this.wants.get(id)?.length ?? 0)
  }

  #roomOf(neighbour: Neighbour): number {
    return neighbour.pipeline - this.#queuedAt(neighbour)
  }

  /** Room for what is not needed yet: the rest stays free for what will be. */
  #spareOf(neighbour: Neighbour): number {
    return Math.ceil(neighbour.pipeline / 2) - this.#queuedAt(neighbour)
  }

  #askInstead(neighbour: Neighbour, index: ChunkIndex, asked: Neighbour | undefined): void {
    if (asked) this.#cancel(asked, index)
    this.#ask(neighbour, index)
  }

  #ask(neighbour: Neighbour, index: ChunkIndex): void {
    push(this.wants, neighbour.id, index)
    this.#asked.add(index)
    this.#planAgain(this.#s.nowMs + 2 * neighbour.finishMs(this.#queuedAt(neighbour)))
  }

  #cancel({ id }: Neighbour, index: ChunkIndex): void {
    if (this.#cancelled.has(index)) return
    this.#cancelled.add(index)
    push(this.cancels, id, index)
  }

  /** Time until a chunk is played; 0 where that is not known. */
  #deadlineMs(demand: Demand, index: ChunkIndex): number {
    return demand.bufferedMs + (index - demand.cursor) * (demand.chunkMs ?? 0)
  }

  #patienceMs(demand: Demand, index: ChunkIndex): number {
    const leastMs = demand.isPlayed ? PATIENCE_MS : MARGIN_MS
    return Math.max(leastMs, this.#deadlineMs(demand, index) - MARGIN_MS)
  }

  #planAgain(atMs: number): void {
    this.againAtMs = Math.min(this.againAtMs ?? atMs, atMs)
  }
}

interface Best {
  readonly neighbour: Neighbour
  readonly finishMs: number
  readonly hasRoom: boolean
}

function push(lists: Map<string, ChunkIndex[]>, id: string, index: ChunkIndex): void {
  const list = lists.get(id)
  if (list) list.push(index)
  else lists.set(id, [index])
}
