/** The viewers of one resource that this one is connected to, as the engine sees them. */

import type { SwarmtagError } from '../core/errors.js'
import type { ViewerEvent } from '../core/policy/viewer-messages.js'
import type { ChunkIndex, ChunkRun } from '../core/units.js'

/** What neighbours and trackers say, in the words of the policy. */
export type PeerEvent = Extract<
  ViewerEvent,
  {
    type:
      | 'joined'
      | 'left'
      | 'have'
      | 'no-longer-has'
      | 'busy'
      | 'progress'
      | 'counted'
      | 'unreachable'
  }
>

export interface SwarmListener {
  /** Called with what a neighbour or a tracker sent. */
  handle(event: PeerEvent): void
  /** A chunk came; nothing else of the peer is read until the promise is kept, which is once it was verified. */
  arrived(peer: string, index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  uploaded(peer: string, index: ChunkIndex, bytes: number): void
  /** A peer broke the protocol, and was dropped; or the swarm could not be joined. */
  failed(error: SwarmtagError): void
}

export interface SwarmPort {
  /** Sends a goodbye to peers and trackers, and closes every connection; it is not joined again. */
  leave(): void
  want(peer: string, indices: readonly ChunkIndex[]): void
  cancel(peer: string, indices: readonly ChunkIndex[]): void
  /** Sends the neighbours a chunk gained. */
  sendHave(index: ChunkIndex): void
  /** Sends the neighbours the chunks that are no longer held. */
  sendLost(runs: readonly ChunkRun[]): void
  /** Ends with a peer that is no use; it may come back. */
  letGo(peer: string, error: SwarmtagError): void
  /** Ends with a peer that gave false bytes, for good. */
  ban(peer: string, error: SwarmtagError): void
}
