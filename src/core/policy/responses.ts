/** The open responses of a resource: what they lack, what is on its way to them, and how much they were given. */

import type { ChunkIndex } from '../units.js'
import { OpenDemand, type Opened } from './open-demand.js'

/** A loader is taken for a viewer once it has had this much: 1 MiB. */
const JOIN_CHUNKS = 16

export class Responses {
  readonly #open = new Map<number, OpenDemand>()
  /** What the origin gave, and is not kept yet. */
  readonly #arriving = new Set<ChunkIndex>()
  #handedChunks = 0
  /** Whether a loader has asked, and not only an element. */
  #hasLoader = false
  #jumps = 0

  get open(): ReadonlyMap<number, OpenDemand> {
    return this.#open
  }

  get arriving(): ReadonlySet<ChunkIndex> {
    return this.#arriving
  }

  /** Chunks that the video was given in this visit. */
  get handedChunks(): number {
    return this.#handedChunks
  }

  /** Responses to elements since the film's head was last known: one for each jump of a video that reads it. */
  get jumps(): number {
    return this.#jumps
  }

  /** Whether a loader has had so much that it is taken for a viewer: no element reports when it begins to play. */
  get isLoaderWatching(): boolean {
    return this.#hasLoader && this.#handedChunks >= JOIN_CHUNKS
  }

  /** Whether one waits for what the origin gave to another, and is not kept yet. */
  get isArrivingAwaited(): boolean {
    for (const { missing } of this.#open.values())
      for (const index of missing) if (this.#arriving.has(index)) return true
    return false
  }

  add(opened: Opened, nowMs: number): void {
    this.#open.set(opened.id, new OpenDemand(opened, nowMs))
    this.#hasLoader ||= !opened.isPlayed
    if (opened.isPlayed) this.#jumps++
  }

  /** It is known how long the film plays. */
  headRead(): void {
    this.#jumps = 0
  }

  close(id: number): void {
    this.#open.delete(id)
  }

  /** The origin gave one a chunk, which is on its way to the others. */
  fetched(id: number, index: ChunkIndex, nowMs: number): void {
    this.#open.get(id)?.fetched(index, nowMs)
    this.#arriving.add(index)
  }

  /** A chunk is kept, or is not to be kept after all. */
  arrived(index: ChunkIndex): void {
    this.#arriving.delete(index)
  }

  /** A chunk was given to a video. */
  handed(): void {
    this.#handedChunks++
  }

  /** Takes a chunk off what responses lack; returns those that lacked it. */
  settle(index: ChunkIndex): number[] {
    const waiting = [...this.#open.values()].filter(each => each.missing.delete(index))
    return waiting.map(({ id }) => id)
  }
}
