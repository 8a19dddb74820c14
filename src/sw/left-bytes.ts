/**
 * Keeps what a response gave and the page was not sent, as the response ended before the manifest came or the video was
 * confirmed public: the next one verifies and sends it. WebKit ends a response as soon as it is far enough ahead, and
 * requests the rest later on.
 */

import type { ChunkMap } from '../core/format/chunk-map.js'
import { CHUNK_BYTES } from '../core/units.js'
import type { OriginChunk } from './transfer.js'

/** A browser that is far ahead requests the rest only once it has played some of it. */
const LIFE_MS = 60_000
/** Of all videos together, what comes after is not kept: 8 MiB. */
const MOST_BYTES = 128 * CHUNK_BYTES

/** What one response left. */
export interface Left {
  readonly keptBytes: number
  /** Hands out the whole chunks, not verified. */
  take(map: ChunkMap): Iterable<OriginChunk>
}

interface Entry {
  readonly key: string
  readonly left: Left
  readonly timer: ReturnType<typeof setTimeout>
}

export class LeftBytes {
  readonly #entries = new Set<Entry>()

  /** @param key - of what must not be mixed: page and video name */
  leave(key: string, left: Left): void {
    const keptBytes = [...this.#entries].reduce((sum, each) => sum + each.left.keptBytes, 0)
    if (left.keptBytes === 0 || keptBytes + left.keptBytes > MOST_BYTES) return
    const timer = setTimeout(() => this.#entries.delete(entry), LIFE_MS)
    const entry = { key, left, timer }
    this.#entries.add(entry)
  }

  take(key: string): Left[] {
    const taken = [...this.#entries].filter(each => each.key === key)
    for (const each of taken) {
      // The timer would keep the bytes beyond what is counted here.
      clearTimeout(each.timer)
      this.#entries.delete(each)
    }
    return taken.map(({ left }) => left)
  }
}

/** Chunks that were verified, and not sent to the page. */
export const leftChunks = (chunks: readonly OriginChunk[]): Left => ({
  keptBytes: chunks.reduce((sum, { bytes }) => sum + bytes.length, 0),
  take: () => chunks,
})
