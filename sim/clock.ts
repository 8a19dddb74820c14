/** Time that passes only from one event to the next. */

import TinyQueue from 'tinyqueue'
import type { Clock } from '../src/engine/clock.js'

interface Entry {
  readonly atMs: number
  /** Of events at the same time the one that was planned first comes first. */
  readonly order: number
  act: () => void
}

export class VirtualClock implements Clock {
  readonly #queue = new TinyQueue<Entry>([], (a, b) => a.atMs - b.atMs || a.order - b.order)
  #nowMs = 0
  #order = 0
  /** Events so far. */
  events = 0

  nowMs(): number {
    return this.#nowMs
  }

  /** Does something at a time; next, if that has passed. The function returned takes it back. */
  at(atMs: number, act: () => void): () => void {
    const entry = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, act }
    this.#queue.push(entry)
    return () => {
      entry.act = () => {}
    }
  }

  after(ms: number, act: () => void): () => void {
    return this.at(this.#nowMs + ms, act)
  }

  /** Runs until a time, or until nothing is left to do. */
  run(untilMs: number): void {
    for (let next = this.#queue.peek(); next && next.atMs <= untilMs; next = this.#queue.peek()) {
      this.#queue.pop()
      this.#nowMs = next.atMs
      this.events++
      next.act()
    }
    if (Number.isFinite(untilMs)) this.#nowMs = untilMs
  }
}
