/**
 * Files that play only without `crossorigin`: those of a server without CORS, or that redirects to one. An element on
 * which `crossorigin` was set here, and which fails, is reloaded without it.
 */

import type { QuietMedia } from './quiet-media.js'

/** The retries of one element. */
interface Trial {
  /** What failed with `crossorigin`, and is retried without. */
  suspect?: EventTarget
  /** What failed without it as well. */
  readonly broken: WeakSet<EventTarget>
}

export class WithoutCors {
  /** Elements on which `crossorigin` was set here. */
  readonly #marked = new WeakSet<HTMLMediaElement>()
  readonly #trials = new WeakMap<HTMLMediaElement, Trial>()
  readonly #quiet = new WeakMap<HTMLMediaElement, QuietMedia>()

  /** @param onPlays - called with an element that plays without CORS, and could not with it */
  constructor(readonly onPlays: (media: HTMLMediaElement) => void) {
    addEventListener('error', event => this.#onError(event), { capture: true })
    addEventListener('loadedmetadata', event => this.#onLoaded(event), { capture: true })
  }

  watch(quiet: QuietMedia): void {
    this.#quiet.set(quiet.media, quiet)
  }

  /** Makes an element that is about to load use CORS. */
  mark(media: HTMLMediaElement): void {
    this.#trials.delete(media)
    this.#mark(media)
  }

  #mark(media: HTMLMediaElement): void {
    if (media.hasAttribute('crossorigin')) return
    media.setAttribute('crossorigin', 'anonymous')
    this.#marked.add(media)
  }

  unmark(media: HTMLMediaElement): void {
    if (this.#marked.delete(media)) media.removeAttribute('crossorigin')
  }

  isMarked(media: HTMLMediaElement): boolean {
    return this.#marked.has(media)
  }

  /** Whether an element that fails would be retried without `crossorigin`. */
  mayRetry(media: HTMLMediaElement): boolean {
    return this.#marked.has(media) && media.readyState === 0
  }

  #onLoaded({ target }: Event): void {
    if (!(target instanceof HTMLMediaElement)) return
    const trial = this.#trials.get(target)
    if (trial?.suspect) this.onPlays(target)
    this.#trials.delete(target)
  }

  #onError(event: Event): void {
    const { target } = event
    const media = target instanceof HTMLSourceElement ? target.parentElement : target
    if (!target || !(media instanceof HTMLMediaElement) || media.readyState > 0) return
    const quiet = this.#quiet.get(media)
    if (!quiet || (target instanceof HTMLSourceElement && !mayPlay(media, target))) return
    const trial = this.#trials.get(media) ?? { broken: new WeakSet() }
    this.#trials.set(media, trial)
    if (this.#marked.has(media)) {
      event.stopImmediatePropagation()
      // Reported already.
      if (trial.broken.has(target)) return
      trial.suspect = target
      this.unmark(media)
      quiet.reload(() => media.load())
    } else if (trial.suspect === target) {
      delete trial.suspect
      trial.broken.add(target)
      // The other sources may take part.
      if (target instanceof HTMLSourceElement) {
        this.#mark(media)
        quiet.reload(() => media.load())
      }
    } else if (trial.broken.has(target)) event.stopImmediatePropagation()
  }
}

/** A source of a type that the browser cannot play was not requested. */
const mayPlay = (media: HTMLMediaElement, { type }: HTMLSourceElement): boolean =>
  type === '' || media.canPlayType(type) !== ''
