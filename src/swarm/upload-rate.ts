/** So many bytes a second, all that is given together: a seeder's films, or one file of a page. */

import { TokenBucket } from '../core/peers/token-bucket.js'
import { CHUNK_BYTES } from '../core/units.js'
import type { UploadBudget } from '../swarm/uploader.js'

export class UploadRate implements UploadBudget {
  readonly isOpen = true
  /** A second's worth at once at most, and a chunk at least. */
  readonly #bucket: TokenBucket

  constructor(
    bytesPerSecond: number,
    readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#bucket = new TokenBucket(bytesPerSecond, Math.max(bytesPerSecond, CHUNK_BYTES))
  }

  take(bytes: number): number {
    const waitMs = this.#bucket.waitMs(bytes, this.nowMs())
    if (waitMs === 0) this.#bucket.take(bytes)
    return waitMs
  }

  refund(bytes: number): void {
    this.#bucket.take(-bytes)
  }
}
