/**
 * Elements with a file that no server has, before it is known what that is. They are kept waiting, for however long, and never
 * ask the server. Not before the page's `load` event though, which a held element would hold up in Chromium as long as it waits:
 * until then the worker keeps the request waiting, which holds it up for 3 s; if that fails, the element is held.
 */

import { sharedRoot } from '../bridge/share-url.js'
import { urlsOf } from './media-urls.js'

export interface AwaitedMediaOptions {
  /** Whether the worker can answer this URL: it is known what the file is. */
  isAnswerable(url: URL): boolean
  /** Called with a URL that an element waits for. */
  onAwaited(url: URL): void
  /** Called when an element is to be held. */
  hold(media: HTMLMediaElement): void
}

export class AwaitedMedia {
  /** Registers itself ahead of others that listen for errors. */
  constructor(readonly options: AwaitedMediaOptions) {
    addEventListener('error', event => this.#onError(event), { capture: true })
  }

  /**
   * Whether an element is to be held.
   *
   * @param isAnswered - whether there is a worker that answers
   */
  isAwaited(media: HTMLMediaElement, isAnswered: boolean): boolean {
    return this.#isPending(media) && (!isAnswered || document.readyState === 'complete')
  }

  /** An element is held, or still is. */
  onHeld(media: HTMLMediaElement): void {
    const [url] = urlsOf(media)
    if (url) this.options.onAwaited(url)
  }

  #isPending(media: HTMLMediaElement): boolean {
    const [url] = urlsOf(media)
    return url !== undefined && sharedRoot(url) !== undefined && !this.options.isAnswerable(url)
  }

  /** The worker gave up, or was stopped, before anybody was found who has the file. */
  #onError(event: Event): void {
    const media = event.target
    if (!(media instanceof HTMLMediaElement) || media.readyState > 0 || !this.#isPending(media))
      return
    event.stopImmediatePropagation()
    const hold = () => this.options.hold(media)
    if (document.readyState === 'complete') hold()
    else addEventListener('load', hold, { once: true })
  }
}
