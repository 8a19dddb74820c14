/**
 * The manifest of a film as other viewers have it: asks one neighbour after the other, and waits for more. It outlives the
 * film's swarms, which are left and joined again.
 */

import { SwarmtagError } from '../core/errors.js'
import type { ByteSpan } from '../core/units.js'
import type { ManifestSource } from '../store/shared-manifests.js'
import type { Link } from './link.js'

/** A neighbour that did not have it is asked again after this time, or as soon as it says that it has chunks. */
const RETRY_MS = 3_000

/** Ends with a neighbour that gave false bytes. */
type Ban = (error: SwarmtagError) => void

const FALSE = new SwarmtagError('manifest-mismatch', 'the peer gave a false manifest')

/** When each neighbour may be asked the same again. */
type AgainAtMs = Map<Link, number>

export class ManifestExchange implements ManifestSource {
  readonly #links = new Map<Link, Ban>()
  readonly #askings = new Set<AgainAtMs>()
  #onNews: (() => void)[] = []

  /** A neighbour has said hello. */
  join(link: Link, ban: Ban): void {
    this.#links.set(link, ban)
    this.#wake()
  }

  /** A neighbour says that it has chunks, which nobody has without the descriptor. */
  has(link: Link): void {
    for (const againAtMs of this.#askings) againAtMs.delete(link)
    this.#wake()
  }

  leave(link: Link): void {
    this.#links.delete(link)
  }

  async *ask(
    span: ByteSpan,
    leastBytes = span.to - span.from,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const againAtMs: AgainAtMs = new Map()
    this.#askings.add(againAtMs)
    try {
      for (;;) {
        const link = this.#next(againAtMs)
        if (!link) {
          await this.#news()
          continue
        }
        againAtMs.set(link, performance.now() + RETRY_MS)
        const bytes = await link.askManifest(span)
        if (bytes.length < leastBytes) continue
        yield bytes
        // Whoever asks for another answer found this one to be false.
        this.#links.get(link)?.(FALSE)
      }
    } finally {
      this.#askings.delete(againAtMs)
    }
  }

  /** Who was not asked yet, else who was longest ago. */
  #next(againAtMs: AgainAtMs): Link | undefined {
    const nowMs = performance.now()
    const atMs = (link: Link) => againAtMs.get(link) ?? 0
    const due = [...this.#links.keys()].filter(link => atMs(link) <= nowMs)
    return due.sort((a, b) => atMs(a) - atMs(b))[0]
  }

  /** Resolves when somebody comes or has more; after a while where there is somebody to ask again. */
  #news(): Promise<void> {
    return new Promise(resolve => {
      this.#onNews.push(resolve)
      if (this.#links.size > 0) setTimeout(resolve, RETRY_MS)
    })
  }

  #wake(): void {
    for (const resolve of this.#onNews.splice(0)) resolve()
  }
}
