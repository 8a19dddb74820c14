/** Digest pages that the page of one response is asked for, as no site has the manifest. */

import type { PageCandidates } from '../store/manifest.js'

type Give = (digests: Uint8Array<ArrayBuffer> | undefined) => void

export class AskedDigests {
  readonly #waiting = new Map<number, Give[]>()
  #ask: ((page: number) => void) | undefined
  #isClosed = false

  /** One answer at most: the page has verified what it gives. */
  readonly candidates: PageCandidates = page => this.#candidates(page)

  /** The page can be asked from now on. */
  open(ask: (page: number) => void): void {
    this.#ask = ask
    for (const page of this.#waiting.keys()) ask(page)
  }

  /** The page has given one. */
  receive(page: number, digests: Uint8Array<ArrayBuffer>): void {
    this.#settle(page, digests)
  }

  /** Nothing more will come. */
  close(): void {
    this.#isClosed = true
    for (const page of [...this.#waiting.keys()]) this.#settle(page, undefined)
  }

  async *#candidates(page: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    if (this.#isClosed) return
    const digests = await new Promise<Uint8Array<ArrayBuffer> | undefined>(give => {
      const waiting = this.#waiting.get(page)
      this.#waiting.set(page, [...(waiting ?? []), give])
      if (!waiting) this.#ask?.(page)
    })
    if (digests) yield digests
  }

  #settle(page: number, digests: Uint8Array<ArrayBuffer> | undefined): void {
    const waiting = this.#waiting.get(page) ?? []
    this.#waiting.delete(page)
    for (const give of waiting) give(digests)
  }
}
