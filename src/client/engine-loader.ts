/** The engine of a page: loaded once something needs it, and again after it was stopped. */

import type { PageEngine } from './page-engine.js'

export class EngineLoader {
  /** The engine that is at work. */
  current: PageEngine | undefined
  #loading: Promise<PageEngine> | undefined

  constructor(readonly make: () => Promise<PageEngine>) {}

  load(): Promise<PageEngine> {
    this.#loading ??= this.make().catch(error => {
      this.#loading = undefined
      throw error
    })
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
