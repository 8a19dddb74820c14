/** What media elements say in their markup, and whether they have begun to load it. */

/** All media elements of a document. */
export const mediaIn = (document: Document): HTMLMediaElement[] => [
  ...document.querySelectorAll<HTMLMediaElement>('video, audio'),
]

/** Whether a source was selected, so that a request for it may be in flight. */
export const hasBegun = ({ networkState }: HTMLMediaElement): boolean =>
  networkState === HTMLMediaElement.NETWORK_LOADING ||
  networkState === HTMLMediaElement.NETWORK_IDLE

/** The playable URLs in an element's markup, in the order in which the browser tries them. */
export function urlsOf(media: HTMLMediaElement): URL[] {
  const sources = media.hasAttribute('src')
    ? [media]
    : [...media.querySelectorAll<HTMLSourceElement>(':scope > source')].filter(
        ({ type }) => type === '' || media.canPlayType(type) !== '',
      )
  return sources.flatMap(source => {
    const src = source.getAttribute('src')
    return src && URL.canParse(src, document.baseURI) ? [new URL(src, document.baseURI)] : []
  })
}
