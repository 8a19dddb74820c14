/** Where the page and its script are: what relative URLs are taken from. */

export interface Place {
  readonly pageUrl: string
  readonly scriptUrl: string
  /** Why it is not known what the site wants here; then nothing takes part. */
  readonly problem?: string
}

/** In place of the address that a document does not have: it takes no part, so that nothing here is ever asked for. */
const NOWHERE = 'https://nowhere.invalid/'

/** @param scriptUrl - where the script is; where the page is, if that is not known */
export function placeOf(scriptUrl?: string): Place {
  const pageUrl = webUrl(location.href) ?? NOWHERE
  return { pageUrl, scriptUrl: scriptUrl ?? pageUrl }
}

/** An absolute URL of the web; nothing for any other, for no text, and for `about:srcdoc`. */
export function webUrl(text: string): string | undefined {
  try {
    const { protocol, href } = new URL(text, document.baseURI)
    return text && /^https?:$/.test(protocol) ? href : undefined
  } catch {
    return undefined
  }
}
