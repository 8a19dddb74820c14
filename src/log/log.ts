/** Named, levelled loggers, silent by default. */

/** From the least to the most that is written. */
export const LOG_LEVELS = ['off', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** The methods of a console that are used, in every browser and in Node. */
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

const isWritten = (level: LogLevel): boolean =>
  LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(current)

/** @param name - of the module, e.g. `session` */
export function logger(name: string): Logger {
  const write =
    (level: LogLevel) =>
    (...facts: unknown[]) => {
      if (isWritten(level)) console.debug(`[swarmtag:${name}]`, ...facts)
    }
  return { info: write('info'), debug: write('debug') }
}

/** The id of a chunk in log lines, the same in page and worker. */
export const chunkId = (url: string, index: number): string =>
  `${url.slice(url.lastIndexOf('/') + 1)}#${index}`

/** Collects the lines of one request, and writes them as one collapsed group once it is over. */
export class LogGroup {
  readonly #lines: string[] = []

  /** @param name - as `logger` takes it */
  constructor(
    readonly name: string,
    readonly title: string,
    /** A monotonic clock. */
    readonly nowMs: () => number,
    readonly startedAtMs = nowMs(),
  ) {}

  /** As `Logger` has it. */
  info(text: string): void {
    this.#line('info', text)
  }

  /** As `Logger` has it. */
  debug(text: string): void {
    this.#line('debug', text)
  }

  end(outcome: string): void {
    if (!isWritten('info')) return
    console.groupCollapsed(`[swarmtag:${this.name}] ${this.title} ${outcome}`)
    for (const line of this.#lines.splice(0)) console.debug(line)
    console.groupEnd()
  }

  #line(level: LogLevel, text: string): void {
    if (isWritten(level))
      this.#lines.push(`${Math.round(this.nowMs() - this.startedAtMs)} ms ${text}`)
  }
}
