/**
 * The page's media elements: sets `crossorigin` on those that take part before they load, and on a first visit holds them
 * until the worker is there ([why](docs/decisions/first-visit.md)).
 *
 * Without `crossorigin` browsers keep media requests from workers, or are about to (whatwg/fetch#1936), and Chromium
 * fails an element whose answers come from the worker after its first came from the network. With it, an element that
 * began over plain HTTP takes part from its next request on. One that began without is never touched.
 */

import { AwaitedMedia, type AwaitedMediaOptions } from './awaited-media.js'
import { hasBegun, mediaIn, urlsOf } from './media-urls.js'
import { LOOK_MS, Patience } from './patience.js'
import { LOADING_EVENTS, QuietMedia } from './quiet-media.js'
import type { ElementStats, WhyPlain } from './stats.js'
import { WithoutCors } from './without-cors.js'

export interface ElementsOptions extends Omit<AwaitedMediaOptions, 'hold'> {
  /** Whether the worker answers this URL; `hasCors` where the site itself asks for it with CORS. */
  isMatched(url: URL, hasCors: boolean): boolean
  /** Called when a URL is played over plain HTTP for now. */
  onPlain(url: string, why: WhyPlain): void
  /** Whether the worker controls the page already. */
  isControlled: boolean
  /** The longest that elements wait. */
  mostHoldMs: number
  /** Time to the site and back; 0 where it is not known. */
  awayMs: number
}

export class Elements {
  readonly #observer = new MutationObserver(records => this.#onMutations(records))
  readonly #quiet = new WeakMap<HTMLMediaElement, QuietMedia>()
  /** Of each element that could take part, why it does not. */
  readonly #why = new WeakMap<HTMLMediaElement, WhyPlain | undefined>()
  readonly #waiting = new Set<HTMLMediaElement>()
  readonly #seen = new WeakSet<Event>()
  readonly #awaited: AwaitedMedia
  readonly #withoutCors: WithoutCors
  readonly #patience: Patience
  /** `passing`: elements load as they come, as the worker is late; `off`: there is none. */
  #state: 'holding' | 'passing' | 'answered' | 'off'
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(readonly options: ElementsOptions) {
    const { isControlled, mostHoldMs, awayMs } = options
    this.#state = isControlled ? 'answered' : mostHoldMs > 0 ? 'holding' : 'passing'
    this.#patience = new Patience({ mostMs: mostHoldMs, awayMs }, performance.now())
    this.#awaited = new AwaitedMedia({ ...options, hold: media => this.#see(media) })
    this.#withoutCors = new WithoutCors(media => this.#setWhy(media, 'without-cors'))
    for (const type of LOADING_EVENTS) addEventListener(type, this.#onEvent, { capture: true })
    this.#coverPlay()
    this.#observer.observe(document, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ['src'],
    })
    this.#onAdded(document.documentElement)
  }

  /** The installation of the worker goes on: elements may wait longer. */
  onWorkerProgress(): void {
    this.#patience.onProgress()
  }

  /** The worker answers from now on: what waits loads, and what follows takes part. */
  release(): void {
    this.#state = 'answered'
    this.endWaiting()
    for (const media of mediaIn(document)) if (this.#why.get(media) === 'late') this.#move(media)
  }

  /** Loads what can be answered by now. */
  endWaiting(): void {
    if (this.#state === 'holding') return
    clearInterval(this.#timer)
    for (const media of [...this.#waiting]) {
      if (this.#isAwaited(media)) {
        this.#waitOn(media)
        continue
      }
      this.#waiting.delete(media)
      const quiet = this.#quiet.get(media)
      if (!quiet?.isWaiting) {
        this.#why.delete(media)
        continue
      }
      if (this.#state !== 'off') this.#withoutCors.mark(media)
      if (this.#state === 'passing') this.#setWhy(media, 'late')
      else this.#why.set(media, undefined)
      quiet.go()
    }
  }

  /** There will be no worker: what waits loads over plain HTTP, as does all that follows. */
  giveUp(): void {
    this.#observer.disconnect()
    this.#state = 'off'
    this.endWaiting()
  }

  /** An element's request for this URL was answered by the worker. */
  onAnswered(isUrl: (url: string) => boolean): void {
    for (const media of mediaIn(document))
      if (this.#why.get(media) === 'late' && isUrl(media.currentSrc))
        this.#why.set(media, undefined)
  }

  /** The state of each element that could take part; `isShared` returns whether a URL has a swarm. */
  stats(isShared: (url: string) => boolean): ElementStats[] {
    return mediaIn(document).flatMap(media => {
      const url = media.currentSrc || urlsOf(media)[0]?.href
      if (!this.#why.has(media) || !url) return []
      const why = this.#state === 'off' ? 'off' : this.#why.get(media)
      const reason = why ?? (isShared(url) ? undefined : 'no-swarm')
      return [{ url, takesPart: !reason, ...(reason && { reason }) }]
    })
  }

  /** `play()` may be called before the observer runs, or on an element outside the document, which it never sees. */
  #coverPlay(): void {
    const { prototype } = HTMLMediaElement
    const native = prototype.play
    const elements = this
    prototype.play = function play() {
      if (this.readyState === 0 && elements.#state !== 'off') elements.#see(this)
      const quiet = elements.#quiet.get(this)
      return quiet?.isCovered && this.readyState === 0 ? quiet.play() : native.call(this)
    }
  }

  #onMutations(records: MutationRecord[]): void {
    const waited = new Set<Node>(this.#waiting)
    for (const { type, target, addedNodes } of records) {
      if (type === 'attributes') {
        if (waited.has(target) && target instanceof HTMLMediaElement)
          this.#quiet.get(target)?.onLoad()
        this.#onSourced(target)
      } else for (const node of addedNodes) this.#onAdded(node)
    }
  }

  #onAdded(node: Node): void {
    this.#onSourced(node)
    if (node instanceof Element)
      for (const inner of node.querySelectorAll('video, audio, source')) this.#onSourced(inner)
  }

  #onSourced(node: Node): void {
    const media = node instanceof HTMLSourceElement ? node.parentElement : node
    if (media instanceof HTMLMediaElement) this.#see(media)
  }

  #see(media: HTMLMediaElement): void {
    if (!this.#isMatched(media)) return this.#leave(media)
    if (this.#waiting.has(media)) return this.#waitOn(media)
    if (media.srcObject) return
    const quiet = this.#quietOf(media)
    const hasCors = media.hasAttribute('crossorigin')
    if (media.readyState > 0 || (!quiet.isCovered && !hasCors && hasBegun(media))) {
      // One that has begun to load goes on as it began.
      if (!this.#why.has(media)) this.#setWhy(media, hasCors ? 'late' : 'begun')
    } else if (hasBegun(media)) {
      if (this.#why.has(media)) return
      this.#why.set(media, 'late')
      if (this.#state === 'answered') this.#move(media)
    } else if (quiet.isCovered && (this.#state === 'holding' || this.#isAwaited(media))) {
      this.#why.set(media, 'waiting')
      this.#waiting.add(media)
      quiet.wait()
      this.#waitOn(media)
      if (this.#state === 'holding') this.#timer ??= setInterval(() => this.#look(), LOOK_MS)
    } else {
      this.#withoutCors.mark(media)
      if (this.#state === 'answered') this.#why.set(media, undefined)
      else this.#setWhy(media, 'late')
    }
  }

  /** An element that was given a source of no concern to us loads as if there were no Swarmtag. */
  #leave(media: HTMLMediaElement): void {
    if (!this.#why.has(media) || media.readyState > 0) return
    this.#why.delete(media)
    this.#withoutCors.unmark(media)
    this.#waiting.delete(media)
    this.#quiet.get(media)?.go()
  }

  #quietOf(media: HTMLMediaElement): QuietMedia {
    const known = this.#quiet.get(media)
    if (known) return known
    const quiet = new QuietMedia(media, () => this.#withoutCors.mayRetry(media))
    this.#quiet.set(media, quiet)
    this.#withoutCors.watch(quiet)
    // Events of an element outside the document do not pass the window.
    for (const type of LOADING_EVENTS)
      media.addEventListener(type, this.#onEvent, { capture: true })
    return quiet
  }

  readonly #onEvent = (event: Event): void => {
    if (this.#seen.has(event) || !(event.target instanceof HTMLMediaElement)) return
    this.#seen.add(event)
    if (this.#quiet.get(event.target)?.isOwn(event.type)) event.stopImmediatePropagation()
  }

  /** Of several sources the first playable one decides, as it is the one that loads. */
  #isMatched(media: HTMLMediaElement): boolean {
    const [url] = urlsOf(media)
    const hasCors = media.hasAttribute('crossorigin') && !this.#withoutCors.isMarked(media)
    return url !== undefined && this.options.isMatched(url, hasCors)
  }

  /** Its source is new, or may be answerable by now. */
  #waitOn(media: HTMLMediaElement): void {
    if (this.#isAwaited(media)) this.#awaited.onHeld(media)
    else if (this.#state !== 'holding') this.endWaiting()
  }

  #isAwaited(media: HTMLMediaElement): boolean {
    return this.#awaited.isAwaited(media, this.#state === 'answered')
  }

  #look(): void {
    if (!this.#patience.isOver(performance.now())) return
    // The worker is late: what waited begins over plain HTTP.
    this.#state = 'passing'
    this.endWaiting()
  }

  /** Reloads an element that has shown nothing yet, now through the worker. */
  #move(media: HTMLMediaElement): void {
    const quiet = this.#quiet.get(media)
    if (media.readyState > 0 || media.error || !quiet?.isCovered) return
    this.#withoutCors.mark(media)
    this.#why.set(media, undefined)
    quiet.reload(() => media.load())
  }

  #setWhy(media: HTMLMediaElement, why: WhyPlain): void {
    this.#why.set(media, why)
    if (this.#state !== 'off')
      this.options.onPlain(media.currentSrc || (urlsOf(media)[0]?.href ?? ''), why)
  }
}
