/** A film as whoever gives it has it: where its chunks come from, and whether it still is what it was. */

import type { ChunkRun } from '../core/units.js'
import type { StoredChunk } from './chunk-storage.js'

export interface Film {
  /** For whoever gives it: a path, a URL or a file's name. */
  readonly name: string
  /** What keeps all or a part of it from being given for a while, as the end of a sentence; `undefined`: nothing. */
  readonly trouble: string | undefined
  /**
   * Reads the chunks of a run that are there, in order, as `ChunkStorage` does.
   *
   * @throws SwarmtagError `origin-failed` where the first cannot be fetched now, but may be later
   */
  read(run: ChunkRun): Promise<StoredChunk[]>
  /** Why it is not to be given any more, as the end of a sentence, e.g. `is no longer there`; `undefined`: it is what it was. */
  change(): Promise<string | undefined>
  close(): Promise<void>
}
