/** What the inline snippet (`snippet.ts`) has started, for the tag that follows. */

import type { First } from './ahead.js'

export interface Early {
  /** The snippet's attributes, with the URL of the worker that it registered; the tag uses them too. */
  readonly options: DOMStringMap
  /** The worker's registration; `undefined` if that is left to the tag. */
  readonly registration: Promise<ServiceWorkerRegistration | undefined>
  readonly first: First | undefined
}

declare global {
  interface Window {
    swarmtagEarly?: Early
  }
}
