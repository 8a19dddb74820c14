/** What the origin gives to each response from now on; what it gives to one it gives to all that need it soon. */

import { type ChunkIndex, type ChunkRun, chunk, isInRun } from '../units.js'
import type { Demand, Situation } from './situation.js'

/**
 * So far ahead of where the origin is for one demand, another waits for it rather than ask for itself: 2 MiB, which is what
 * a response asks ahead, so that two that go through a film together have one run.
 */
const SHARED_CHUNKS = 32

export class OriginRuns {
  /** Those that change; `undefined`: the origin may stop. */
  readonly changed = new Map<number, ChunkRun | undefined>()
  /** How far the run for a demand is to be read whether its video wants it or not: another one does. */
  readonly readTo = new Map<number, ChunkIndex>()
  /** Demands that wait for what the origin gives to another. */
  readonly sharing = new Set<number>()
  readonly #s: Situation

  constructor(situation: Situation) {
    this.#s = situation
  }

  /** The run for a demand as far as planned. */
  of({ id, origin }: Demand): ChunkRun | undefined {
    return this.changed.has(id) ? this.changed.get(id) : origin
  }

  set({ id, origin }: Demand, run: ChunkRun | undefined): void {
    if (run?.from !== origin?.from || run?.to !== origin?.to) this.changed.set(id, run)
  }

  /** Whether the origin gives a chunk to any demand. */
  include(index: ChunkIndex): boolean {
    return this.#s.demands.some(each => isInRun(index, this.of(each)))
  }

  /** Whether the origin is about to give a chunk to another demand, which shares it: it is read on for that where need be. */
  comesToAnother(demand: Demand, index: ChunkIndex): boolean {
    const giver = this.#s.demands.find(each => each !== demand && this.#isNear(index, each))
    if (!giver || !this.#s.isOriginOpen) return false
    this.sharing.add(demand.id)
    if (!giver.missing.has(index))
      this.readTo.set(giver.id, chunk(Math.max(index + 1, this.readTo.get(giver.id) ?? 0)))
    return true
  }

  /** Whether the origin gives a chunk to a demand, and soon. */
  #isNear(index: ChunkIndex, demand: Demand): boolean {
    const run = this.of(demand)
    return run !== undefined && isInRun(index, run) && index < run.from + SHARED_CHUNKS
  }
}
