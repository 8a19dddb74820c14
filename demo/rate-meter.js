// Turns a growing byte count, read now and then, into a speed over the last two seconds and its recent history.

const WINDOW_MS = 2000
const HISTORY_SAMPLES = 120

export class RateMeter {
  /** @type {{ atMs: number, totalBytes: number }[]} */
  #samples = []
  /** Speeds in bytes per second, oldest first. @type {number[]} */
  history = []

  /** The speed at the last reading, over the two seconds before it. */
  get bytesPerSecond() {
    return this.history.at(-1) ?? 0
  }

  /**
   * @param {number} atMs - a monotonic clock's reading
   * @param {number} totalBytes - all bytes so far
   */
  read(atMs, totalBytes) {
    this.#samples.push({ atMs, totalBytes })
    // One sample older than the window stays, so that a throttled background tab still has two ends to compare.
    while (this.#samples.length > 2 && atMs - this.#samples[1].atMs >= WINDOW_MS) {
      this.#samples.shift()
    }
    const oldest = this.#samples[0]
    const elapsedMs = atMs - oldest.atMs
    const grownBytes = Math.max(0, totalBytes - oldest.totalBytes)
    // Less than the window since the start counts as the whole window: no spike from the first reading.
    this.history.push((grownBytes * 1000) / Math.max(elapsedMs, WINDOW_MS))
    if (this.history.length > HISTORY_SAMPLES) this.history.shift()
  }
}
