/** Films that play without a browser: as fast as a clock says. */

import type { Playback } from '../../../src/core/policy/playback.js'
import type { Clock } from '../../../src/engine/clock.js'
import type { PlaybackSource } from '../../../src/engine/playback-source.js'

/** Browsers report what plays some four times a second. */
const REPORT_MS = 250

interface Film {
  readonly durationMs: number
  isPlaying: boolean
  /** Where it was, and when. */
  fromMs: number
  atMs: number
}

export class MemoryPlayback implements PlaybackSource {
  readonly #films = new Map<string, Film>()
  readonly #watchers = new Set<(url: string) => void>()

  constructor(readonly clock: Clock) {}

  read(url: string): Playback | undefined {
    const film = this.#films.get(url)
    if (!film) return undefined
    return {
      isPlaying: film.isPlaying,
      isStarved: false,
      isSeeking: false,
      currentMs: this.#currentMs(film),
      durationMs: film.durationMs,
      reachedMs: film.durationMs,
      rate: 1,
    }
  }

  isShown(url: string): boolean {
    return this.#films.has(url)
  }

  watch(onChange: (url: string) => void): () => void {
    // Another each time, though the same is given twice.
    const watcher = (url: string) => onChange(url)
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  show(url: string, durationMs: number): void {
    this.#films.set(url, { durationMs, isPlaying: false, fromMs: 0, atMs: this.clock.nowMs() })
  }

  remove(url: string): void {
    this.#films.delete(url)
  }

  play(url: string): void {
    this.#change(url, { isPlaying: true })
    this.#reportOn(url)
  }

  pause(url: string): void {
    this.#change(url, { isPlaying: false })
  }

  seek(url: string, ms: number): void {
    this.#change(url, { fromMs: ms })
  }

  #change(url: string, change: Partial<Film>): void {
    const film = this.#films.get(url)
    if (!film) return
    Object.assign(film, { fromMs: this.#currentMs(film), atMs: this.clock.nowMs() }, change)
    this.#report(url)
  }

  #currentMs({ isPlaying, fromMs, atMs, durationMs }: Film): number {
    return Math.min(fromMs + (isPlaying ? this.clock.nowMs() - atMs : 0), durationMs)
  }

  #reportOn(url: string): void {
    this.clock.after(REPORT_MS, () => {
      if (!this.#films.get(url)?.isPlaying) return
      this.#report(url)
      this.#reportOn(url)
    })
  }

  #report(url: string): void {
    for (const watcher of this.#watchers) watcher(url)
  }
}
