/**
 * Decides, chunk by chunk, which source is asked: a neighbour or the origin. Takes facts and returns a plan;
 * sends nothing and reads no clock. The zones are those of docs/decisions/scheduling.md.
 */

import { type ChunkIndex, type ChunkRun, chunk, isInRun, run } from '../units.js'
import { Asking, type Candidate } from './asking.js'
import type { Neighbour } from './neighbour.js'
import { OriginGrant } from './origin-grant.js'
import { OriginRuns } from './origin-runs.js'
import type { Demand, Situation } from './situation.js'

/** A chunk is asked of a neighbour if it will be here this long before it is played. */
const MARGIN_MS = 1_000
/** A viewer who waits already waits this much longer for a neighbour that promises a chunk. */
const PATIENCE_MS = 250
/** And so long at most, before the origin is asked. */
const MOST_PATIENCE_MS = 350

/** What to do now. */
export interface Plan {
  readonly wants: Map<string, ChunkIndex[]>
  readonly cancels: Map<string, ChunkIndex[]>
  /** What the origin shall give to each demand from now on; nothing: it may stop. */
  readonly origin: Map<number, ChunkRun | undefined>
  /** When a neighbour was asked for what a viewer waited for in vain; nothing: none was. */
  readonly letDownSinceMs: number | undefined
  /** How far the origin's run for a demand is to be read whether its video wants it or not: another one does. */
  readonly readTo: Map<number, ChunkIndex>
  /** Demands that wait for what the origin gives to another. */
  readonly sharing: Set<number>
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
  againAtMs: number | undefined

  readonly #s: Situation
  readonly #asking: Asking
  readonly #runs: OriginRuns
  readonly #grant: OriginGrant

  constructor(situation: Situation) {
    this.#s = situation
    this.#asking = new Asking(situation)
    const neighbours = this.#asking.candidates.map(({ neighbour }) => neighbour)
    this.#runs = new OriginRuns(situation)
    this.#grant = new OriginGrant(situation, neighbours, this.#runs)
  }

  get wants(): Map<string, ChunkIndex[]> {
    return this.#asking.wants
  }

  get cancels(): Map<string, ChunkIndex[]> {
    return this.#asking.cancels
  }

  get origin(): Map<number, ChunkRun | undefined> {
    return this.#runs.changed
  }

  get readTo(): Map<number, ChunkIndex> {
    return this.#runs.readTo
  }

  get sharing(): Set<number> {
    return this.#runs.sharing
  }

  get letDownSinceMs(): number | undefined {
    return this.#asking.letDownSinceMs
  }

  /**
   * Takes back what was asked for ahead of any demand where a viewer waits: it would come first. What comes next in the film
   * stays with a neighbour that is not about to be asked for what they wait for: taken back, it would be asked for again.
   */
  clearTheWay(): void {
    const { demands, held, prefetch } = this.#s
    const urgent = demands.flatMap(demand =>
      [...demand.missing]
        .filter(index => !held.has(index) && this.#deadlineMs(demand, index) < MARGIN_MS)
        .map(index => ({ demand, index })),
    )
    if (urgent.length === 0) return
    const sought = urgent.filter(({ index }) => !this.#isComing(index))
    for (const candidate of this.#asking.candidates) {
      const { neighbour } = candidate
      if (!neighbour.isProven) continue
      const isNeeded = sought.some(({ demand, index }) =>
        this.#asking.isAble(candidate, index, demand.isPlayed),
      )
      const mayStay = (index: ChunkIndex) =>
        demands.some(each => each.missing.has(index)) || (!isNeeded && isInRun(index, prefetch))
      for (const index of neighbour.asks.keys())
        if (!mayStay(index)) this.#asking.cancel(neighbour, index)
    }
  }

  /** Finds a source for each chunk that a demand lacks, nearest deadline first. */
  serve(demand: Demand): void {
    let origin = this.#s.isOriginOpen ? this.#grant.shortened(demand) : undefined
    for (const index of demand.missing) {
      if (this.#s.held.has(index) || this.#s.arriving.has(index)) continue
      if (!isInRun(index, origin) && this.#runs.comesToAnother(demand, index)) continue
      if (this.#asking.hasAsked(index)) continue
      const asked = this.#asking.askedFor(index)
      if (asked && !this.#isLate(demand, index, asked)) continue
      const isWaiting = demand.isPlayed && this.#deadlineMs(demand, index) < MARGIN_MS
      const best = this.#asking.bestFor(index, asked, isWaiting)
      const isInTime = best !== undefined && best.finishMs <= this.#patienceMs(demand, index)
      const isGivenByOrigin = isInRun(index, origin)
      if (isInTime && !isGivenByOrigin) {
        if (best.hasRoom) this.#askInstead(best, index, asked)
        else this.#wait(demand, index, best)
      } else if (isGivenByOrigin || this.#mayBegin(origin, demand, index)) {
        if (!isGivenByOrigin) origin = { from: index, to: this.#grant.end(demand, index) }
        if (asked) this.#asking.cancel(asked, index)
      } else if (best?.hasRoom && !this.#s.isOriginOpen) {
        this.#askInstead(best, index, asked)
      }
    }
    this.#leaveToOrigin(origin)
    this.#runs.set(demand, origin)
  }

  /** Fills what room neighbours have left with what comes next in the film. */
  prefetch(): void {
    const { held, prefetch } = this.#s
    const free = this.#asking.candidates.filter(each => each.spare > 0)
    const offered = free.map(({ neighbour }) => neighbour.has)
    let room = free.reduce((sum, each) => sum + each.spare, 0)
    let misses = 0
    for (let from = prefetch.from; room > 0; ) {
      const index = held.nextOf(offered, from)
      misses += held.lackedIn(run(from, Math.min(index, prefetch.to)))
      if (misses >= MOST_MISSES || index >= prefetch.to) return
      const best = this.#isComing(index) ? undefined : this.#asking.bestFor(index)
      if (best && best.spare > 0) {
        this.#ask(best, index)
        room--
      } else if (++misses === MOST_MISSES) return
      from = chunk(index + 1)
    }
  }

  /** Whether the origin may begin with a chunk; a run further on gives way to what comes first. */
  #mayBegin(origin: ChunkRun | undefined, demand: Demand, index: ChunkIndex): boolean {
    if (!this.#s.isOriginOpen || (origin && origin.from < index)) return false
    return this.#grant.allows(demand, index)
  }

  /**
   * Whether a chunk that was asked for is to be had from somebody else by now: as it is overdue and the viewer waits, or as
   * it will not come in time by what its neighbour gave lately, while there is time left for the origin.
   */
  #isLate(demand: Demand, index: ChunkIndex, neighbour: Neighbour): boolean {
    const { nowMs } = this.#s
    if (neighbour.unchecked.has(index)) return false
    const ask = neighbour.asks.get(index)
    if (!ask || neighbour.isSilent(nowMs)) return true
    const deadlineMs = this.#deadlineMs(demand, index)
    const isUrgent = !demand.isPlayed || deadlineMs < MARGIN_MS
    const queued = neighbour.queuedAhead(index)
    const spareMs = deadlineMs - this.#grant.leadMs(demand) / 2 - neighbour.promiseMs(queued, nowMs)
    // What it promises grows with the time for which it gives nothing, by that for each chunk ahead.
    const mostMs = demand.isPlayed ? MOST_PATIENCE_MS : Number.POSITIVE_INFINITY
    const lateAtMs = isUrgent
      ? Math.min(ask.lateAtMs, ask.askedAtMs + mostMs)
      : nowMs + spareMs / (queued + 2)
    if (nowMs < lateAtMs) {
      this.#planAgain(lateAtMs)
      return false
    }
    if (isUrgent && demand.isPlayed) this.#asking.letDown(ask.askedAtMs)
    return true
  }

  /** Cancels what the origin gives sooner than the peer that was asked for it. */
  #leaveToOrigin(origin: ChunkRun | undefined): void {
    const { book, line, nowMs } = this.#s
    if (!origin || !line) return
    for (const neighbour of book.neighbours)
      for (const [queued, index] of [...neighbour.asks.keys()].entries()) {
        const originMs = (index + 1 - origin.from) * line.chunkMs
        if (isInRun(index, origin) && originMs < neighbour.promiseMs(queued, nowMs))
          this.#asking.cancel(neighbour, index)
      }
  }

  #isComing(index: ChunkIndex): boolean {
    if (this.#asking.hasAsked(index) || this.#asking.askedFor(index)) return true
    return this.#s.arriving.has(index) || this.#runs.include(index)
  }

  /** A chunk is asked for when there is room, unless that comes too late. */
  #wait(demand: Demand, index: ChunkIndex, { finishMs, queued }: Candidate): void {
    const spareMs = this.#patienceMs(demand, index) - finishMs
    this.#planAgain(this.#s.nowMs + spareMs / (queued + 1))
  }

  #askInstead(candidate: Candidate, index: ChunkIndex, asked: Neighbour | undefined): void {
    if (asked) this.#asking.cancel(asked, index)
    this.#ask(candidate, index)
  }

  #ask(candidate: Candidate, index: ChunkIndex): void {
    this.#asking.ask(candidate, index)
    this.#planAgain(this.#s.nowMs + 2 * candidate.neighbour.finishMs(candidate.queued))
  }

  /** Time until a chunk is played; 0 where that is not known. */
  #deadlineMs(demand: Demand, index: ChunkIndex): number {
    return demand.bufferedMs + (index - demand.cursor) * (demand.chunkMs ?? 0)
  }

  #patienceMs(demand: Demand, index: ChunkIndex): number {
    const leastMs = demand.isPlayed ? PATIENCE_MS : MARGIN_MS
    return Math.max(leastMs, this.#deadlineMs(demand, index) - this.#grant.leadMs(demand))
  }

  #planAgain(atMs: number): void {
    this.againAtMs = Math.min(this.againAtMs ?? atMs, atMs)
  }
}
