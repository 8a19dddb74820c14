/** The URLs of the page and its script, which relative URLs are resolved against. */

export interface Place {
  readonly pageUrl: string
  readonly scriptUrl: string
  /** Why the tag's element was not found; then nothing takes part. */
  readonly problem?: string
}

/** For a document without a URL, in which nothing takes part; never requested. */
const NOWHERE = 'https://nowhere.invalid/'

/** @param scriptUrl - defaults to the page's URL */
export function placeOf(scriptUrl?: string): Place {
  const pageUrl = webUrl(location.href) ?? NOWHERE
  return { pageUrl, scriptUrl: scriptUrl ?? pageUrl }
}

/**
 * Time from a request of the script to its response, in ms; 0 where it is not known, as from the HTTP cache. Not that of the
 * page, which a server may take long to make.
 */
export function msAway({ scriptUrl }: Place): number {
  const [entry] = performance.getEntriesByName(scriptUrl, 'resource')
  return entry instanceof PerformanceResourceTiming ? entry.responseStart - entry.requestStart : 0
}

/** The absolute URL; `undefined` for an empty text and for any scheme but HTTP(S). */
export function webUrl(text: string): string | undefined {
  try {
    const { protocol, href } = new URL(text, document.baseURI)
    return text && /^https?:$/.test(protocol) ? href : undefined
  } catch {
    return undefined
  }
}
