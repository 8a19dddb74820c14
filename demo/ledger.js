// Records, for each video, where each chunk first came from, from Swarmtag's events.

/** @typedef {'peer' | 'origin' | 'store'} Source */

/** @type {readonly Source[]} */
export const SOURCES = ['peer', 'origin', 'store']

export class VideoLedger {
  /** @type {Map<number, Source>} */
  #first = new Map()
  /** Called with each change. @type {((index: number, what: 'arrived' | 'sent') => void) | undefined} */
  onChange

  /**
   * Keeps the first source only: a chunk that a peer brought and that is later played from the store is the peer's.
   *
   * @param {number} index
   * @param {Source} source
   */
  arrived(index, source) {
    if (this.#first.has(index)) return
    this.#first.set(index, source)
    this.onChange?.(index, 'arrived')
  }

  /** @param {number} index */
  sent(index) {
    this.onChange?.(index, 'sent')
  }

  /**
   * If the video is complete, a chunk without an event was kept by an earlier visit.
   *
   * @param {number} chunks - how many the video has
   */
  restAreStored(chunks) {
    if (this.#first.size >= chunks) return
    for (let index = 0; index < chunks; index += 1) this.arrived(index, 'store')
  }

  /** @param {number} index */
  sourceOf(index) {
    return this.#first.get(index)
  }

  /** @returns {Record<Source, number>} */
  counts() {
    const counts = { peer: 0, origin: 0, store: 0 }
    for (const source of this.#first.values()) counts[source] += 1
    return counts
  }
}

/** The ledgers of all videos of the page; a chunk can arrive before its panel knows the video's address. */
export class Ledgers {
  /** @type {Map<string, VideoLedger>} */
  #byUrl = new Map()

  /**
   * @param {string} url
   * @returns {VideoLedger}
   */
  of(url) {
    const known = this.#byUrl.get(url)
    if (known) return known
    const ledger = new VideoLedger()
    this.#byUrl.set(url, ledger)
    return ledger
  }

  /** @param {import('./swarmtag-api.js').Swarmtag} swarmtag */
  listenTo(swarmtag) {
    swarmtag.addEventListener('chunk', event => {
      this.of(event.detail.url).arrived(event.detail.index, event.detail.source)
    })
    swarmtag.addEventListener('upload', event => {
      this.of(event.detail.url).sent(event.detail.index)
    })
  }
}
