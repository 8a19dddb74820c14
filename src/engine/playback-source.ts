/** Playback facts of resources. */

import type { Playback } from '../core/policy/playback.js'

export interface PlaybackSource {
  /** Where the viewer of a resource is now; `undefined` where nobody plays or shows it. */
  read(url: string): Playback | undefined
  /** Whether a resource is shown, playing or not. */
  isShown(url: string): boolean
  /** Calls back when the playback of a resource has changed, and some times a second while it plays; until the function returned is called. */
  watch(onChange: (url: string) => void): () => void
}
