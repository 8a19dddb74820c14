/** Counts what is given to other viewers: by this page, and in this month by all pages of the site. */

import { UploadAllowance, type UploadLimits } from '../core/peers/upload-allowance.js'
import { CHUNK_BYTES } from '../core/units.js'
import type { UploadBudget } from '../swarm/uploader.js'
import type { UploadStats } from './stats.js'

/** In `localStorage`: the month and the bytes given in it, as in `2026-11 1048576`. */
const KEY = 'swarmtag:uploaded'
/** The count is saved after this delay: all tabs add to one number. */
const SAVE_WAIT_MS = 1_000

export class UploadLedger implements UploadBudget {
  readonly #allowance: UploadAllowance
  #savedBytes = 0
  #unsavedBytes = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param takenBytes - what this page received for its videos */
  constructor(
    limits: UploadLimits,
    readonly takenBytes: () => number,
  ) {
    this.#allowance = new UploadAllowance(limits)
    this.#savedBytes = read()
  }

  get isOpen(): boolean {
    return Number.isFinite(this.#waitMs(CHUNK_BYTES))
  }

  get stats(): UploadStats {
    return {
      sessionBytes: this.#allowance.givenBytes,
      monthBytes: this.#savedBytes + this.#unsavedBytes,
      isOver: !this.isOpen,
    }
  }

  take(bytes: number): number {
    const waitMs = this.#waitMs(bytes)
    if (waitMs === 0) this.refund(-bytes)
    return waitMs
  }

  refund(bytes: number): void {
    this.#allowance.give(-bytes)
    this.#unsavedBytes -= bytes
    this.#timer ??= setTimeout(() => this.save(), SAVE_WAIT_MS)
  }

  /** Adds what was given to what other tabs have saved meanwhile. */
  save(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#savedBytes = read() + this.#unsavedBytes
    this.#unsavedBytes = 0
    try {
      localStorage.setItem(KEY, `${month()} ${this.#savedBytes}`)
    } catch {
      // Storage is full or forbidden: counted for this page alone.
      this.#unsavedBytes = this.#savedBytes
      this.#savedBytes = 0
    }
  }

  forget(): void {
    this.#savedBytes = 0
    this.#unsavedBytes = 0
    try {
      localStorage.removeItem(KEY)
    } catch {
      // Storage is forbidden: nothing was saved.
    }
  }

  #waitMs(bytes: number): number {
    return this.#allowance.waitMs(bytes, {
      nowMs: performance.now(),
      takenBytes: this.takenBytes(),
      monthBytes: this.#savedBytes + this.#unsavedBytes,
    })
  }
}

const month = (): string => new Date().toISOString().slice(0, 7)

/** Bytes saved for this month. */
function read(): number {
  try {
    const [savedMonth, bytes] = (localStorage.getItem(KEY) ?? '').split(' ')
    return savedMonth === month() ? Number(bytes) || 0 : 0
  } catch {
    return 0
  }
}
