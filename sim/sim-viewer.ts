/** One simulated viewer: the real `Viewer` of `src/core`, driven over lines that carry only sizes. */

import { ChunkSet } from '../src/core/chunk-set.js'
import { HAVE_WAIT_MS, HaveQueue } from '../src/core/peers/have-queue.js'
import { MAX_WANTS } from '../src/core/peers/upload-queue.js'
import { Viewer } from '../src/core/policy/viewer.js'
import type { ViewerAction, ViewerEvent } from '../src/core/policy/viewer-messages.js'
import { CHUNK_BYTES, type ChunkIndex, chunksIn, run, runsOf } from '../src/core/units.js'
import type { VirtualClock } from './clock.js'
import { Element } from './element.js'
import type { Film } from './film.js'
import { Line } from './line.js'
import type { Origin } from './origin.js'
import { OriginFetch } from './origin-fetch.js'
import { Uploads } from './uploads.js'

/** A store answers after this time. */
const STORE_MS = 2
/** How often a page reports its playback. */
const PLAYBACK_MS = 250
/** The one response of this viewer. */
const DEMAND = 0

export interface ViewerLines {
  readonly downBytesPerSecond: number
  readonly upBytesPerSecond: number
  /** One way, to anybody. */
  readonly latencyMs: number
}

/** What is around a viewer. */
export interface Surroundings {
  readonly clock: VirtualClock
  readonly film: Film
  readonly origin: Origin
  /** Looks for neighbours. */
  join(viewer: SimViewer): void
  /** It has watched to the end. */
  ended(viewer: SimViewer): void
}

export class SimViewer {
  readonly viewer: Viewer
  readonly element: Element
  readonly neighbours = new Map<string, SimViewer>()
  readonly down: Line
  originBytes = 0
  peerBytes = 0
  wastedBytes = 0
  readonly arrivedAtMs: number
  isGone = false
  readonly #uploads: Uploads<SimViewer>
  readonly #fetch: OriginFetch
  readonly #haveQueue = new HaveQueue()
  #wakeAtMs = Number.POSITIVE_INFINITY

  constructor(
    readonly id: string,
    readonly lines: ViewerLines,
    readonly around: Surroundings,
  ) {
    const { clock, film, origin } = around
    const { latencyMs } = lines
    this.arrivedAtMs = clock.nowMs()
    this.down = new Line(lines.downBytesPerSecond)
    this.element = new Element(film, clock.nowMs())
    this.#uploads = new Uploads<SimViewer>({
      clock,
      line: new Line(lines.upBytesPerSecond),
      sizeBytes: film.chunkCount * CHUNK_BYTES,
      peers: () => this.neighbours.values(),
      sent: (to, index) => {
        const cameAtMs = to.down.pass(CHUNK_BYTES, clock.nowMs() + latencyMs)
        clock.at(cameAtMs, () => to.#onChunk(this, index))
      },
      refuse: (to, runs, retryMs) =>
        this.#send(to.id, other => other.handle({ type: 'busy', peer: this.id, runs, retryMs })),
    })
    this.#fetch = new OriginFetch({
      ...{ clock, origin, latencyMs, down: this.down },
      came: index => this.#onFetched(index),
      ended: () => this.handle({ type: 'origin-ended', demand: DEMAND }),
    })
    this.viewer = new Viewer({
      chunkCount: film.chunkCount,
      held: new ChunkSet(film.chunkCount),
      hasOrigin: true,
      maySearch: true,
    })
    const opened = { id: DEMAND, run: run(0, film.chunkCount), isPlayed: true, origin: undefined }
    this.handle({ type: 'opened', demand: opened })
    this.#tick()
    this.#reportPlayback()
  }

  /** Passes an event to the policy, and does its actions. */
  handle(event: ViewerEvent): void {
    if (this.isGone) return
    for (const action of this.viewer.on(event, this.around.clock.nowMs())) this.#do(action)
    this.#wake()
  }

  /** Says hello to each other. */
  meet(other: SimViewer): void {
    for (const [one, another] of [
      [this, other],
      [other, this],
    ] as const) {
      one.neighbours.set(another.id, another)
      one.handle({ type: 'joined', peer: another.id, maxWants: MAX_WANTS })
      one.handle({ type: 'have', peer: another.id, runs: another.viewer.held.runs() })
    }
  }

  leave(): void {
    this.isGone = true
    this.#fetch.stop()
    this.#uploads.stop()
    for (const each of this.neighbours.values()) {
      each.neighbours.delete(this.id)
      each.#uploads.forget(this)
      each.handle({ type: 'left', peer: this.id })
    }
    this.neighbours.clear()
  }

  #wake(): void {
    const { dueAtMs } = this.viewer
    if (dueAtMs === undefined || dueAtMs >= this.#wakeAtMs) return
    const { clock } = this.around
    this.#wakeAtMs = Math.max(dueAtMs, clock.nowMs())
    clock.at(dueAtMs, () => {
      if (this.#wakeAtMs > clock.nowMs()) return
      this.#wakeAtMs = Number.POSITIVE_INFINITY
      this.handle({ type: 'due' })
    })
  }

  #do(action: ViewerAction): void {
    const { around } = this
    switch (action.type) {
      case 'join':
        return around.join(this)
      case 'want':
        return this.#send(action.peer, other =>
          other.#uploads.want(this, runsOf(sorted(action.indices))),
        )
      case 'cancel':
        return this.#send(action.peer, other =>
          other.#uploads.cancel(this, runsOf(sorted(action.indices))),
        )
      case 'grant':
        return this.#fetch.grant(action.run)
      case 'give':
        this.element.put(action.index)
        return this.#tick()
      case 'read':
        // Never at once: the viewer is in the middle of an answer.
        around.clock.after(STORE_MS, () => {
          for (const index of chunksIn(action.runs))
            this.handle({ type: 'found', demand: action.demand, index })
        })
        return
      case 'send-have':
        if (this.#haveQueue.gained(action.index))
          around.clock.after(HAVE_WAIT_MS, () => this.#sendHave())
    }
  }

  #send(peer: string, act: (other: SimViewer) => void): void {
    const other = this.neighbours.get(peer)
    if (!other) return
    this.around.clock.after(this.lines.latencyMs, () => {
      if (!other.isGone) act(other)
    })
  }

  #sendHave(): void {
    const runs = this.#haveQueue.take()
    for (const id of this.neighbours.keys())
      this.#send(id, other => other.handle({ type: 'have', peer: this.id, runs }))
  }

  #onChunk(from: SimViewer, index: ChunkIndex): void {
    if (this.isGone) return
    if (this.viewer.held.has(index)) this.wastedBytes += CHUNK_BYTES
    else this.peerBytes += CHUNK_BYTES
    this.handle({ type: 'arrived', peer: from.id, index })
    this.handle({ type: 'kept', peer: from.id, index })
  }

  #onFetched(index: ChunkIndex): void {
    this.originBytes += CHUNK_BYTES
    if (this.viewer.held.has(index)) this.wastedBytes += CHUNK_BYTES
    this.element.put(index)
    this.handle({ type: 'fetched', demand: DEMAND, index })
    this.handle({ type: 'kept', index })
    this.#tick()
  }

  /** Lets the element go on, and asks for what it lacks. */
  #tick(): void {
    if (this.isGone) return
    const { clock } = this.around
    const asked = this.element.advance(clock.nowMs())
    if (asked)
      this.handle({ type: 'needed', demand: DEMAND, cursor: this.element.cursor, runs: [asked] })
  }

  #reportPlayback(): void {
    if (this.isGone) return
    const { clock, film, ended } = this.around
    this.#tick()
    const { isPlaying, mediaMs, startedAtMs, isOver } = this.element
    if (isOver) return ended(this)
    if (startedAtMs !== undefined)
      this.handle({
        type: 'playback',
        playback: {
          isPlaying: true,
          isStarved: !isPlaying,
          isSeeking: false,
          currentMs: mediaMs,
          durationMs: film.durationMs,
          reachedMs: this.element.cursor * film.chunkMs,
          rate: 1,
        },
      })
    clock.after(PLAYBACK_MS, () => this.#reportPlayback())
  }
}

const sorted = (indices: readonly ChunkIndex[]): ChunkIndex[] => [...indices].sort((a, b) => a - b)
