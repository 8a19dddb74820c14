/**
 * Holds or reloads one media element without its page noticing: the markup stays as it is, promises of `play()` are kept,
 * and the events that this causes do not reach the page.
 *
 * A reload runs the load algorithm, which drops the element's pending events, resets `playbackRate`, sets `paused`, rejects
 * the promises of `play()`, and fires `abort`, `emptied` and `loadstart` again.
 *
 * @see https://html.spec.whatwg.org/multipage/media.html#media-element-load-algorithm
 */

/** The events that a reload causes; a page sees each as often as if the element had loaded once. */
export const LOADING_EVENTS = [
  'abort',
  'emptied',
  'loadstart',
  'suspend',
  'ratechange',
  'timeupdate',
  'play',
  'waiting',
  'pause',
]

/** A call of `play()` whose promise is pending. */
interface Asked {
  resolve(): void
  reject(reason: unknown): void
  /** The attempt whose outcome settles it. */
  attempt: number
  /** Why the browser rejected it, if a reload may still succeed. */
  refusal?: unknown
}

const nativePlay = HTMLMediaElement.prototype.play

/** Properties that a stream would change: the page reads and sets them as before, and they apply once the element loads. */
const DEFERRED = ['preload', 'defaultPlaybackRate', 'playbackRate', 'currentTime'] as const

/** Shadowed on an element that waits. */
const srcObject = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject')

export class QuietMedia {
  /** Whether all promises of `play()` are kept here, so that a reload loses none. */
  readonly isCovered: boolean
  readonly #asked = new Set<Asked>()
  readonly #deferred = new Map<string, unknown>()
  #attempts = 0
  #isWaiting = false
  #isReloading = false
  /** Whether the page has seen `loadstart` and `play`. */
  #hasSeenLoad = false
  #hasSeenPlay = false
  #hadSeenPlay = false
  #hasRestoredRate = false
  /** Pending events `emptied` that were caused here. */
  #ownEmptied = 0

  /** @param mayRetry - whether it would be reloaded after an error */
  constructor(
    readonly media: HTMLMediaElement,
    readonly mayRetry: () => boolean,
  ) {
    this.isCovered = media.paused
  }

  /** Whether it waits; not after the page has set `srcObject`. */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /**
   * Keeps the element, which has not begun to load, from its sources by an empty stream. Attributes and `<source>` nodes
   * stay, and count again once the stream is removed.
   */
  wait(): void {
    const { media } = this
    const isNew = media.currentSrc === '' && media.networkState !== HTMLMediaElement.NETWORK_EMPTY
    this.#ownEmptied = isNew || media.error ? 1 : 0
    this.#isWaiting = true
    const values = new Map<string, unknown>(DEFERRED.map(name => [name, media[name]]))
    srcObject?.set?.call(media, new MediaStream())
    Object.defineProperty(media, 'srcObject', {
      configurable: true,
      get: () => null,
      set: (object: MediaProvider | null) => {
        if (!object) return media.load()
        this.#endWait()
        media.srcObject = object
      },
    })
    for (const name of DEFERRED) {
      const set = (value: unknown) => {
        values.set(name, value)
        this.#deferred.set(name, value)
      }
      Object.defineProperty(media, name, { configurable: true, get: () => values.get(name), set })
    }
  }

  /** The page itself loads something else, which drops pending events. */
  onLoad(): void {
    this.#ownEmptied = 0
  }

  /** Ends the wait: the element loads what its markup says. */
  go(): void {
    if (!this.#isWaiting) return
    this.#endWait()
    this.reload(() => {
      this.media.srcObject = null
    })
  }

  #endWait(): void {
    this.#isWaiting = false
    for (const name of ['srcObject', ...DEFERRED]) Reflect.deleteProperty(this.media, name)
  }

  /** Reloads the element. */
  reload(cause: () => void): void {
    const { media } = this
    const { paused, playbackRate } = media
    const carried = paused ? [] : [...this.#asked]
    for (const each of carried) each.attempt = 0
    this.#giveBackRefusals()
    this.#isReloading = true
    this.#hadSeenPlay = this.#hasSeenPlay
    // The reload drops pending ones.
    this.#ownEmptied = media.networkState === HTMLMediaElement.NETWORK_EMPTY ? 0 : 1
    cause()
    this.#hasRestoredRate = media.playbackRate !== playbackRate
    if (this.#hasRestoredRate) media.playbackRate = playbackRate
    for (const [name, value] of this.#deferred) Reflect.set(media, name, value)
    this.#deferred.clear()
    if (!paused) this.#attempt(carried)
  }

  /** `play()`, with a promise that survives a reload. */
  play(): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked = { resolve, reject, attempt: 0 }
      this.#asked.add(asked)
      this.#attempt([asked])
    })
  }

  #attempt(asked: readonly Asked[]): void {
    const attempt = ++this.#attempts
    for (const each of asked) each.attempt = attempt
    const settle = (how: (each: Asked) => void) => {
      for (const each of asked) if (each.attempt === attempt) how(each)
    }
    nativePlay.call(this.media).then(
      () => settle(each => this.#asked.delete(each) && each.resolve()),
      error =>
        settle(each => {
          each.refusal = error
          // The error event, which causes the reload, may come after this.
          if (error?.name !== 'NotSupportedError' || !this.mayRetry()) this.#giveBackRefusals()
        }),
    )
  }

  #giveBackRefusals(): void {
    for (const each of this.#asked) {
      if (each.refusal === undefined || each.attempt === 0) continue
      this.#asked.delete(each)
      each.reject(each.refusal)
    }
  }

  /** Whether an event was caused here and must not reach the page. */
  isOwn(type: string): boolean {
    const { media } = this
    if (type === 'emptied') {
      if (this.#ownEmptied-- > 0) return true
      this.#ownEmptied = 0
      // The page itself reloads it.
      this.#hasSeenLoad = false
      this.#hasSeenPlay &&= !media.paused
      this.#giveBackRefusals()
    } else if (type === 'loadstart') {
      if (this.#ownEmptied === 0) this.#isReloading = false
      const isSeen = this.#hasSeenLoad
      this.#hasSeenLoad = true
      return isSeen
    } else if (type === 'play') {
      this.#hasSeenPlay = true
      return this.#isReloading && this.#hadSeenPlay
    } else if (type === 'pause') this.#hasSeenPlay = false
    // Firefox fires it for an empty stream.
    else if (type === 'suspend') return this.#isWaiting
    else if (type === 'waiting') return this.#isReloading && this.#hadSeenPlay
    else if (type === 'ratechange') return this.#isReloading && this.#hasRestoredRate
    else if (type === 'abort' || type === 'timeupdate') return this.#isReloading
    return false
  }
}
