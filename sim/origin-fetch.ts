/** What the worker of a simulated viewer fetches from the origin, as far as it is granted. */

import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, chunk } from '../src/core/units.js'
import type { VirtualClock } from './clock.js'
import type { Line } from './line.js'
import type { Origin } from './origin.js'

export interface OriginFetchOptions {
  readonly clock: VirtualClock
  readonly origin: Origin
  /** The viewer's own. */
  readonly down: Line
  /** One way. */
  readonly latencyMs: number
  came(index: ChunkIndex): void
  ended(): void
}

export class OriginFetch {
  #grant: { to: number; next: number; order: number } | undefined
  #grants = 0
  #isStopped = false

  constructor(readonly options: OriginFetchOptions) {}

  /** A grant that goes on where the last one is makes it longer or shorter; any other takes its place. */
  grant(granted: ChunkRun | undefined): void {
    const current = this.#grant
    if (!granted) this.#grant = undefined
    else if (current && granted.from <= current.next && current.next < granted.to)
      current.to = granted.to
    else {
      const { origin, clock, latencyMs } = this.options
      const order = this.#grants++
      this.#grant = { to: granted.to, next: granted.from, order }
      origin.requests++
      clock.after(2 * latencyMs + origin.latencyMs, () => this.#fetch(order))
    }
  }

  /** For good. */
  stop(): void {
    this.#isStopped = true
    this.#grant = undefined
  }

  #fetch(order: number): void {
    const grant = this.#grant
    if (grant?.order !== order) return
    const { clock, origin, down, came, ended } = this.options
    if (grant.next >= grant.to) {
      this.#grant = undefined
      return ended()
    }
    const index = chunk(grant.next++)
    const cameAtMs = down.pass(CHUNK_BYTES, origin.line.pass(CHUNK_BYTES, clock.nowMs()))
    clock.at(cameAtMs, () => {
      if (this.#isStopped) return
      origin.sent(index)
      came(index)
      this.#fetch(order)
    })
  }
}
