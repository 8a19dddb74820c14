/** A progress bar for long work on a terminal. */

import { Presets, SingleBar } from 'cli-progress'
import { printable } from './printable.js'

const LONG_BYTES = 64 * 1_048_576
const LONG_MS = 1_000
const MIB = 1_048_576

/** A terminal to draw on. */
export type BarStream = NodeJS.WritableStream & { readonly isTTY?: boolean }

/** Shown only once the work is known to be long: a large file, or after a second. */
export class ProgressBar {
  readonly #startedMs: number
  #bar: SingleBar | undefined

  constructor(
    readonly stream: BarStream,
    readonly label: string,
    readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#startedMs = nowMs()
  }

  update(doneBytes: number, totalBytes: number): void {
    if (!this.stream.isTTY) return
    const isLong = totalBytes > LONG_BYTES || this.nowMs() - this.#startedMs > LONG_MS
    if (!this.#bar && isLong) this.#bar = this.#start(totalBytes)
    this.#bar?.update(Math.floor(doneBytes / MIB))
  }

  /** Removes the bar and shows the cursor. */
  stop(): void {
    this.#bar?.stop()
    this.#bar = undefined
  }

  #start(totalBytes: number): SingleBar {
    const bar = new SingleBar(
      {
        stream: this.stream,
        format: '{label} [{bar}] {percentage}% {value}/{total} MiB, {eta} s left',
        hideCursor: true,
        clearOnComplete: true,
        // Signals are the command line's: it also has files to remove.
        gracefulExit: false,
      },
      Presets.legacy,
    )
    bar.start(Math.ceil(totalBytes / MIB), 0, { label: printable(this.label) })
    return bar
  }
}
