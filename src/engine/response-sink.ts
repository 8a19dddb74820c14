/** One open response, as the engine speaks to it. */

import type { ChunkIndex, ChunkRun } from '../core/units.js'

export interface ResponseSink {
  /** Gives a chunk; the bytes are the receiver's own. */
  chunk(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void
  /** Says what the origin may give from now on; without a run it is to stop. */
  grant(run: ChunkRun | undefined): void
  /** Says that what the origin may give is to be read as far as this chunk, wanted here or not: another response waits. */
  readOn(to: ChunkIndex): void
  /** It is kept waiting on purpose; the next call comes within this time. */
  hold(forMs: number): void
  /** Says that nobody is left who could give what it waits for. */
  exhausted(): void
  /** Says that it is to go on alone. */
  decline(): void
  /** Nobody listens any more. */
  close(): void
}
