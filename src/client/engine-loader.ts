/** The engine of a page: loaded once something needs it, and again after it was stopped. */

import { SwarmtagError } from '../core/errors.js'
import type { PageEngine } from './page-engine.js'
import type { Parts } from './parts.js'

export class EngineLoader {
  /** The engine that is at work. */
  current: PageEngine | undefined
  #loading: Promise<PageEngine> | undefined

  constructor(
    readonly loadEngine: Parts['loadEngine'],
    readonly make: (kind: typeof PageEngine) => PageEngine,
  ) {}

  /** @throws SwarmtagError `unsupported` if its file is missing */
  load(): Promise<PageEngine> {
    this.#loading ??= this.loadEngine().then(
      loaded => this.make(loaded.PageEngine),
      error => {
        this.#loading = undefined
        const detail = `swarmtag-peers.js could not be loaded; host it beside swarmtag.js (${error})`
        throw new SwarmtagError('unsupported', detail)
      },
    )
    return this.#loading
  }

  /** The engine, at work from now on; `undefined` if the page stopped it meanwhile. */
  async use(): Promise<PageEngine | undefined> {
    const loading = this.load()
    const engine = await loading
    if (loading !== this.#loading) return undefined
    this.current = engine
    return engine
  }

  async stop(): Promise<void> {
    const loading = this.#loading
    this.#loading = undefined
    this.current = undefined
    await loading?.then(
      engine => engine.stop(),
      () => {},
    )
  }
}
