/** Which URLs take part, and the notices about those that do not. */

import { sharedRoot } from '../bridge/share-url.js'
import { compileNameOf, compileParticipation, type NameOf } from '../bridge/video-url.js'
import type { FirstOptions } from './ahead.js'
import type { SwarmtagEvents } from './events.js'
import type { PageSettings } from './options.js'
import type { WhyPlain } from './stats.js'

/** By the reason why an element does not take part. */
const NOTICES: { readonly [Why in WhyPlain]?: string } = {
  late: 'the worker was late; it takes part from its next request on',
  begun: 'it began to load before the tag saw it; put the tag ahead of it, or give it crossorigin',
}

export class Selection {
  readonly nameOf: NameOf
  /** Whether a URL takes part; one of another origin only if the element has `crossorigin`, or `match` is given. */
  readonly isMatched: (url: URL, hasCors?: boolean) => boolean
  /** What may be asked for ahead of the worker: only what a server has. */
  readonly ahead: FirstOptions
  readonly #noticed = new Set<string>()

  constructor(
    settings: PageSettings,
    readonly notice: (detail: SwarmtagEvents['notice']) => void,
  ) {
    this.nameOf = compileNameOf(settings.ignoreQuery)
    const { isMatched, signatureOf } = compileParticipation(settings, location.href)
    const isNamed = settings.match.length > 0
    this.isMatched = (url, hasCors = false) => {
      // `blob:` and `data:` are the page's own, and nobody else has them.
      if (!/^https?:$/.test(url.protocol)) return false
      if (url.origin === location.origin && sharedRoot(url)) return true
      if (!(url.origin === location.origin || isNamed || hasCors) || !isMatched(url)) return false
      const parameter = signatureOf(url)
      if (parameter)
        this.#notShared(
          url.origin + url.pathname,
          `its query looks signed (${parameter}); name in data-ignore-query what only signs it`,
        )
      return !parameter
    }
    this.ahead = {
      isMatched: url => !sharedRoot(url) && this.isMatched(url),
      nameOf: settings.ahead === 'page' ? this.nameOf : undefined,
    }
  }

  /** An element plays over plain HTTP for now; noticed once for each reason. */
  readonly onPlain = (url: string, why: WhyPlain): void => {
    if (why === 'without-cors') {
      const detail = 'it plays only without CORS; let its server send Access-Control-Allow-Origin'
      return this.#notShared(url, detail)
    }
    const detail = NOTICES[why]
    if (detail) this.#notify({ code: 'plays-plainly', detail: `${url}: ${detail}` }, detail)
  }

  #notShared(url: string, why: string): void {
    this.#notify({ code: 'not-public', detail: `${url} is not shared: ${why}` }, why)
  }

  #notify(notice: SwarmtagEvents['notice'], reason: string): void {
    if (this.#noticed.has(reason)) return
    this.#noticed.add(reason)
    this.notice(notice)
  }
}
