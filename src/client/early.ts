/** What the inline snippet has begun, for the tag that follows to go on with: see `snippet.ts`. */

import type { First } from './ahead.js'

export interface Early {
  /** The snippet's attributes, with the worker that it took: options of the tag as well. */
  readonly options: DOMStringMap
  /** The worker's registration; nothing where that is left to the tag. */
  readonly registration: Promise<ServiceWorkerRegistration | undefined>
  /** Sees to the first video. */
  readonly first: First | undefined
}

declare global {
  interface Window {
    swarmtagEarly?: Early
  }
}
