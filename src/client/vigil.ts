/**
 * Keeps the worker from being stopped while it streams. Firefox stops one to which nothing happened for half a minute and
 * another half of grace, whatever it is sending (w3c/ServiceWorker#882), and what was asked of the origin and not handed
 * over is lost with it. Chromium keeps it by itself, and takes a message no worse.
 */

/** The worker hears something this often: twice within Firefox's time. */
const ROUND_MS = 15_000
/** No worker answers it: that it comes is all. A greeting would have the worker look after its file each time. */
const AWAKE = { type: 'swarmtag:awake' }

export class Vigil {
  #timer: ReturnType<typeof setInterval> | undefined

  /** @param isNeeded - whether the worker streams something to this page */
  constructor(readonly isNeeded: () => boolean) {}

  /** From now on. */
  begin(): void {
    this.#timer ??= setInterval(() => this.#round(), ROUND_MS)
  }

  end(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #round(): void {
    if (!this.isNeeded()) return
    navigator.serviceWorker.controller?.postMessage(AWAKE)
  }
}
