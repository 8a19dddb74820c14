/** How the worker goes for good: a page uninstalls it, or its file is gone from the site. From then on it answers nothing. */

import { readGreeting } from '../bridge/messages.js'
import { isUninstallMessage, isWithdrawn, UNINSTALL_MESSAGE } from '../bridge/withdrawal.js'
import { readWorkerQuery } from '../bridge/worker-options.js'
import type { ChunkArchive } from '../store/chunk-archive.js'

declare const self: ServiceWorkerGlobalScope

/** The worker looks after its file this long after what made it look: the first bytes of a video come first. */
const LOOK_AFTER_MS = 3_000

export class Retirement {
  #isBegun = false
  /** A look that is still to come does for all that ask for one meanwhile. */
  #pending: Promise<void> | undefined
  /** Whether something has made this run of the worker look. */
  #isStarted = false

  constructor(readonly store: ChunkArchive) {
    // A site's own worker that imports this one goes on without it, and its file is the site's business.
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
   * A worker may run for hours, and a file may be taken away at any time: each page that comes makes it look,
   * and so does the first thing that a worker which was stopped is started for.
   */
  #onFetch(event: FetchEvent): void {
    if (this.#isStarted && event.request.mode !== 'navigate') return
    this.#isStarted = true
    event.waitUntil(this.#look())
  }

  /**
   * Looks whether the site still has this worker's file, and goes if not. Browsers keep a worker whose
   * file is gone for ever, and one whose file is empty for as long as a page is open. The event that it is
   * part of keeps the worker from being stopped, or replaced by an empty one, before it has looked.
   */
  #look(): Promise<void> {
    // A page that registers while the worker goes brings the registration back.
    if (this.#isBegun) return this.#begin()
    this.#pending ??= new Promise(resolve => setTimeout(resolve, LOOK_AFTER_MS)).then(async () => {
      this.#pending = undefined
      if (await isWithdrawn(location.href)) await this.#begin()
    })
    return this.#pending
  }

  async #begin(): Promise<void> {
    this.#isBegun = true
    // Those as well that were loaded past the worker (Shift-reload).
    for (const page of await self.clients.matchAll({ includeUncontrolled: true }))
      if (page.url.startsWith(self.registration.scope)) page.postMessage(UNINSTALL_MESSAGE)
    if (this.#isOurs) await self.registration.unregister()
    await this.store.destroy()
  }
}
