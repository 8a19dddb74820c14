/** Lines for whoever looks for a fault: named by who writes them, and silent unless asked for. */

/** From the least to the most that is written. */
export const LOG_LEVELS = ['off', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** The part of a console that is used, in every browser and in Node. */
interface Console {
  debug(...facts: unknown[]): void
  groupCollapsed(...facts: unknown[]): void
  groupEnd(): void
}

declare const console: Console

let current: LogLevel = 'off'

/** Sets what is written from now on; page and worker each have their own. */
export function setLogLevel(level: LogLevel): void {
  current = level
}

export const isLogLevel = (value: unknown): value is LogLevel =>
  LOG_LEVELS.some(level => level === value)

export interface Logger {
  /** What happens once in a while: a response, a neighbour, a decision. */
  info(...facts: unknown[]): void
  /** What happens to each chunk. */
  debug(...facts: unknown[]): void
}

/** @param name - who writes, e.g. `supply` */
export function logger(name: string): Logger {
  const write =
    (level: LogLevel) =>
    (...facts: unknown[]) => {
      if (LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(current))
        console.debug(`[swarmtag:${name}]`, ...facts)
    }
  return { info: write('info'), debug: write('debug') }
}

/** Names a chunk alike in page and worker, so that its lines can be found. */
export const chunkId = (url: string, index: number): string =>
  `${url.slice(url.lastIndexOf('/') + 1)}#${index}`

/** Gathers what happens to one request, and writes it in one collapsed group once it is over. */
export class LogGroup {
  readonly #lines: string[] = []

  constructor(
    readonly title: string,
    /** Milliseconds from a moment that stays the same. */
    readonly nowMs: () => number,
    readonly startedAtMs = nowMs(),
  ) {}

  line(text: string): void {
    if (current !== 'off')
      this.#lines.push(`${Math.round(this.nowMs() - this.startedAtMs)} ms ${text}`)
  }

  end(outcome: string): void {
    if (current === 'off') return
    console.groupCollapsed(`[swarmtag] ${this.title} ${outcome}`)
    for (const line of this.#lines.splice(0)) console.debug(line)
    console.groupEnd()
  }
}
