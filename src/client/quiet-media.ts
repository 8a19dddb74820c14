/**
 * One media element that waits, or loads anew, without its page noticing: the markup stays as it is written, promises
 * of `play()` are kept, and the events of what is done here are kept from the page.
 *
 * Whatever has an element load anew runs the load algorithm: it drops the element's pending events, takes `playbackRate`
 * back, sets `paused` and rejects the promises of `play()`, and tells `abort`, `emptied` and `loadstart` once more.
 *
 * @see https://html.spec.whatwg.org/multipage/media.html#media-element-load-algorithm
 */

/** The events that loading anew causes; a page sees each as often as if it had loaded once. */
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

/** A call of `play()` whose promise is open. */
interface Asked {
  resolve(): void
  reject(reason: unknown): void
  /** The attempt that decides; those before do not count any more. */
  attempt: number
  /** Why the browser rejected it, where the element may yet load in another way. */
  refusal?: unknown
}

const nativePlay = HTMLMediaElement.prototype.play

/** What is another thing for an element that has a stream: the page reads and sets it, and it counts once the element loads. */
const DEFERRED = ['preload', 'defaultPlaybackRate', 'playbackRate', 'currentTime'] as const

/** An element that waits has a property of its own in front of this. */
const srcObject = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject')

export class QuietMedia {
  /** Whether all promises of `play()` are kept here, so that loading anew loses none. */
  readonly isCovered: boolean
  readonly #asked = new Set<Asked>()
  readonly #deferred = new Map<string, unknown>()
  #attempts = 0
  #isWaiting = false
  #isReloading = false
  /** Whether the page was told that the element began to load, and that it plays. */
  #hasToldLoad = false
  #hasToldPlay = false
  #hadToldPlay = false
  #hasRestoredRate = false
  /** Events `emptied` to come of what was done here. */
  #ownEmptied = 0

  /** @param mayRetry - whether it would load anew after an error */
  constructor(
    readonly media: HTMLMediaElement,
    readonly mayRetry: () => boolean,
  ) {
    this.isCovered = media.paused
  }

  /** Whether it waits; not any more where the page gave it an object to play. */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /**
   * Keeps the element, which has not begun to load, from its sources: it is given a stream that has nothing. Attributes and `<source>` nodes
   * stay, and count again once the stream is taken away.
   */
  wait(): void {
    const { media } = this
    const isNew = media.currentSrc === '' && media.networkState !== HTMLMediaElement.NETWORK_EMPTY
    this.#ownEmptied = isNew ? 1 : 0
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

  /** The page itself has what waits load something else: that drops the events that were on their way. */
  onLoad(): void {
    this.#ownEmptied = 0
  }

  /** Lets it load what its markup says. */
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

  /** Has the element load anew, by whatever causes that. */
  reload(cause: () => void): void {
    const { media } = this
    const { paused, playbackRate } = media
    const carried = paused ? [] : [...this.#asked]
    for (const each of carried) each.attempt = 0
    this.#giveBackRefusals()
    this.#isReloading = true
    this.#hadToldPlay = this.#hasToldPlay
    // Those that were on their way are dropped.
    this.#ownEmptied = media.networkState === HTMLMediaElement.NETWORK_EMPTY ? 0 : 1
    cause()
    this.#hasRestoredRate = media.playbackRate !== playbackRate
    if (this.#hasRestoredRate) media.playbackRate = playbackRate
    for (const [name, value] of this.#deferred) Reflect.set(media, name, value)
    this.#deferred.clear()
    if (!paused) this.#attempt(carried)
  }

  /** `play()`, with a promise that outlives loading anew. */
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
          // The error event, which has it load anew, may come after this.
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

  /** Whether an event comes of what was done here, so that the page is not to see it. */
  isOwn(type: string): boolean {
    const { media } = this
    if (type === 'emptied') {
      if (this.#ownEmptied-- > 0) return true
      this.#ownEmptied = 0
      // The page itself has it load anew.
      this.#hasToldLoad = false
      this.#hasToldPlay &&= !media.paused
      this.#giveBackRefusals()
    } else if (type === 'loadstart') {
      if (this.#ownEmptied === 0) this.#isReloading = false
      const isTold = this.#hasToldLoad
      this.#hasToldLoad = true
      return isTold
    } else if (type === 'play') {
      this.#hasToldPlay = true
      return this.#isReloading && this.#hadToldPlay
    } else if (type === 'pause') this.#hasToldPlay = false
    // A stream that has nothing is "suspended" in Firefox.
    else if (type === 'suspend') return this.#isWaiting
    else if (type === 'waiting') return this.#isReloading && this.#hadToldPlay
    else if (type === 'ratechange') return this.#isReloading && this.#hasRestoredRate
    else if (type === 'abort' || type === 'timeupdate') return this.#isReloading
    return false
  }
}
