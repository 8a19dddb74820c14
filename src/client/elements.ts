/**
 * The page's media elements: sets `crossorigin` on those that take part before they load, and on a
 * first visit keeps them from loading until the worker is there.
 *
 * Without `crossorigin` browsers keep media requests from workers, or are about to (whatwg/fetch#1936),
 * and Chromium fails an element whose answers come from the worker after its first came from the
 * network. An element that has started is therefore never touched.
 */

/** Elements are held no longer than this, whatever happens: then they play over plain HTTP. */
const HOLD_MS = 500

export interface ElementsOptions {
  /** Whether the worker answers this URL; `hasCors` where the site itself asks for it with CORS. */
  isMatched(url: URL, hasCors: boolean): boolean
  /** Told of a URL that plays only without CORS. */
  onWithoutCors(url: string): void
  /** Whether the worker controls the page already. */
  isControlled: boolean
}

type Sourced = HTMLMediaElement | HTMLSourceElement

export class Elements {
  readonly #observer = new MutationObserver(records => this.#onMutations(records))
  readonly #held = new Map<Sourced, () => void>()
  /** Elements on which `crossorigin` was set here. */
  readonly #marked = new WeakSet<HTMLMediaElement>()
  /** `passing`: elements load as they come, as the worker is late. */
  #state: 'holding' | 'passing' | 'answered'
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(readonly options: ElementsOptions) {
    this.#state = options.isControlled ? 'answered' : 'holding'
    this.#observer.observe(document, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ['src'],
    })
    document.addEventListener('error', this.#onError, { capture: true })
  }

  /** The worker answers from now on: held elements load, and those that follow take part. */
  release(): void {
    this.#state = 'answered'
    this.#restore()
  }

  /** There will be no worker: held elements load over plain HTTP, as do all that follow. */
  giveUp(): void {
    this.#observer.disconnect()
    document.removeEventListener('error', this.#onError, { capture: true })
    this.#letPass()
  }

  /** The worker is late: what was held loads over plain HTTP, for good. */
  #letPass(): void {
    this.#state = 'passing'
    this.#restore()
  }

  #onMutations(records: MutationRecord[]): void {
    for (const { type, target, addedNodes } of records) {
      if (type === 'attributes') this.#onSourced(target)
      else for (const node of addedNodes) this.#onAdded(node)
    }
  }

  #onAdded(node: Node): void {
    this.#onSourced(node)
    if (node instanceof Element)
      for (const inner of node.querySelectorAll('video, audio, source')) this.#onSourced(inner)
  }

  #onSourced(node: Node): void {
    if (!(node instanceof HTMLMediaElement || node instanceof HTMLSourceElement)) return
    const media = node instanceof HTMLMediaElement ? node : node.parentElement
    if (!(media instanceof HTMLMediaElement)) return
    if (!this.#isMatched(node, media.hasAttribute('crossorigin'))) return
    // One that has begun to load goes on as it began.
    if (media.readyState > 0 || this.#state === 'passing') return
    if (this.#state === 'holding') this.#hold(node)
    else this.#mark(media)
  }

  #isMatched(node: Sourced, hasCors: boolean): boolean {
    const src = node.getAttribute('src')
    if (!src) return false
    try {
      return this.options.isMatched(new URL(src, document.baseURI), hasCors)
    } catch {
      return false
    }
  }

  #mark(media: HTMLMediaElement): void {
    if (media.hasAttribute('crossorigin')) return
    media.setAttribute('crossorigin', 'anonymous')
    this.#marked.add(media)
  }

  #hold(node: Sourced): void {
    this.#timer ??= setTimeout(() => this.#letPass(), HOLD_MS)
    this.#held.set(node, node instanceof HTMLMediaElement ? holdSrc(node) : holdSource(node))
  }

  #restore(): void {
    clearTimeout(this.#timer)
    const held = [...this.#held]
    this.#held.clear()
    for (const [node, restore] of held) {
      const media = node instanceof HTMLMediaElement ? node : node.parentElement
      if (this.#state === 'answered' && media instanceof HTMLMediaElement) this.#mark(media)
      restore()
    }
  }

  /**
   * A file that plain HTTP can play and `crossorigin` cannot: one of a server without CORS, or that
   * redirects to one. The element gets it plainly.
   */
  readonly #onError = (event: Event): void => {
    const { target } = event
    const media = target instanceof HTMLSourceElement ? target.parentElement : target
    if (!(media instanceof HTMLMediaElement) || !this.#marked.has(media) || media.readyState > 0)
      return
    if (
      target instanceof HTMLSourceElement &&
      target.nextElementSibling instanceof HTMLSourceElement
    )
      return
    event.stopImmediatePropagation()
    this.#marked.delete(media)
    media.removeAttribute('crossorigin')
    media.addEventListener('loadeddata', () => this.options.onWithoutCors(media.currentSrc), {
      once: true,
    })
    media.load()
  }
}

/** Takes the `src` off an element; the function returned puts it back, unless the page set another. */
function holdSrc(media: HTMLMediaElement): () => void {
  const src = media.getAttribute('src') ?? ''
  media.removeAttribute('src')
  return () => {
    if (!media.hasAttribute('src')) media.setAttribute('src', src)
  }
}

/** Takes a `<source>` out of its element: one without `src` would report an error. */
function holdSource(source: HTMLSourceElement): () => void {
  const place = document.createComment('swarmtag')
  source.replaceWith(place)
  return () => place.replaceWith(source)
}
