/** The files of a page that no server has, by their roots: which are looked for, and their sessions. */

import { FIND_MS } from '../bridge/find.js'
import type { NameOf } from '../bridge/video-url.js'
import { SwarmtagError } from '../core/errors.js'
import type { Engine } from '../engine/engine.js'
import type { Emit } from '../engine/events.js'
import type { Session } from '../engine/session.js'
import type { ChunkStore } from '../store/chunk-store.js'
import type { Manifest } from '../store/manifest.js'
import { SharedManifests } from '../store/shared-manifests.js'
import type { JoinSwarm } from './page-swarms.js'
import { Reception } from './reception.js'
import { statsOf, type VideoStats } from './stats.js'

/** What nobody shows any more is looked for so much longer: an element may be outside the document for a while. */
const LINGER_MS = 60_000

export interface ReceptionsOptions {
  readonly store: ChunkStore
  readonly nameOf: NameOf
  readonly joinSwarm: JoinSwarm
  readonly emit: Emit
  readonly engine: () => Engine
  /** Why this page is connected to nobody; `undefined` if it is. */
  readonly whyOff: () => string | undefined
  /** Whether others are looked for now. */
  readonly maySearch: () => boolean
}

export class Receptions {
  readonly #manifests: SharedManifests
  readonly #all = new Map<string, Reception>()
  /** Why nothing was received, as it was last reported. */
  #noticed: string | undefined

  constructor(readonly options: ReceptionsOptions) {
    this.#manifests = new SharedManifests(options.store)
  }

  /** Figures of those of which nothing but the root is known. */
  get pending(): VideoStats[] {
    return [...this.#all.values()].filter(({ isPending }) => isPending).map(this.#pendingStats)
  }

  /** A session's figures, with its state if it is that of such a file. */
  statsOf(session: Session): VideoStats {
    const stats = statsOf(session)
    if (!this.#all.has(stats.root) || session.options.hasOrigin) return stats
    const { type } = session.options.manifest.descriptor
    if (stats.complete) return { ...stats, type, state: 'complete' }
    return { ...stats, type, ...this.#stateOf(stats.peers) }
  }

  /**
   * The session of a file; waits until somebody gives its descriptor.
   *
   * @param descriptor - as the worker knows it already
   * @throws SwarmtagError `manifest-malformed` or `manifest-mismatch` if that is not the root's
   */
  async session(url: string, root: string, descriptor?: Uint8Array<ArrayBuffer>): Promise<Session> {
    const reception = this.#of(url, root)
    reception.awaitFor(LINGER_MS)
    const known = descriptor ? await reception.adopt(descriptor) : await reception.recall()
    if (!known) this.#begin(reception)
    return this.#sessionOf(reception, known ?? (await reception.find()))
  }

  /**
   * The descriptor of a file, for the worker; waits for somebody who has it, as the worker does.
   *
   * @throws SwarmtagError `sharing-off` if nobody is looked for
   */
  async find(url: string, root: string): Promise<Uint8Array<ArrayBuffer>> {
    const reception = this.#of(url, root)
    const known = await reception.recall()
    if (known) return known.descriptorBytes
    const why = this.options.whyOff()
    if (why) throw new SwarmtagError('sharing-off', why)
    reception.awaitFor(FIND_MS)
    return (await this.session(url, root)).options.manifest.descriptorBytes
  }

  /** A file is looked for, and given to others, for as long as the page is open. */
  keep(url: string, root: string): void {
    this.#of(url, root).awaitFor(Number.POSITIVE_INFINITY)
  }

  /** Whether this page may be connected to others has changed. */
  sharingChanged(): void {
    for (const each of this.#all.values()) if (each.isPending) this.#search(each)
  }

  /** Ends the search for what nobody waits for any more; to be called every few seconds. */
  restThoseGone(): void {
    const shown = [...document.querySelectorAll<HTMLMediaElement>(':is(video,audio,source)[src]')]
    const urls = new Set(shown.map(({ src }) => URL.canParse(src) && this.options.nameOf(src)))
    for (const each of this.#all.values()) {
      if (!each.isPending) continue
      if (urls.has(each.options.url)) each.awaitFor(LINGER_MS)
      this.#search(each)
    }
  }

  stop(): void {
    for (const each of this.#all.values()) each.stop()
  }

  #of(url: string, root: string): Reception {
    const { joinSwarm, emit } = this.options
    const known = this.#all.get(root)
    if (known) return known
    const reception = new Reception({
      ...{ url, root, joinSwarm, manifests: this.#manifests },
      failed: ({ code, detail }) => emit('notice', { code, detail }),
    })
    this.#all.set(root, reception)
    return reception
  }

  #begin(reception: Reception): void {
    const detail = this.options.whyOff()
    if (detail && detail !== this.#noticed)
      this.options.emit('notice', { code: 'sharing-off', detail })
    this.#noticed = detail
    this.#search(reception)
  }

  #search(reception: Reception): void {
    const isAwaited = performance.now() < reception.awaitedToMs
    reception.search(isAwaited && this.options.maySearch())
  }

  /** It meets others at once: they may want what an earlier visit left. */
  async #sessionOf(reception: Reception, manifest: Manifest): Promise<Session> {
    const { joinSwarm, awaitedToMs, options } = reception
    const session = await this.options
      .engine()
      .open(options.url, manifest, { hasOrigin: false, joinSwarm })
    session.seed({ stays: awaitedToMs === Number.POSITIVE_INFINITY })
    return session
  }

  #stateOf(peers: number): Pick<VideoStats, 'state' | 'why'> {
    const why = this.options.whyOff()
    if (why) return { state: 'off', why }
    return { state: peers > 0 ? 'receiving' : 'searching' }
  }

  readonly #pendingStats = ({ options: { url, root }, peers }: Reception): VideoStats => ({
    ...{ url, root, sizeBytes: 0, chunks: 0, heldChunks: 0, complete: false, peers, offload: 0 },
    bytes: { origin: 0, peers: 0, store: 0, uploaded: 0, wasted: 0 },
    ...this.#stateOf(0),
  })
}
