/** Counts where a resource's bytes came from and went to. */

import type { Source } from './events.js'

export class Tally {
  readonly bytes = { origin: 0, peers: 0, store: 0, uploaded: 0, wasted: 0 }

  /** Bytes handed to the video, from wherever they came. */
  handedBytes = 0

  /** Bytes received for the video, from any source. */
  get takenBytes(): number {
    return this.bytes.origin + this.bytes.peers + this.bytes.store
  }

  received(source: Source, bytes: number): void {
    this.bytes[source === 'peer' ? 'peers' : source] += bytes
  }

  /** The origin sent bytes that were of no use. */
  wasted(bytes: number): void {
    this.bytes.origin += bytes
    this.bytes.wasted += bytes
  }

  /** Share spared: whatever the origin sent counts against it, wasted bytes too. */
  get offload(): number {
    return this.handedBytes === 0 ? 0 : Math.max(0, 1 - this.bytes.origin / this.handedBytes)
  }
}
