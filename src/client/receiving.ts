/** Files of the page that no server has: has the engine look for them, for elements that wait and for the worker. */

import type { Finding, Found } from '../bridge/find.js'
import { sharedRoot } from '../bridge/share-url.js'
import type { NameOf } from '../bridge/video-url.js'
import { asSwarmtagError } from '../core/errors.js'
import type { SwarmtagEvents } from './events.js'
import type { PageEngine } from './page-engine.js'

export interface ReceivingOptions {
  readonly nameOf: NameOf
  /** The engine; `undefined` if it was stopped or cannot be loaded. */
  engine(): Promise<PageEngine | undefined>
  notice(detail: SwarmtagEvents['notice']): void
  /** Called once more is known of a file than its root. */
  onHere(): void
}

export class Receiving {
  readonly #here = new Set<string>()

  constructor(readonly options: ReceivingOptions) {}

  /** Whether a file is one of a server's, or its descriptor is here. */
  isHere(url: URL): boolean {
    return !sharedRoot(url) || this.#here.has(this.options.nameOf(url.href))
  }

  /** An element waits for a file; why it waits in vain is reported. */
  await(url: URL): void {
    this.receive(url).catch(error => {
      const { code, detail } = asSwarmtagError(error, 'unsupported')
      this.options.notice({ code, detail })
    })
  }

  /**
   * Waits for a file.
   *
   * @param isKept - whether it is given to others for as long as the page is open, shown or not
   * @throws SwarmtagError `sharing-off` if the page accepts only what the site has signed
   */
  async receive(url: URL, isKept = false): Promise<void> {
    const { nameOf, engine, onHere } = this.options
    const name = nameOf(url.href)
    const root = sharedRoot(url)
    const loaded = await engine()
    if (!root || !loaded) return
    await loaded.receive(name, root, isKept)
    this.#here.add(name)
    onHere()
  }

  /** The worker needs a file's descriptor. */
  async find({ url, root }: Finding, answer: (found: Found) => void): Promise<void> {
    try {
      const engine = await this.options.engine()
      const descriptor = await engine?.find(url, root)
      answer(
        descriptor
          ? { type: 'found', descriptor }
          : { type: 'not-sought', detail: 'Swarmtag is off in this page' },
      )
    } catch (error) {
      answer({ type: 'not-sought', detail: asSwarmtagError(error, 'bridge-protocol').detail })
    }
  }
}
