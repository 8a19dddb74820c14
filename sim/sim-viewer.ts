/** One simulated viewer: the real `Viewer` of `src/core`, driven over lines that carry only sizes. */

import { ChunkSet } from '../src/core/chunk-set.js'
import { TELL_WAIT_MS, Untold } from '../src/core/policy/telling.js'
import { MAX_WANTS, RETRY_MS, UploadQueue } from '../src/core/policy/upload-queue.js'
import { Viewer } from '../src/core/policy/viewer.js'
import type { ViewerAction, ViewerEvent } from '../src/core/policy/viewer-messages.js'
import {
  CHUNK_BYTES,
  type ChunkIndex,
  type ChunkRun,
  chunk,
  chunksIn,
  run,
  runsOf,
} from '../src/core/units.js'
import type { VirtualClock } from './clock.js'
import { Element } from './element.js'
import type { Film } from './film.js'
import { Line } from './line.js'
import type { Origin } from './origin.js'

/** A channel takes this much ahead of the line. */
const CHANNEL_CHUNKS = 4
/** A store answers after this time. */
const STORE_MS = 2
/** A page tells of its playback so often. */
const PLAYBACK_MS = 250
/** The one response of this viewer. */
const DEMAND = 0
/** Nothing limits what is given but the line. */
const UNLIMITED = () => 0

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
  readonly up: Line
  originBytes = 0
  peerBytes = 0
  wastedBytes = 0
  uploadedBytes = 0
  readonly arrivedAtMs: number
  isGone = false
  readonly #uploads: UploadQueue<SimViewer>
  #inChannel = 0
  readonly #untold = new Untold()
  #grant: { to: number; next: number; order: number } | undefined
  #grants = 0
  #wakeAtMs = Number.POSITIVE_INFINITY

  constructor(
    readonly id: string,
    readonly lines: ViewerLines,
    readonly around: Surroundings,
  ) {
    const { clock, film } = around
    this.arrivedAtMs = clock.nowMs()
    this.down = new Line(lines.downBytesPerSecond)
    this.up = new Line(lines.upBytesPerSecond)
    this.element = new Element(film, clock.nowMs())
    this.#uploads = new UploadQueue(film.chunkCount * CHUNK_BYTES)
    this.viewer = new Viewer({
      chunkCount: film.chunkCount,
      held: new ChunkSet(film.chunkCount),
      hasOrigin: true,
      maySearch: true,
    })
    const opened = { id: DEMAND, run: run(0, film.chunkCount), isPlayed: true, origin: undefined }
    this.tell({ type: 'opened', demand: opened })
    this.#tick()
    this.#tellPlayback()
  }

  /** Tells the viewer what happened, and does what it says. */
  tell(event: ViewerEvent): void {
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
      one.tell({ type: 'joined', peer: another.id, maxWants: MAX_WANTS })
      one.tell({ type: 'have', peer: another.id, runs: another.viewer.held.runs() })
    }
  }

  leave(): void {
    this.isGone = true
    this.#grant = undefined
    for (const each of this.neighbours.values()) {
      each.neighbours.delete(this.id)
      each.#uploads.forget(this)
      each.tell({ type: 'left', peer: this.id })
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
      this.tell({ type: 'due' })
    })
  }

  #do(action: ViewerAction): void {
    const { around } = this
    switch (action.type) {
      case 'join':
        return around.join(this)
      case 'want':
        return this.#send(action.peer, other => other.#onWant(this, runsOf(sorted(action.indices))))
      case 'cancel':
        return this.#send(action.peer, other =>
          other.#uploads.cancel(this, runsOf(sorted(action.indices))),
        )
      case 'grant':
        return this.#onGrant(action.run)
      case 'give':
        this.element.put(action.index)
        return this.#tick()
      case 'read':
        // Never at once: the viewer is in the middle of an answer.
        around.clock.after(STORE_MS, () => {
          for (const index of chunksIn(action.runs))
            this.tell({ type: 'found', demand: action.demand, index })
        })
        return
      case 'tell-have':
        if (this.#untold.gained(action.index))
          around.clock.after(TELL_WAIT_MS, () => this.#tellHave())
    }
  }

  #send(peer: string, act: (other: SimViewer) => void): void {
    const other = this.neighbours.get(peer)
    if (!other) return
    this.around.clock.after(this.lines.latencyMs, () => {
      if (!other.isGone) act(other)
    })
  }

  #tellHave(): void {
    const runs = this.#untold.take()
    for (const id of this.neighbours.keys())
      this.#send(id, other => other.tell({ type: 'have', peer: this.id, runs }))
  }

  #onWant(from: SimViewer, runs: readonly ChunkRun[]): void {
    const refused = this.#uploads.want(from, runs)
    if (refused.length > 0) this.#refuse(from, refused, RETRY_MS)
    this.#serve()
  }

  #refuse(to: SimViewer, runs: readonly ChunkRun[], retryMs: number): void {
    this.#send(to.id, other => other.tell({ type: 'busy', peer: this.id, runs, retryMs }))
  }

  /** Puts chunks on the line in turn, as long as the channels take them. */
  #serve(): void {
    for (let isBusy = true; isBusy; ) {
      isBusy = false
      for (const to of this.neighbours.values()) {
        if (this.#inChannel >= CHANNEL_CHUNKS) return
        const serving = this.#uploads.serve(to, UNLIMITED)
        if (serving?.type === 'refuse') this.#refuse(to, serving.runs, serving.retryMs)
        if (serving?.type !== 'give') continue
        isBusy = true
        this.#give(to, serving.index)
      }
    }
  }

  #give(to: SimViewer, index: ChunkIndex): void {
    const { clock } = this.around
    this.#uploads.settle(to, index)
    this.#uploads.gave(to, CHUNK_BYTES)
    this.#inChannel++
    this.uploadedBytes += CHUNK_BYTES
    const leftAtMs = this.up.pass(CHUNK_BYTES, clock.nowMs())
    clock.at(leftAtMs, () => {
      this.#inChannel--
      if (this.isGone) return
      this.#serve()
      const cameAtMs = to.down.pass(CHUNK_BYTES, clock.nowMs() + this.lines.latencyMs)
      clock.at(cameAtMs, () => to.#onChunk(this, index))
    })
  }

  #onChunk(from: SimViewer, index: ChunkIndex): void {
    if (this.isGone) return
    if (this.viewer.held.has(index)) this.wastedBytes += CHUNK_BYTES
    else this.peerBytes += CHUNK_BYTES
    this.tell({ type: 'arrived', peer: from.id, index })
    this.tell({ type: 'kept', peer: from.id, index })
  }

  /** A grant that goes on where the last one is makes it longer or shorter; any other takes its place. */
  #onGrant(granted: ChunkRun | undefined): void {
    const current = this.#grant
    if (!granted) this.#grant = undefined
    else if (current && granted.from <= current.next && current.next < granted.to)
      current.to = granted.to
    else {
      this.#grant = { to: granted.to, next: granted.from, order: this.#grants++ }
      const { origin, clock } = this.around
      origin.requests++
      const { order } = this.#grant
      clock.after(2 * this.lines.latencyMs + origin.latencyMs, () => this.#fetch(order))
    }
  }

  #fetch(order: number): void {
    const grant = this.#grant
    if (!grant || grant.order !== order || this.isGone) return
    const { clock, origin } = this.around
    if (grant.next >= grant.to) {
      this.#grant = undefined
      return this.tell({ type: 'origin-ended', demand: DEMAND })
    }
    const index = chunk(grant.next++)
    const cameAtMs = this.down.pass(CHUNK_BYTES, origin.line.pass(CHUNK_BYTES, clock.nowMs()))
    clock.at(cameAtMs, () => {
      if (this.isGone) return
      origin.sent(index)
      this.originBytes += CHUNK_BYTES
      if (this.viewer.held.has(index)) this.wastedBytes += CHUNK_BYTES
      this.element.put(index)
      this.tell({ type: 'fetched', demand: DEMAND, index })
      this.tell({ type: 'kept', index })
      this.#tick()
      this.#fetch(order)
    })
  }

  /** Lets the element go on, and asks for what it lacks. */
  #tick(): void {
    if (this.isGone) return
    const { clock } = this.around
    const asked = this.element.advance(clock.nowMs())
    if (asked)
      this.tell({ type: 'needed', demand: DEMAND, cursor: this.element.cursor, runs: [asked] })
  }

  #tellPlayback(): void {
    if (this.isGone) return
    const { clock, film, ended } = this.around
    this.#tick()
    const { isPlaying, mediaMs, startedAtMs, isOver } = this.element
    if (isOver) return ended(this)
    if (startedAtMs !== undefined)
      this.tell({
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
    clock.after(PLAYBACK_MS, () => this.#tellPlayback())
  }
}

const sorted = (indices: readonly ChunkIndex[]): ChunkIndex[] => [...indices].sort((a, b) => a - b)
