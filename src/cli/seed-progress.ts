/** What a seeder does, in one line: rewritten on a terminal, printed once a minute elsewhere. */

import type { Figures } from '../seed/seeder.js'
import { printable } from './printable.js'
import type { BarStream } from './progress-bar.js'

/** On a terminal. */
const REWRITE_MS = 1_000
/** In a log. */
const LOG_MS = 60_000

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
const ERASE_LINE = '\r\x1b[K'

export interface Streams {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: BarStream
}

export class SeedProgress {
  #timer: ReturnType<typeof setInterval> | undefined
  #printed: { readonly givenBytes: number; readonly atMs: number }

  constructor(
    readonly streams: Streams,
    readonly figures: () => Figures,
    readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#printed = { givenBytes: 0, atMs: nowMs() }
  }

  start(): void {
    const { isTTY } = this.streams.stderr
    this.#timer = setInterval(() => this.#print(), isTTY ? REWRITE_MS : LOG_MS)
    this.#timer.unref()
  }

  /** Prints something else, on a line of its own. */
  warn(line: string): void {
    this.#erase()
    this.streams.stderr.write(`swarmtag: ${printable(line)}\n`)
  }

  /** Prints what was given in all. */
  stop(): void {
    if (!this.#timer) return
    clearInterval(this.#timer)
    this.#erase()
    this.streams.stdout.write(`given ${bytesIn(this.figures().givenBytes)}\n`)
  }

  #print(): void {
    const { stdout, stderr } = this.streams
    const figures = this.figures()
    const nowMs = this.nowMs()
    const seconds = (nowMs - this.#printed.atMs) / 1_000
    const rate = seconds > 0 ? (figures.givenBytes - this.#printed.givenBytes) / seconds : 0
    this.#printed = { givenBytes: figures.givenBytes, atMs: nowMs }
    const line = lineOf(figures, rate)
    if (stderr.isTTY) stderr.write(`${ERASE_LINE}${line}`)
    else stdout.write(`${line}\n`)
  }

  #erase(): void {
    if (this.#timer && this.streams.stderr.isTTY) this.streams.stderr.write(ERASE_LINE)
  }
}

export function lineOf({ films, peers, givenBytes, isAnnounced }: Figures, rate: number): string {
  const parts = [
    `${films} ${films === 1 ? 'film' : 'films'}`,
    `${peers} ${peers === 1 ? 'viewer' : 'viewers'}`,
    `${bytesIn(rate)}/s`,
    `${bytesIn(givenBytes)} given`,
  ]
  return `${parts.join(', ')}${isAnnounced ? '' : ' (no tracker has answered yet)'}`
}

/** At most four digits: `1023 B`, `1.5 KiB`. */
export function bytesIn(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1_023.5 && unit < UNITS.length - 1) {
    value /= 1_024
    unit++
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}
