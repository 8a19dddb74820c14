/**
 * Keeps the worker alive while it streams. Firefox stops a worker that got no event for 30 s, with 30 s of grace, even in
 * the middle of a response (w3c/ServiceWorker#882), and what was fetched and not handed over is lost with it. Chromium
 * needs no such message.
 */

/** Twice within Firefox's time. */
const INTERVAL_MS = 15_000
/** No worker handles it; that it arrives is enough. A greeting would have the worker check its file each time. */
const AWAKE = { type: 'swarmtag:awake' }

export class WorkerKeepalive {
  #timer: ReturnType<typeof setInterval> | undefined

  /** @param isNeeded - whether the worker streams something to this page */
  constructor(readonly isNeeded: () => boolean) {}

  start(): void {
    this.#timer ??= setInterval(() => this.#send(), INTERVAL_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #send(): void {
    if (!this.isNeeded()) return
    navigator.serviceWorker.controller?.postMessage(AWAKE)
  }
}
