/**
 * One file that no server has: looks for others who have it until one gives the descriptor, and hands the swarm that was joined
 * for it to the session that receives the chunks.
 */

import type { Shared } from '../engine/engine.js'
import type { SwarmListener, SwarmPort } from '../engine/swarm-port.js'
import type { Manifest } from '../store/manifest.js'
import { pagesFrom, type SharedManifests } from '../store/shared-manifests.js'
import { ManifestExchange } from '../swarm/manifest-exchange.js'
import type { Swarm } from '../swarm/swarm.js'
import type { JoinSwarm } from './page-swarms.js'

export interface ReceptionOptions {
  readonly url: string
  readonly root: string
  readonly manifests: SharedManifests
  readonly joinSwarm: JoinSwarm
  /** A peer broke the protocol, or the swarm could not be joined. */
  readonly failed: SwarmListener['failed']
}

export class Reception {
  /** Whether nothing but the root is known. */
  isPending = true
  /** Until when somebody waits for it, as far as is known. */
  awaitedToMs = 0
  readonly #exchange = new ManifestExchange()
  /** Joined to find the descriptor. */
  #swarm: Swarm | undefined
  #finding: Promise<Manifest> | undefined
  #recalling: Promise<Manifest | undefined> | undefined

  constructor(readonly options: ReceptionOptions) {}

  get peers(): number {
    return this.#swarm?.neighbourCount ?? 0
  }

  /** Somebody waits for it, for so long. */
  awaitFor(ms: number): void {
    this.awaitedToMs = Math.max(this.awaitedToMs, performance.now() + ms)
  }

  /** What an earlier visit stored. */
  recall(): Promise<Manifest | undefined> {
    const { manifests, root } = this.options
    this.#recalling ??= manifests.recall(root, pagesFrom(this.#exchange)).then(manifest => {
      if (manifest) this.isPending = false
      return manifest
    })
    return this.#recalling
  }

  /** The worker knows the descriptor. */
  async adopt(descriptor: Uint8Array<ArrayBuffer>): Promise<Manifest> {
    const { manifests, root } = this.options
    const manifest = await manifests.adopt(root, descriptor, pagesFrom(this.#exchange))
    this.isPending = false
    return manifest
  }

  /** The manifest, once somebody has given its descriptor; looks for others while `search` says so. */
  find(): Promise<Manifest> {
    const { manifests, root } = this.options
    this.#finding ??= manifests.receive(root, this.#exchange).then(manifest => {
      this.isPending = false
      return manifest
    })
    return this.#finding
  }

  /** Looks for others, or no longer. */
  search(isWanted: boolean): void {
    const { root, joinSwarm, failed } = this.options
    // The swarm that found the descriptor is its session's.
    if (!this.isPending) return
    if (!isWanted) return this.stop()
    const unheard = async () => {}
    const listener = { handle: () => {}, arrived: unheard, uploaded: () => {}, failed }
    this.#swarm ??= joinSwarm({ root }, listener, { exchange: this.#exchange })
  }

  /** For the session: the swarm that found the descriptor goes on; once it was left, another is joined. */
  readonly joinSwarm = (shared: Shared, listener: SwarmListener): SwarmPort => {
    const swarm = this.#swarm
    this.#swarm = undefined
    if (!swarm) return this.options.joinSwarm(shared, listener, { exchange: this.#exchange })
    swarm.begin(shared, listener)
    return swarm
  }

  stop(): void {
    this.#swarm?.leave()
    this.#swarm = undefined
  }
}
