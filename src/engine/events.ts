/** The engine's events. */

import type { ErrorCode } from '../core/errors.js'

/** Where a chunk came from. */
export type Source = 'origin' | 'peer' | 'store'

export interface EngineEvents {
  /** A video takes part: its manifest is known. */
  video: { url: string; root: string; sizeBytes: number; chunks: number }
  /** A chunk is here, verified. `peer` is who gave it. */
  chunk: { url: string; index: number; source: Source; bytes: number; peer?: string }
  /** A chunk was given to another viewer. */
  upload: { url: string; index: number; bytes: number; peer: string }
  /** Another viewer came or went. */
  peer: { url: string; peer: string; state: 'joined' | 'left' }
  /** Something that the site's owner should know. */
  notice: { code: ErrorCode; detail: string }
}

export type Emit = <Type extends keyof EngineEvents>(type: Type, detail: EngineEvents[Type]) => void
