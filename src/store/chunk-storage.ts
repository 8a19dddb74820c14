/** Where verified chunks are kept: IndexedDB in a browser, a file on disk or memory elsewhere. */

import type { ChunkSet } from '../core/chunk-set.js'
import type { ChunkIndex, ChunkRun } from '../core/units.js'
import type { VerifiedChunk } from './verify.js'

/** A chunk as it was read back; it must pass `verify` again, as it may be corrupt. */
export interface StoredChunk {
  readonly index: ChunkIndex
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface ChunkStorage {
  /**
   * How many more bytes can be kept without losing what is needed: at 0, a chunk that nobody needs yet costs
   * another one.
   */
  readonly roomBytes: number
  /**
   * Chunks of a resource that are kept, or about to be.
   *
   * @throws SwarmtagError `store-failed`
   */
  holding(root: string, chunkCount: number): Promise<ChunkSet>
  /**
   * Reads the chunks of a run that are there, in order. One that has to be fetched first may come without those behind it.
   *
   * @throws SwarmtagError `store-failed`; `origin-failed` where the first cannot be fetched now, but may be later
   */
  read(root: string, run: ChunkRun): Promise<StoredChunk[]>
  /** Accepts a chunk to keep; it can be read at once. Never throws: `onLost` is called for what could not be kept. */
  keep(root: string, chunkCount: number, chunk: VerifiedChunk): void
  /** Sets a viewer's position: what lies ahead of it is kept longest. Never throws. */
  use(root: string, playhead: ChunkIndex): void
  /** Writes what is buffered. Never throws. */
  flush(): Promise<void>
  /**
   * Deletes all that is kept of a resource.
   *
   * @throws SwarmtagError `store-failed`
   */
  forget(root: string): Promise<void>
  /**
   * Deletes all that is kept of every resource.
   *
   * @throws SwarmtagError `store-failed`
   */
  clear(): Promise<void>
}

/** Called with chunks that were accepted or kept, and are gone. */
export type OnLost = (root: string, runs: readonly ChunkRun[]) => void
