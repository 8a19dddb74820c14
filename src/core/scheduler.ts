/**
 * Decides, chunk by chunk, who is asked: a neighbour or the origin. Looks at facts and returns a plan;
 * sends nothing and reads no clock. The zones are those of docs/decisions/scheduling.md.
 */

import type { ChunkSet } from './chunk-set.js'
import type { Neighbour, SourceBook } from './source-book.js'
import { type ChunkIndex, type ChunkRun, chunk } from './units.js'

/** First chunks of a response that the origin may always give at once: 512 KiB. */
const START_CHUNKS = 8
/** The origin is asked for no less than this at a time, so that it sees few requests: 256 KiB. */
const ORIGIN_STEP_CHUNKS = 4
/** While neighbours are looked for, which takes seconds, the origin keeps the viewer this far ahead and no further. */
const SEARCHING_AHEAD_MS = 4_000
/** With neighbours, the origin gives what none of them holds this far ahead. */
const SWARM_AHEAD_MS = 15_000
/** A chunk is asked of a neighbour if it will be here this long before it is played. */
const MARGIN_MS = 1_000
/** A viewer who waits already waits this much longer for a neighbour before the origin is asked too. */
const PATIENCE_MS = 250
/** A run of the origin is cut short for a neighbour only where that saves at least this much. */
const LEAST_CUT_CHUNKS = 4

/** What one open response of the worker still lacks. */
export interface Demand {
  readonly id: number
  /** First and last chunk of the whole response. */
  readonly run: ChunkRun
  /** First chunk that the video has not been given. */
  readonly cursor: ChunkIndex
  /** Chunks that the worker asked for and does not have, ascending. */
  readonly missing: ReadonlySet<ChunkIndex>
  /** Whether a media element plays it; a loader of the page's own wants everything at once. */
  readonly isPlayed: boolean
  /** Time until the video has played all it was given: 0 where it waits. */
  readonly bufferedMs: number
  /** Playing time of a chunk; nothing where that is not known yet. */
  readonly chunkMs: number | undefined
  /** What the origin was told to give and has not given yet. */
  readonly origin: ChunkRun | undefined
}

/** How far the search for neighbours has come. */
export type SwarmState = 'off' | 'searching' | 'found'

export interface Situation {
  readonly nowMs: number
  readonly book: SourceBook
  readonly held: ChunkSet
  readonly demands: readonly Demand[]
  readonly swarm: SwarmState
  /** Whether the origin may be asked: not with `data-origin="never"`, nor while it fails. */
  readonly isOriginOpen: boolean
  /** First and last chunk that may be fetched ahead of any demand. */
  readonly prefetch: ChunkRun
}

/** What to do now. */
export interface Plan {
  readonly wants: Map<string, ChunkIndex[]>
  readonly cancels: Map<string, ChunkIndex[]>
  /** What the origin shall give to each demand from now on; nothing: it may stop. */
  readonly origin: Map<number, ChunkRun | undefined>
  /** When to plan again if nothing happens until then; nothing: only when something happens. */
  readonly againAtMs: number | undefined
}

/** Plans for all demands, the one whose viewer waits first. */
export function plan(situation: Situation): Plan {
  const planner = new Planner(situation)
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

  constructor(situation: Situation) {
    this.#s = situation
  }

  /** Finds a source for each chunk that a demand lacks, nearest deadline first. */
  serve(demand: Demand): void {
    let origin = this.#shortened(demand)
    for (const index of demand.missing) {
      if (this.#s.held.has(index) || isIn(index, origin)) continue
      if (this.#comesToAnother(demand, index) || this.#isOnTheWay(demand, index)) continue
      const best = this.#bestFor(index)
      const isInTime = best && best.finishMs <= this.#patienceMs(demand, index)
      if (isInTime) {
        if (best.hasRoom) this.#ask(best.neighbour, index)
      } else if (this.#s.isOriginOpen && !origin && this.#isGranted(demand, index)) {
        origin = { from: index, to: this.#grantEnd(demand, index) }
      } else if (best?.hasRoom && !this.#s.isOriginOpen) {
        this.#ask(best.neighbour, index)
      }
    }
    if (origin?.from !== demand.origin?.from || origin?.to !== demand.origin?.to)
      this.origin.set(demand.id, origin)
  }

  /** Fills what room neighbours have left with what comes next in the film. */
  prefetch(): void {
    const { held, prefetch, book, nowMs } = this.#s
    const idle = [...book.neighbours].filter(
      each => !each.isSilent(nowMs) && !each.isRefusing(nowMs),
    )
    let room = idle.reduce((sum, each) => sum + Math.max(0, this.#roomOf(each)), 0)
    let index = held.next(prefetch.from, false)
    while (room > 0 && index < prefetch.to) {
      const best =
        this.#isAsked(index) || this.#isComingFromOrigin(index) ? undefined : this.#bestFor(index)
      if (best?.hasRoom) {
        this.#ask(best.neighbour, index)
        room--
      }
      index = held.next(chunk(index + 1), false)
    }
  }

  /** What is left of the origin's run, without what a neighbour can now give instead. */
  #shortened({ origin }: Demand): ChunkRun | undefined {
    if (!origin || !this.#s.isOriginOpen) return undefined
    let to = origin.to
    for (const neighbour of this.#s.book.neighbours) {
      if (neighbour.isSilent(this.#s.nowMs) || neighbour.isRefusing(this.#s.nowMs)) continue
      const held = neighbour.has.next(chunk(origin.from + LEAST_CUT_CHUNKS), true)
      if (held < to) to = held
    }
    const ownHeld = this.#s.held.next(origin.from, true)
    if (ownHeld < to) to = ownHeld
    return origin.to - to >= LEAST_CUT_CHUNKS ? { from: origin.from, to } : origin
  }

  /** Whether a chunk was asked for and may still come in time. A late one is asked of somebody else. */
  #isOnTheWay(demand: Demand, index: ChunkIndex): boolean {
    const neighbour = this.#s.book.askedFor(index)
    const ask = neighbour?.asks.get(index)
    if (!neighbour || !ask) return false
    const isUrgent = this.#deadlineMs(demand, index) < MARGIN_MS
    const isLate =
      neighbour.isSilent(this.#s.nowMs) ||
      (isUrgent && this.#s.nowMs >= Math.min(ask.lateAtMs, ask.askedAtMs + 2 * PATIENCE_MS))
    if (!isLate) {
      this.#planAgain(
        isUrgent ? Math.min(ask.lateAtMs, ask.askedAtMs + 2 * PATIENCE_MS) : ask.lateAtMs,
      )
      return true
    }
    const other = this.#bestFor(index, neighbour)
    if (!this.#s.isOriginOpen && !other?.hasRoom) return true
    push(this.cancels, neighbour.id, index)
    return false
  }

  /** Whether the origin is about to give a chunk to another demand, which shares it. */
  #comesToAnother(demand: Demand, index: ChunkIndex): boolean {
    return this.#s.demands.some(
      each => each !== demand && each.missing.has(index) && isIn(index, this.#originOf(each)),
    )
  }

  /** What the origin gives to a demand as far as planned. */
  #originOf({ id, origin }: Demand): ChunkRun | undefined {
    return this.origin.has(id) ? this.origin.get(id) : origin
  }

  #isAsked(index: ChunkIndex): boolean {
    if (this.#s.book.askedFor(index)) return true
    for (const wants of this.wants.values()) if (wants.includes(index)) return true
    return false
  }

  #isComingFromOrigin(index: ChunkIndex): boolean {
    return this.#s.demands.some(each => isIn(index, this.#originOf(each)))
  }

  /** The neighbour that has the chunk here first, counting what it was asked for already. */
  #bestFor(index: ChunkIndex, except?: Neighbour): Best | undefined {
    const { book, nowMs } = this.#s
    let best: Best | undefined
    for (const neighbour of book.neighbours) {
      if (neighbour === except || !neighbour.has.has(index)) continue
      if (neighbour.isSilent(nowMs) || neighbour.isRefusing(nowMs)) continue
      const finishMs = neighbour.finishMs(this.#queuedAt(neighbour))
      if (!best || finishMs < best.finishMs)
        best = { neighbour, finishMs, hasRoom: this.#roomOf(neighbour) > 0 }
    }
    return best
  }

  #queuedAt(neighbour: Neighbour): number {
    const cancelled = this.cancels.get(neighbour.id)?.length ?? 0
    return neighbour.asks.size - cancelled + (this.wants.get(neighbour.id)?.length ?? 0)
  }

  #roomOf(neighbour: Neighbour): number {
    return neighbour.pipeline - this.#queuedAt(neighbour)
  }

  #ask(neighbour: Neighbour, index: ChunkIndex): void {
    push(this.wants, neighbour.id, index)
    this.#planAgain(this.#s.nowMs + 2 * neighbour.finishMs(this.#queuedAt(neighbour)))
  }

  /** Time until a chunk is played; 0 where that is not known. */
  #deadlineMs(demand: Demand, index: ChunkIndex): number {
    return demand.bufferedMs + (index - demand.cursor) * (demand.chunkMs ?? 0)
  }

  #patienceMs(demand: Demand, index: ChunkIndex): number {
    const leastMs = demand.isPlayed ? PATIENCE_MS : MARGIN_MS
    return Math.max(leastMs, this.#deadlineMs(demand, index) - MARGIN_MS)
  }

  /** Whether the origin may be asked for a chunk that no neighbour gives in time. */
  #isGranted(demand: Demand, index: ChunkIndex): boolean {
    if (!demand.isPlayed || this.#aheadMs() === undefined) return true
    return index < this.#grantLimit(demand)
  }

  /** How far a run that starts at `index` goes: as far as it is granted, and not into what others give. */
  #grantEnd(demand: Demand, index: ChunkIndex): ChunkIndex {
    const { held, book } = this.#s
    const limit =
      demand.isPlayed && this.#aheadMs() !== undefined
        ? Math.max(this.#grantLimit(demand), index + ORIGIN_STEP_CHUNKS)
        : demand.run.to
    let to = Math.min(limit, demand.run.to, held.next(index, true))
    for (const neighbour of book.neighbours) {
      if (neighbour.isSilent(this.#s.nowMs) || neighbour.isRefusing(this.#s.nowMs)) continue
      to = Math.min(to, neighbour.has.next(chunk(index + LEAST_CUT_CHUNKS), true))
    }
    return chunk(Math.max(to, index + 1))
  }

  /** First chunk that the origin may not give yet. */
  #grantLimit(demand: Demand): number {
    const aheadMs = this.#aheadMs() ?? 0
    if (demand.chunkMs === undefined) return demand.cursor + START_CHUNKS
    const ahead = Math.ceil((aheadMs - demand.bufferedMs) / demand.chunkMs)
    return Math.max(demand.run.from + START_CHUNKS, demand.cursor + ahead)
  }

  /** How far ahead of the playhead the origin may be; nothing: as far as the video asks. */
  #aheadMs(): number | undefined {
    if (this.#s.swarm === 'searching') return SEARCHING_AHEAD_MS
    return this.#s.swarm === 'found' && this.#s.book.size > 0 ? SWARM_AHEAD_MS : undefined
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

const isIn = (index: ChunkIndex, run: ChunkRun | undefined): boolean =>
  run !== undefined && index >= run.from && index < run.to

function push(lists: Map<string, ChunkIndex[]>, id: string, index: ChunkIndex): void {
  const list = lists.get(id)
  if (list) list.push(index)
  else lists.set(id, [index])
}
