/** Whether the page is being visited, or was left: then it disconnects, and keeps what it has. */

import type { ChunkStore } from '../store/chunk-store.js'
import type { UploadLedger } from './upload-ledger.js'

export interface PageVisitOptions {
  readonly storage: ChunkStore
  readonly ledger: UploadLedger
  /** Whether the origin may give chunks. */
  readonly isOriginOpen: boolean
  /** Ends listening. */
  readonly signal: AbortSignal
  /** Called when the page was left, or is shown again. */
  onChange(): void
}

export class PageVisit {
  /** The page may be shown again as it was. */
  #isOver = false

  constructor(readonly options: PageVisitOptions) {
    const { signal } = options
    addEventListener('pagehide', event => this.#onHide(event), { signal })
    addEventListener('pageshow', () => this.#onShow(), { signal })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * Disconnects, or others would wait for it: the page is unloaded, or freezes. What is buffered is written, unless the page
   * freezes with its memory. Browsers keep a page to go back to only where it has no connection open. Without an origin a
   * response fails that has no peer left: then the page is better loaded anew.
   */
  #onHide({ persisted }: PageTransitionEvent): void {
    const { storage, ledger, isOriginOpen, onChange } = this.options
    if (persisted) storage.suspend()
    else void storage.flush()
    ledger.save()
    if (persisted && !isOriginOpen) return
    this.#isOver = true
    onChange()
  }

  /** The page is shown, perhaps again. */
  #onShow(): void {
    this.options.storage.resume()
    this.#isOver = false
    this.options.onChange()
  }
}
