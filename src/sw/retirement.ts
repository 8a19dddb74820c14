/** The end of the worker: a page uninstalls it, or its file is gone from the site. From then on it answers nothing. */

import { readGreeting } from '../bridge/messages.js'
import { isUninstallMessage, isWithdrawn, UNINSTALL_MESSAGE } from '../bridge/withdrawal.js'
import { readWorkerQuery } from '../bridge/worker-options.js'
import type { ChunkArchive } from '../store/chunk-archive.js'

declare const self: ServiceWorkerGlobalScope

/** The check of the worker's file waits this long: the first bytes of a video come first. */
const LOOK_AFTER_MS = 3_000

export class Retirement {
  #isBegun = false
  /** A pending check serves all that ask for one meanwhile. */
  #pending: Promise<void> | undefined
  /** Whether a check was started since the worker was. */
  #isStarted = false

  constructor(readonly store: ChunkArchive) {
    // In a site's own worker the file is the site's business.
    if (this.#isOurs) self.addEventListener('fetch', event => this.#onFetch(event))
    self.addEventListener('message', event => {
      if (isUninstallMessage(event.data))
        event.waitUntil(this.#begin().then(() => event.ports[0]?.postMessage(UNINSTALL_MESSAGE)))
      else if (this.#isOurs && readGreeting(event.data)) event.waitUntil(this.#look())
    })
  }

  get isBegun(): boolean {
    return this.#isBegun
  }

  get #isOurs(): boolean {
    return readWorkerQuery(location.search) !== undefined
  }

  /**
   * A worker may run for hours, and its file may be removed at any time: it is checked with each navigation, and with the
   * first request after each start.
   */
  #onFetch(event: FetchEvent): void {
    if (this.#isStarted && event.request.mode !== 'navigate') return
    this.#isStarted = true
    event.waitUntil(this.#look())
  }

  /**
   * Checks whether the site still has this worker's file, and retires if not. Browsers keep a worker whose file is gone for
   * ever, and one whose file is empty for as long as a page is open. The event that waits for it keeps the worker from being
   * stopped, or replaced by an empty one, before.
   */
  #look(): Promise<void> {
    // A page that registers meanwhile brings the registration back.
    if (this.#isBegun) return this.#begin()
    this.#pending ??= new Promise(resolve => setTimeout(resolve, LOOK_AFTER_MS)).then(async () => {
      this.#pending = undefined
      if (await isWithdrawn(location.href)) await this.#begin()
    })
    return this.#pending
  }

  async #begin(): Promise<void> {
    this.#isBegun = true
    // Also pages that were loaded past the worker (Shift-reload).
    for (const page of await self.clients.matchAll({ includeUncontrolled: true }))
      if (page.url.startsWith(self.registration.scope)) page.postMessage(UNINSTALL_MESSAGE)
    if (this.#isOurs) await self.registration.unregister()
    await this.store.destroy()
  }
}
