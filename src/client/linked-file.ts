/** What a link gives, as a page can use it. */

import { parseShareLink, type ShareLink, sharePath } from '../core/format/share-link.js'
import type { PageSettings } from './options.js'

export interface LinkedFile extends ShareLink {
  /** For an element's `src`; with `?download` the file is saved. */
  readonly url: string
}

/** @throws SwarmtagError `link-malformed` */
export function linkedFile(link: string, { scope, workerUrl }: PageSettings): LinkedFile {
  const share = parseShareLink(link)
  // A worker of the site's own may answer all of it.
  const folder = scope ?? new URL('./', workerUrl ?? location.origin)
  return { ...share, url: new URL(`swarmtag/${sharePath(share)}`, folder).href }
}
