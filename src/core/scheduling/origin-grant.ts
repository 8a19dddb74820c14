/** How much the origin gives: at once what a start takes, then no further ahead than neighbours make it worth. */

import { FIRST_GRANT_CHUNKS } from '../policy/first-grant.js'
import { type ChunkIndex, type ChunkRun, chunk } from '../units.js'
import type { Neighbour } from './neighbour.js'
import type { OriginRuns } from './origin-runs.js'
import type { Demand, Situation } from './situation.js'

/** The origin is asked for no less than this at a time, so that it sees few requests: 256 KiB. */
const ORIGIN_STEP_CHUNKS = 4
/** While neighbours are looked for, which takes seconds, the origin keeps the viewer this far ahead and no further. */
const SEARCHING_AHEAD_MS = 4_000
/** With neighbours, the origin gives what none of them holds this far ahead. */
const SWARM_AHEAD_MS = 15_000
/** The origin is not asked again before less than this share of the way ahead is there: each step is a request. */
const REFILL_SHARE = 0.5
/** A run of the origin is cut short for a neighbour only where that saves at least this much. */
const LEAST_CUT_CHUNKS = 4
/** So many chunks in a row that are held are read past rather than that the origin is asked again behind them. */
const MOST_PASSED_CHUNKS = 4
/** A viewer with less ahead than so many ways to the origin and back has no time for asking it once for each gap. */
const GAP_LATENCIES = 3
/** A run is cut for a neighbour only where so many ways are left to ask the origin after all. */
const CUT_LATENCIES = 2
/** A video that opens more responses before its head is read looks for an index that the film does not have. */
const MOST_HEAD_JUMPS = 4
/** The origin is asked no later than this ahead of a chunk's deadline. */
const LEAST_LEAD_MS = 1_000

export class OriginGrant {
  readonly #s: Situation
  readonly #usable: readonly Neighbour[]
  readonly #runs: OriginRuns

  constructor(situation: Situation, usable: readonly Neighbour[], runs: OriginRuns) {
    this.#s = situation
    this.#usable = usable.filter(each => each.pipeline > 0)
    this.#runs = runs
  }

  /**
   * How far ahead of a chunk's deadline the origin must be asked for it, even if a peer was asked before, so that it comes in
   * time: the more, the less faster than the film its line is, as each step has to be made up for by that.
   */
  leadMs({ chunkMs }: Demand): number {
    const { line } = this.#s
    if (!line || chunkMs === undefined) return LEAST_LEAD_MS
    const spare = 1 - line.chunkMs / chunkMs
    const stepMs = line.latencyMs + ORIGIN_STEP_CHUNKS * line.chunkMs
    const mostMs = SWARM_AHEAD_MS * REFILL_SHARE
    return spare <= 0 ? mostMs : Math.min(mostMs, Math.max(LEAST_LEAD_MS, (2 * stepMs) / spare))
  }

  /** Whether the origin may be asked for a chunk that no neighbour gives in time. */
  allows(demand: Demand, index: ChunkIndex): boolean {
    return !this.#isPaced(demand) || index < this.#limit(demand, REFILL_SHARE)
  }

  /** How far a run that starts at `index` goes: as far as it is granted, and not into what others give. */
  end(demand: Demand, index: ChunkIndex): ChunkIndex {
    const limit = this.#isPaced(demand)
      ? Math.max(this.#limit(demand, 1), index + ORIGIN_STEP_CHUNKS)
      : demand.run.to
    const to = Math.min(limit, demand.run.to, this.#othersFrom(demand, index))
    return chunk(Math.max(to, index + 1))
  }

  /**
   * What is left of the origin's run, without what is held by now or a neighbour can give instead. A few chunks that others
   * gave meanwhile are read past: a new request would take a round trip, and a peer that gives each chunk just before the
   * origin does could put it off for ever.
   */
  shortened(demand: Demand): ChunkRun | undefined {
    const { origin } = demand
    if (!origin) return undefined
    const needed = this.#s.held.next(origin.from, false)
    if (needed >= origin.to) return undefined
    const isPassed = needed - origin.from <= MOST_PASSED_CHUNKS
    const others = this.#othersFrom(demand, isPassed ? needed : origin.from)
    const to = chunk(Math.min(origin.to, others))
    if (origin.to - to < LEAST_CUT_CHUNKS) return origin
    return to > origin.from ? { from: origin.from, to } : undefined
  }

  /**
   * The first chunk from `index` on that is held, that a neighbour has a little further on and gives in time, or with which
   * the origin's run for another demand begins.
   */
  #othersFrom(demand: Demand, index: ChunkIndex): number {
    const { cursor, bufferedMs, chunkMs = Number.POSITIVE_INFINITY } = demand
    const askAgainMs = CUT_LATENCIES * (this.#s.line?.latencyMs ?? 0)
    const leadMs = this.leadMs(demand) - LEAST_LEAD_MS + askAgainMs
    const theirs = this.#usable.map(each => {
      const inTimeMs = leadMs + each.promiseMs(each.asks.size, this.#s.nowMs)
      const inTime = cursor + Math.ceil((inTimeMs - bufferedMs) / chunkMs)
      return each.has.next(chunk(Math.max(index + LEAST_CUT_CHUNKS, inTime)), true)
    })
    const begun = this.#s.demands
      .filter(each => each !== demand)
      .map(each => this.#runs.of(each)?.from ?? 0)
      .filter(from => from > index)
    return Math.min(this.#heldFrom(demand, index), ...theirs, ...begun)
  }

  /**
   * The first chunk from `index` on that is held. Where a viewer has less ahead than asking again may take, a few are read
   * past: else each gap between them would cost the viewer a round trip to the origin.
   */
  #heldFrom(
    { isPlayed, bufferedMs, chunkMs = 0, cursor, run }: Demand,
    index: ChunkIndex,
  ): ChunkIndex {
    const { held, line } = this.#s
    let from = held.next(index, true)
    if (!isPlayed) return from
    const askingMs = line ? GAP_LATENCIES * line.latencyMs : LEAST_LEAD_MS
    for (;;) {
      const needed = held.next(from, false)
      const isFar = needed - from > MOST_PASSED_CHUNKS || needed >= run.to
      if (isFar || bufferedMs + (needed - cursor) * chunkMs > askingMs) return from
      from = held.next(needed, true)
    }
  }

  #isPaced({ isPlayed }: Demand): boolean {
    return isPlayed && this.#aheadMs() !== undefined
  }

  /** First chunk that the origin may not give, where it may be this share of the whole way ahead. */
  #limit(demand: Demand, share: number): number {
    // Until its head is read nobody knows how much of the film that takes: as much again as it has been given.
    if (demand.chunkMs === undefined) {
      if (this.#s.jumps > MOST_HEAD_JUMPS) return demand.run.to
      return demand.cursor + Math.max(FIRST_GRANT_CHUNKS, this.#s.handedChunks)
    }
    const aheadMs = Math.max((this.#aheadMs() ?? 0) * share, this.leadMs(demand))
    const ahead = Math.ceil((aheadMs - demand.bufferedMs) / demand.chunkMs)
    return Math.max(demand.run.from + FIRST_GRANT_CHUNKS, demand.cursor + ahead)
  }

  /** How far ahead of the playhead the origin may be; nothing: as far as the video asks. */
  #aheadMs(): number | undefined {
    if (this.#s.swarm === 'searching') return SEARCHING_AHEAD_MS
    return this.#s.swarm === 'over' && this.#s.book.size > 0 ? SWARM_AHEAD_MS : undefined
  }
}
