/** When a viewer plans next. */

import { earliest } from './earliest.js'

/** Plans follow each other no faster than this where nobody waits: each asks a neighbour for several chunks at once. */
const PLAN_PAUSE_MS = 20

export class PlanTime {
  #plannedAtMs = Number.NEGATIVE_INFINITY
  #dueAtMs: number | undefined

  /** When the next plan is due; `undefined`: not before something happens. */
  get dueAtMs(): number | undefined {
    return this.#dueAtMs
  }

  isDue(nowMs: number): boolean {
    return this.#dueAtMs !== undefined && nowMs >= this.#dueAtMs
  }

  /** Something has happened that is planned for at once. */
  atOnce(nowMs: number): void {
    this.#dueAtMs = nowMs
  }

  /** Something has happened that can wait a little, for other news to come with it. */
  soon(nowMs: number): void {
    const atMs = Math.max(nowMs, this.#plannedAtMs + PLAN_PAUSE_MS)
    this.#dueAtMs = Math.min(this.#dueAtMs ?? atMs, atMs)
  }

  /** A plan was made, to be thought over at the earliest of some times. */
  planned(nowMs: number, againAtMs: readonly (number | undefined)[]): void {
    this.#plannedAtMs = nowMs
    const againMs = earliest(againAtMs)
    this.#dueAtMs = againMs === undefined ? undefined : Math.max(againMs, nowMs + PLAN_PAUSE_MS)
  }
}
