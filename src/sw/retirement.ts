/** How the worker goes for good: a page uninstalls it, or its file is gone from the site. From then on it answers nothing. */

import { FAREWELL, isFarewell, isWithdrawn } from '../bridge/withdrawal.js'
import { readWorkerQuery } from '../bridge/worker-options.js'
import type { ChunkArchive } from '../store/chunk-archive.js'

declare const self: ServiceWorkerGlobalScope

/** A worker that is started looks after its file this much later: the first bytes of a video come first. */
const LOOK_AFTER_MS = 3_000

export class Retirement {
  #isBegun = false
  /** A site's own worker that imports this one goes on without it, and its file is the site's business. */
  readonly #isOurs = readWorkerQuery(location.search) !== undefined

  constructor(readonly store: ChunkArchive) {
    if (this.#isOurs) setTimeout(() => void this.#lookAfterFile(), LOOK_AFTER_MS)
    self.addEventListener('message', event => {
      if (!isFarewell(event.data)) return
      event.waitUntil(this.#begin().then(() => event.ports[0]?.postMessage(FAREWELL)))
    })
  }

  get isBegun(): boolean {
    return this.#isBegun
  }

  /**
   * Looks whether the site still has this worker's file, and goes if not. Browsers keep a worker whose
   * file is gone for ever, and one whose file is empty for as long as a page is open.
   */
  async #lookAfterFile(): Promise<void> {
    if (await isWithdrawn(location.href)) await this.#begin()
  }

  async #begin(): Promise<void> {
    this.#isBegun = true
    for (const page of await self.clients.matchAll()) page.postMessage(FAREWELL)
    if (this.#isOurs) await self.registration.unregister()
    await this.store.destroy()
  }
}
