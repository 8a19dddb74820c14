/** Drives a viewer's policy by a virtual clock, and notes what it says. */

import { VirtualClock } from '../../../../sim/clock.js'
import { ChunkSet } from '../../../../src/core/chunk-set.js'
import type { Opened } from '../../../../src/core/policy/open-demand.js'
import type { Playback } from '../../../../src/core/policy/playback.js'
import { Viewer, type ViewerOptions } from '../../../../src/core/policy/viewer.js'
import type { ViewerAction, ViewerEvent } from '../../../../src/core/policy/viewer-messages.js'
import { type ChunkRun, chunk, run } from '../../../../src/core/units.js'
import { playbackOf } from './playbacks.js'

/** A film of 100 chunks and 100 seconds. */
export const CHUNKS = 100

type Of<Type extends ViewerAction['type']> = Extract<ViewerAction, { type: Type }>

export interface DriverOptions extends Partial<Omit<ViewerOptions, 'held' | 'chunkCount'>> {
  readonly held?: readonly ChunkRun[]
  /** Called with each action when it is said. */
  readonly onAction?: (action: ViewerAction, driver: Driver) => void
}

export class Driver {
  readonly clock = new VirtualClock()
  readonly viewer: Viewer
  readonly said: (ViewerAction & { readonly atMs: number })[] = []
  readonly #onAction: DriverOptions['onAction']
  #unplan = () => {}

  constructor({ held = [], onAction, ...options }: DriverOptions = {}) {
    this.viewer = new Viewer({
      ...{ chunkCount: CHUNKS, held: new ChunkSet(CHUNKS, held), hasOrigin: true, maySearch: true },
      ...options,
    })
    this.#onAction = onAction
    this.pass(1_000)
  }

  /** Passes events that happen now; `due` comes by itself. */
  handle(...events: readonly ViewerEvent[]): void {
    for (const event of events) {
      const actions = this.viewer.on(event, this.clock.nowMs())
      for (const action of actions) {
        this.said.push({ ...action, atMs: this.clock.nowMs() })
        this.#onAction?.(action, this)
      }
      this.#unplan()
      const { dueAtMs } = this.viewer
      if (dueAtMs !== undefined)
        this.#unplan = this.clock.at(dueAtMs, () => this.handle({ type: 'due' }))
    }
  }

  open(opened: Partial<Opened> = {}): void {
    const demand = { id: 0, run: run(0, CHUNKS), isPlayed: true, origin: undefined, ...opened }
    this.handle({ type: 'opened', demand })
  }

  /** A response lacks chunks, of which its video was not given the first. */
  need(from: number, to: number, { cursor = from, demand = 0 } = {}): void {
    this.handle({ type: 'needed', demand, cursor: chunk(cursor), runs: [run(from, to)] })
  }

  play(currentMs = 0, more: Partial<Playback> = {}): void {
    this.handle({ type: 'playback', playback: playbackOf(currentMs, more) })
  }

  /** A neighbour comes that has these chunks. */
  meet(peer: string, ...runs: readonly ChunkRun[]): void {
    this.handle({ type: 'joined', peer, maxWants: 64 })
    if (runs.length > 0) this.handle({ type: 'have', peer, runs })
  }

  /** The origin gives chunks, which are true. */
  fetch(from: number, to: number, demand = 0): void {
    for (let index = chunk(from); index < to; index = chunk(index + 1))
      this.handle({ type: 'fetched', demand, index }, { type: 'kept', index })
  }

  /** A neighbour gives a chunk, which is true. */
  give(peer: string, index: number): void {
    this.handle(
      { type: 'arrived', peer, index: chunk(index) },
      { type: 'kept', peer, index: chunk(index) },
    )
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.clock.run(this.clock.nowMs() + ms)
  }

  /** What was said of a kind, so far. */
  all<Type extends ViewerAction['type']>(type: Type): (Of<Type> & { readonly atMs: number })[] {
    return this.said.filter(
      (each): each is Of<Type> & { readonly atMs: number } => each.type === type,
    )
  }

  count(type: ViewerAction['type']): number {
    return this.all(type).length
  }
}
