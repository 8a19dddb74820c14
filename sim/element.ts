/** A video element and its worker: takes chunks in order, reads some way ahead, plays, and stands still where it has nothing. */

import { ChunkSet } from '../src/core/chunk-set.js'
import { AskAhead } from '../src/core/policy/window.js'
import { type ChunkIndex, type ChunkRun, chunk, run } from '../src/core/units.js'
import type { Film } from './film.js'

/** Chromium takes in about so much of a film before it stops pulling. */
const READ_AHEAD_MS = 18_000
/** It plays once it has so many chunks. */
const START_CHUNKS = 4

export class Element {
  readonly #ask: AskAhead
  readonly #arrived: ChunkSet
  #cursor: ChunkIndex = chunk(0)
  /** Where it was, and when: it plays on from there, or stands still. */
  #mediaMs = 0
  #atMs: number
  #isPlaying = false
  /** When the first picture was there; `undefined` before. */
  startedAtMs: number | undefined
  stalls = 0
  stalledMs = 0

  constructor(
    readonly film: Film,
    nowMs: number,
  ) {
    this.#ask = new AskAhead(run(0, film.chunkCount))
    this.#arrived = new ChunkSet(film.chunkCount)
    this.#atMs = nowMs
  }

  get cursor(): ChunkIndex {
    return this.#cursor
  }

  get isPlaying(): boolean {
    return this.#isPlaying
  }

  get mediaMs(): number {
    return this.#mediaMs
  }

  get isOver(): boolean {
    return this.#mediaMs >= this.film.durationMs - 1e-6
  }

  put(index: ChunkIndex): void {
    this.#arrived.add(index)
  }

  /** Lets time pass; returns what it asks for now. */
  advance(nowMs: number): ChunkRun | undefined {
    const { chunkMs, chunkCount, durationMs } = this.film
    const passedMs = nowMs - this.#atMs
    this.#atMs = nowMs
    if (this.#isPlaying) {
      const playableMs = Math.min(this.#cursor * chunkMs, durationMs)
      this.#mediaMs = Math.min(this.#mediaMs + passedMs, playableMs)
      if (this.#mediaMs >= playableMs && !this.isOver && this.#cursor < chunkCount) {
        this.#isPlaying = false
        this.stalls++
      }
    } else if (this.startedAtMs !== undefined) this.stalledMs += passedMs
    while (
      this.#cursor < chunkCount &&
      this.#cursor * chunkMs < this.#mediaMs + READ_AHEAD_MS &&
      this.#arrived.has(this.#cursor)
    ) {
      this.#cursor = chunk(this.#cursor + 1)
      this.#ask.handedOver()
    }
    const aheadChunks = this.#cursor - Math.floor(this.#mediaMs / chunkMs)
    if (!this.#isPlaying && (aheadChunks >= START_CHUNKS || this.#cursor === chunkCount)) {
      this.#isPlaying = true
      this.startedAtMs ??= nowMs
    }
    const wants = this.#cursor * chunkMs < this.#mediaMs + READ_AHEAD_MS
    return wants ? this.#ask.ask(this.#cursor) : undefined
  }
}
