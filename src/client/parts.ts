/** What is loaded on demand: from the files beside the script, or by the site's bundle. */

import type { HashThread } from './hashing.js'
import type { PageEngine } from './page-engine.js'

export interface Parts {
  loadEngine(): Promise<{ PageEngine: typeof PageEngine }>
  /** Starts the thread that hashes a file. */
  startHashing(): HashThread
}
