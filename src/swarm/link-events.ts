/** What a link reports. */

import type { SwarmtagError } from '../core/errors.js'
import type { ByteSpan, ChunkIndex, ChunkRun } from '../core/units.js'
import type { Link } from './link.js'

/** The bytes of a chunk are not verified yet. */
export interface LinkEvents {
  ready(link: Link): void
  /** It says something of chunks, and the manifest is not known yet. */
  early(link: Link): void
  have(link: Link, runs: readonly ChunkRun[]): void
  lost(link: Link, runs: readonly ChunkRun[]): void
  wanted(link: Link, runs: readonly ChunkRun[]): void
  cancelled(link: Link, runs: readonly ChunkRun[]): void
  busy(link: Link, runs: readonly ChunkRun[], retryMs: number): void
  /** It asks for bytes of the manifest; what it is given, from the first on. */
  manifestAsked(link: Link, span: ByteSpan): Promise<Uint8Array<ArrayBuffer>>
  /** Bytes came that belong to a chunk not complete yet. */
  progress(link: Link): void
  /** A chunk came; it is verified once the promise resolves, and until then nothing else that the neighbour gives is read. */
  arrived(link: Link, index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** The channel accepts more. */
  writable(link: Link): void
  closed(link: Link, error?: SwarmtagError): void
}
