/** What the neighbours are told that this viewer gives: all that it holds, until it gives no more. */

import type { ChunkSet } from '../core/chunk-set.js'
import { HAVE_WAIT_MS, HaveQueue } from '../core/peers/have-queue.js'
import type { ChunkIndex, ChunkRun } from '../core/units.js'
import type { Link } from './link.js'
import type { Role } from './messages.js'

export class OfferedChunks {
  readonly #queue = new HaveQueue()
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param role - what this viewer is now: one over its upload limit gives no more */
  constructor(
    readonly links: ReadonlyMap<string, Link>,
    public role: Role,
  ) {}

  /** Sends a neighbour all that there is. */
  introduce(link: Link, held: ChunkSet): void {
    const runs = this.role === 'provider' ? held.runs() : []
    if (runs.length > 0) link.have(runs)
  }

  gained(index: ChunkIndex): void {
    if (this.#queue.gained(index)) this.#timer = setTimeout(() => this.#sendQueued(), HAVE_WAIT_MS)
  }

  lost(runs: readonly ChunkRun[]): void {
    this.#queue.lost(runs)
    if (this.role === 'receiver') return
    for (const link of this.links.values()) if (link.remote) link.lost(runs)
  }

  /** Takes back every offer. */
  stop(held: ChunkSet): void {
    this.lost(held.runs())
    this.role = 'receiver'
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #sendQueued(): void {
    const runs = this.#queue.take()
    if (this.role === 'receiver') return
    for (const link of this.links.values()) if (link.remote) link.have(runs)
  }
}
