/**
 * Defers work that nobody waits for. The video already has the chunks that the worker fetched for it; verifying and storing
 * them for others at once would compete for the processor just after a start or a seek (docs/performance.md).
 */

/** Longer than a seek takes. */
const DELAY_MS = 400
/** Beyond so many the oldest is done at once: each holds a chunk, 8 MiB together. */
const MAX_DEFERRED = 128

export class DeferredVerification {
  #tasks: { readonly act: () => void; readonly dueAtMs: number }[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Does something later, in the order of the calls. */
  add(act: () => void): void {
    this.#tasks.push({ act, dueAtMs: performance.now() + DELAY_MS })
    if (this.#tasks.length > MAX_DEFERRED) this.#tasks.shift()?.act()
    this.#timer ??= setTimeout(() => this.#doDue(), DELAY_MS)
  }

  /** Does all deferred work now. */
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
