/** `swarmtag-peers.js`: the engine in a page, for all its videos that take part. Loaded once the first bytes of one have come. */

import { compileNameOf, type NameOf } from '../bridge/video-url.js'
import { asSwarmtagError } from '../core/errors.js'
import type { Sharing } from '../core/policy/sharing.js'
import { clockOf } from '../engine/clock.js'
import { Engine } from '../engine/engine.js'
import type { Session } from '../engine/session.js'
import { setLogLevel } from '../log/log.js'
import { ChunkStore } from '../store/chunk-store.js'
import { OpenManifests } from '../store/open-manifests.js'
import { wakeTrackers } from '../swarm/tracker.js'
import { Consent } from './consent.js'
import { type Asked, showConsentControl } from './consent-control.js'
import { DeferredVerification } from './deferred-verification.js'
import type { NewResponse } from './early-messages.js'
import type { Events } from './events.js'
import { MediaPlayback } from './media-playback.js'
import type { PageSettings } from './options.js'
import { swarmJoiner } from './page-swarms.js'
import type { Place } from './place.js'
import { handleWorker, ResponsePort } from './response-port.js'
import { Shares } from './shares.js'
import { statsOf, type UploadStats, type VideoStats } from './stats.js'
import { checkSwarmOptions, type Settings } from './swarm-options.js'
import { UploadLedger } from './upload-ledger.js'
import { watchWaking } from './waking.js'
import { WorkerKeepalive } from './worker-keepalive.js'

/** How often to check whether videos are still in the document. */
const LOOK_MS = 2_000

interface OpenResponse {
  readonly url: string
  readonly isPlayed: boolean
  /** The run of the worker that opened it. */
  readonly workerId: string
  close(): void
}

export class PageEngine {
  readonly settings: Settings
  readonly consent: Consent
  /** The files that are given to others from here. */
  readonly shares: Shares
  readonly #engine: Engine
  readonly #manifests: OpenManifests
  readonly #playback: MediaPlayback
  readonly #ledger: UploadLedger
  readonly #storage: ChunkStore
  readonly #lifetime = new AbortController()
  readonly #deferred = new WeakMap<Session, DeferredVerification>()
  readonly #open = new Map<number, OpenResponse>()
  readonly #keepalive = new WorkerKeepalive(() => this.#isStreaming)
  #responses = 0
  /** Whether the page was left; it may be shown again as it was. */
  #isHidden = false

  constructor(
    page: PageSettings,
    options: object,
    place: Place,
    readonly events: Events,
    startHashing: () => Worker,
  ) {
    const { settings: swarm, problems } = checkSwarmOptions(options, place)
    for (const { code, detail } of problems) events.emit('notice', { code, detail })
    // The engine's bundle has its own copy of the log module.
    setLogLevel(page.logLevel)
    this.settings = { ...page, ...swarm }
    const { settings } = this
    const nameOf: NameOf = compileNameOf(settings.ignoreQuery)
    this.consent = new Consent(settings.consent, () => {
      this.#engine.sharingChanged()
      this.shares.sharingChanged()
    })
    this.shares = new Shares({
      ...{ settings, place, consent: this.consent, startHashing },
      engine: () => this.#engine,
      ask: () => this.ask('file'),
    })
    this.#ledger = new UploadLedger(settings.uploadLimits, () => this.#engine.takenBytes)
    this.#storage = new ChunkStore({
      capacityBytes: settings.storeBytes,
      onLost: (root, runs) => this.#engine.lost(root, runs),
      onRefused: ({ code, detail }) => events.emit('notice', { code, detail }),
    })
    this.#manifests = new OpenManifests(this.#storage, { key: settings.key })
    this.#playback = new MediaPlayback(nameOf)
    this.#engine = this.#makeEngine()
    this.#watch()
  }

  get stats(): VideoStats[] {
    return this.#engine.sessions.filter(each => !this.shares.has(each.options.url)).map(statsOf)
  }

  get figures(): { sharing: Sharing; upload: UploadStats } {
    return { sharing: this.consent.sharing, upload: this.#ledger.stats }
  }

  /** Shows the question whether this browser may be connected to others, to watch a video or to give a file. */
  ask(what: Asked = 'video'): void {
    showConsentControl(what, isGiven => this.consent.decide(isGiven))
  }

  /**
   * Deletes what is kept of all videos.
   *
   * @throws SwarmtagError `store-failed`
   */
  async purge(): Promise<void> {
    this.#ledger.forget()
    await this.#engine.purge()
  }

  /** Supplies a response of the worker. */
  async accept({ opening, channel, origin, listen }: NewResponse): Promise<void> {
    try {
      const { url, descriptor, workerId, run, isPlayed } = opening
      // Responses of a worker that was stopped have ended.
      for (const each of this.#open.values()) if (each.workerId !== workerId) each.close()
      const session = await this.#session(url, descriptor)
      const id = this.#responses++
      const onClosed = () => {
        this.#open.delete(id)
        session.close(id)
      }
      this.#open.set(id, { url, isPlayed, workerId, close: onClosed })
      this.#keepalive.start()
      session.played(this.#playback.read(url))
      session.open({ id, run, isPlayed, origin }, new ResponsePort(channel))
      const deferred = this.#deferredOf(session)
      listen(message => {
        // After a seek the element's event may not have fired yet.
        if (message.type === 'need') session.played(this.#playback.read(url))
        handleWorker(
          {
            ...{ session, demand: id, isPlayed, deferred, onClosed },
            onDropped: ({ type, detail }) => {
              this.events.emitDropped(type, detail)
              session.stop()
            },
          },
          message,
        )
      })
    } catch (error) {
      const { code, detail } = asSwarmtagError(error, 'bridge-protocol')
      this.events.emit('notice', { code, detail })
      channel.send({ type: 'decline' })
    }
  }

  async stop(): Promise<void> {
    this.#lifetime.abort()
    this.#keepalive.stop()
    this.shares.stop()
    await this.#engine.stop()
  }

  /** Whether a response of the worker is being played or loaded. */
  get #isStreaming(): boolean {
    return [...this.#open.values()].some(
      ({ url, isPlayed }) => !isPlayed || this.#playback.read(url)?.isPlaying,
    )
  }

  #makeEngine(): Engine {
    const { settings, consent, events } = this
    const join = swarmJoiner(settings, this.#ledger)
    return new Engine({
      storage: this.#storage,
      clock: clockOf(globalThis),
      emit: (type, detail) => {
        if (!this.shares.takes(type, detail)) events.emit(type, detail)
      },
      hasOrigin: settings.origin !== 'never',
      maySearch: () => settings.trackers.length > 0 && consent.sharing === 'on' && !this.#isHidden,
      joinSwarm: (shared, listener) => join(shared, listener, this.shares.swarmOf(shared)),
    })
  }

  #watch(): void {
    const { signal } = this.#lifetime
    const stops = [
      this.#playback.watch(url => {
        void this.#engine.find(url)?.then(session => session.played(this.#playback.read(url)))
      }),
    ]
    const looking = setInterval(
      () => this.#engine.restThoseGone(url => this.#playback.isShown(url)),
      LOOK_MS,
    )
    signal.addEventListener('abort', () => {
      clearInterval(looking)
      for (const stop of stops) stop()
    })
    watchWaking(wakeTrackers, signal)
    addEventListener('pagehide', event => this.#onPageHide(event), { signal })
    addEventListener('pageshow', () => this.#onPageShow(), { signal })
  }

  /**
   * Disconnects, or others would wait for it: the page is unloaded, or freezes. What is buffered is written, unless the page
   * freezes with its memory. Browsers keep a page to go back to only where it has no connection open. Without an origin a
   * response fails that has no peer left: then the page is better loaded anew.
   */
  #onPageHide({ persisted }: PageTransitionEvent): void {
    if (persisted) this.#storage.suspend()
    else void this.#storage.flush()
    this.#ledger.save()
    if (persisted && this.settings.origin === 'never') return
    this.#isHidden = true
    this.#engine.sharingChanged()
  }

  /** The page is shown, perhaps again. */
  #onPageShow(): void {
    this.#storage.resume()
    this.#isHidden = false
    this.#engine.sharingChanged()
  }

  async #session(url: string, descriptor: Uint8Array<ArrayBuffer>): Promise<Session> {
    const manifest = await this.#manifests.adopt(url, descriptor)
    const isNew = this.#engine.find(url) === undefined
    const session = await this.#engine.open(url, manifest)
    if (isNew && this.settings.consent === 'ask' && this.consent.sharing === 'unasked') this.ask()
    return session
  }

  #deferredOf(session: Session): DeferredVerification {
    const deferred = this.#deferred.get(session) ?? new DeferredVerification()
    this.#deferred.set(session, deferred)
    return deferred
  }
}
