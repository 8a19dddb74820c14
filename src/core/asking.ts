/** Who of the neighbours is asked for a chunk, and what each is asked for, or let off, by one plan. */

import type { Situation } from './situation.js'
import type { Neighbour } from './source-book.js'
import type { ChunkIndex } from './units.js'

/** Where nobody waits, neighbours that take no more than so many times as long as the fastest are as good. */
const ALIKE = 3

export interface Best {
  readonly neighbour: Neighbour
  /** Time until it has the chunk here, as far as that can be counted on. */
  readonly finishMs: number
  readonly hasRoom: boolean
}

export class Asking {
  readonly wants = new Map<string, ChunkIndex[]>()
  readonly cancels = new Map<string, ChunkIndex[]>()
  /** Neighbours that may be asked: neither silent nor refusing. */
  readonly usable: readonly Neighbour[]
  /** When a neighbour was asked, the last time that a viewer waited for one in vain: who gave nothing since may be no better. */
  letDownSinceMs: number | undefined

  readonly #s: Situation
  /** Chunks asked for, or given up. */
  readonly #asked = new Set<ChunkIndex>()
  readonly #cancelled = new Set<ChunkIndex>()

  constructor(situation: Situation) {
    this.#s = situation
    const { book, nowMs } = situation
    this.usable = [...book.neighbours].filter(
      each => !each.isSilent(nowMs) && !each.isRefusing(nowMs) && each.maxWants > 0,
    )
  }

  hasAsked(index: ChunkIndex): boolean {
    return this.#asked.has(index)
  }

  ask({ id }: Neighbour, index: ChunkIndex): void {
    push(this.wants, id, index)
    this.#asked.add(index)
  }

  cancel({ id }: Neighbour, index: ChunkIndex): void {
    if (this.#cancelled.has(index)) return
    this.#cancelled.add(index)
    push(this.cancels, id, index)
  }

  /** A viewer waited in vain for what a neighbour was asked for then. */
  letDown(askedAtMs: number): void {
    this.letDownSinceMs = Math.max(this.letDownSinceMs ?? askedAtMs, askedAtMs)
  }

  /**
   * The neighbour that has the chunk here first, counting what it was asked for already. Where nobody waits, the one
   * that gave least of those that are about as fast: none is to be worn out for others. Who waits is not made to wait
   * for one that may give nothing: a stranger shows with other chunks what it is, and so does who was there when
   * another let him down.
   */
  bestFor(index: ChunkIndex, except?: Neighbour, isWaiting = false): Best | undefined {
    const { nowMs, isOriginOpen } = this.#s
    const mayBeAnybody = !isWaiting || !isOriginOpen
    const able = this.usable
      .filter(each => each !== except && each.pipeline > 0 && each.has.has(index))
      .filter(each => mayBeAnybody || (each.isProven && each.hasGivenSince(this.#letDownSinceMs)))
      .map(neighbour => ({
        neighbour,
        finishMs: neighbour.promiseMs(this.queuedAt(neighbour), nowMs),
        hasRoom: neighbour.pipeline > this.queuedAt(neighbour),
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

  queuedAt({ id, asks }: Neighbour): number {
    return asks.size - (this.cancels.get(id)?.length ?? 0) + (this.wants.get(id)?.length ?? 0)
  }

  /** Room for what is not needed yet: the rest stays free for what will be. */
  spareOf(neighbour: Neighbour): number {
    return Math.ceil(neighbour.pipeline / 2) - this.queuedAt(neighbour)
  }

  get #letDownSinceMs(): number {
    const before = this.#s.book.letDownSinceMs
    return Math.max(before, this.letDownSinceMs ?? before)
  }

  /** Chunks that a neighbour gave, or is to give. */
  #shareOf(neighbour: Neighbour): number {
    return neighbour.gaveChunks + this.queuedAt(neighbour)
  }
}

function push(lists: Map<string, ChunkIndex[]>, id: string, index: ChunkIndex): void {
  const list = lists.get(id)
  if (list) list.push(index)
  else lists.set(id, [index])
}
