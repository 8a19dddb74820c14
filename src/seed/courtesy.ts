/** How a site is asked: a few questions at a time, and none for a while after it failed. */

import pLimit from 'p-limit'
import { SwarmtagError } from '../core/errors.js'

/** A browser asks six at a time, for a person who waits. */
const QUESTIONS_AT_ONCE = 2
/** The pause after the first failure; it doubles with each further one. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 120_000
/** No site is believed that it wants to be left alone for longer. */
const LONGEST_RETRY_AFTER_MS = 3_600_000

/** The site cannot be asked now, or gave no answer that could be used; the detail is why, without the site's name. */
export class SiteFailed extends SwarmtagError {
  constructor(
    detail: string,
    /** How long it asked to be left alone. */
    readonly retryAfterMs = 0,
    options?: ErrorOptions,
  ) {
    super('origin-failed', detail, options)
  }
}

export class Courtesy {
  readonly #inTurn = pLimit(QUESTIONS_AT_ONCE)
  #failures = 0
  #quietUntilMs = Number.NEGATIVE_INFINITY
  #failure: SiteFailed | undefined

  constructor(
    readonly nowMs: () => number = () => performance.now(),
    readonly random: () => number = Math.random,
  ) {}

  /** Why the site is left alone now; `undefined` where it may be asked. */
  get failure(): SiteFailed | undefined {
    return this.nowMs() < this.#quietUntilMs ? this.#failure : undefined
  }

  /** What it failed with, until it answers again. */
  get trouble(): SiteFailed | undefined {
    return this.#failures > 0 ? this.#failure : undefined
  }

  /**
   * Asks, once it is its turn.
   *
   * @param question - throws `SiteFailed` where the site is to be left alone for a while
   * @throws what `question` throws; the last `SiteFailed` while the site is left alone
   */
  ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    return this.#inTurn(async () => {
      const { failure } = this
      if (failure) throw failure
      try {
        const answer = await question()
        this.#failures = 0
        return answer
      } catch (error) {
        if (error instanceof SiteFailed) this.#failed(error)
        throw error
      }
    })
  }

  #failed(error: SiteFailed): void {
    const nowMs = this.nowMs()
    // Those that were under way together have failed once.
    if (nowMs < this.#quietUntilMs) return
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures++, LONGEST_PAUSE_MS)
    const askedMs = Math.min(error.retryAfterMs, LONGEST_RETRY_AFTER_MS)
    this.#failure = error
    this.#quietUntilMs = nowMs + Math.max(askedMs, pauseMs * (1 + this.random()) * 0.5)
  }
}

/** What an answer's `Retry-After` asks for, in ms; 0 where it says nothing. */
export function retryAfterMs(header: string | null, nowMs = Date.now()): number {
  if (header === null) return 0
  const isDate = / GMT$/.test(header.trim())
  const ms = isDate ? Date.parse(header) - nowMs : Number(header) * 1_000
  return Number.isFinite(ms) && ms > 0 ? ms : 0
}
