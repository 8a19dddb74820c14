/** One direction of somebody's line: what is sent on it goes one after the other. */
export class Line {
  #freeAtMs = 0

  constructor(readonly bytesPerSecond: number) {}

  /** When the last of some bytes has passed that may begin at a time. */
  pass(bytes: number, fromMs: number): number {
    this.#freeAtMs = Math.max(this.#freeAtMs, fromMs) + (bytes / this.bytesPerSecond) * 1_000
    return this.#freeAtMs
  }

  /** When it is free again. */
  get freeAtMs(): number {
    return this.#freeAtMs
  }
}
