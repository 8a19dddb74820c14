/**
 * Work that nobody waits for, put off a little. A video has what the worker fetched for it; checking and keeping that for
 * others at once would take the processor from showing it, when it has just begun or been sought (docs/performance.md).
 */

/** Longer than a seek takes. */
const PUT_OFF_MS = 400
/** Beyond so many, the oldest is done at once: each holds a chunk, 8 MiB together. */
const MOST_PUT_OFF = 128

export class DeferredVerification {
  #tasks: { readonly act: () => void; readonly dueAtMs: number }[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Does something later, after what was put off before. */
  add(act: () => void): void {
    this.#tasks.push({ act, dueAtMs: performance.now() + PUT_OFF_MS })
    if (this.#tasks.length > MOST_PUT_OFF) this.#tasks.shift()?.act()
    this.#timer ??= setTimeout(() => this.#doDue(), PUT_OFF_MS)
  }

  /** Does all that was put off. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const { act } of this.#tasks.splice(0)) act()
  }

  #doDue(): void {
    this.#timer = undefined
    const nowMs = performance.now()
    const isDue = (task: { dueAtMs: number } | undefined) => task && task.dueAtMs <= nowMs
    while (isDue(this.#tasks[0])) this.#tasks.shift()?.act()
    const [next] = this.#tasks
    if (next) this.#timer = setTimeout(() => this.#doDue(), next.dueAtMs - nowMs)
  }
}
