/** `swarmtag-peers.js`: the engine in a page, for all its videos that take part. Loaded once the first bytes of one have come. */

import { sharedRoot } from '../bridge/share-url.js'
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
import type { HashThread } from './hashing.js'
import { MediaPlayback } from './media-playback.js'
import { OpenResponses } from './open-responses.js'
import type { PageSettings } from './options.js'
import { swarmJoiner } from './page-swarms.js'
import { PageVisit } from './page-visit.js'
import type { Place } from './place.js'
import { Receptions } from './receptions.js'
import { handleWorker, ResponsePort, sendDigests } from './response-port.js'
import { Shares } from './shares.js'
import type { UploadStats, VideoStats } from './stats.js'
import { checkSwarmOptions, type Settings } from './swarm-options.js'
import { UploadLedger } from './upload-ledger.js'
import { watchWaking } from './waking.js'
import { requireReceivable, whyOff } from './why-off.js'
import { WorkerKeepalive } from './worker-keepalive.js'

/** How often to check whether videos are still in the document. */
const LOOK_MS = 2_000

export class PageEngine {
  readonly settings: Settings
  readonly consent: Consent
  /** The files that are given to others from here. */
  readonly shares: Shares
  readonly #engine: Engine
  readonly #manifests: OpenManifests
  readonly #receptions: Receptions
  readonly #playback: MediaPlayback
  readonly #ledger: UploadLedger
  readonly #storage: ChunkStore
  readonly #lifetime = new AbortController()
  readonly #deferred = new WeakMap<Session, DeferredVerification>()
  readonly #responses = new OpenResponses(url => this.#playback.read(url)?.isPlaying === true)
  readonly #keepalive = new WorkerKeepalive(() => this.#responses.isStreaming)

  constructor(
    page: PageSettings,
    options: object,
    place: Place,
    readonly events: Events,
    startHashing: () => HashThread,
  ) {
    const { settings: swarm, problems } = checkSwarmOptions(options, place)
    for (const { code, detail } of problems) events.emit('notice', { code, detail })
    // The engine's bundle has its own copy of the log module.
    setLogLevel(page.logLevel)
    this.settings = { ...page, ...swarm }
    const { settings } = this
    const nameOf: NameOf = compileNameOf(settings.ignoreQuery)
    this.consent = new Consent(settings.consent, () => this.#onSharingChanged())
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
    const joinSwarm = swarmJoiner(settings, this.#ledger)
    const visit = new PageVisit({
      ...{ storage: this.#storage, ledger: this.#ledger, signal: this.#lifetime.signal },
      isOriginOpen: settings.origin !== 'never',
      onChange: () => this.#onSharingChanged(),
    })
    const maySearch = () => !whyOff(settings, this.consent.sharing) && !visit.isOver
    this.#engine = new Engine({
      ...{ storage: this.#storage, clock: clockOf(globalThis), maySearch },
      emit: (type, detail) => {
        if (!this.shares.takes(type, detail)) events.emit(type, detail)
      },
      hasOrigin: settings.origin !== 'never',
      joinSwarm: (shared, listener) => joinSwarm(shared, listener, this.shares.swarmOf(shared)),
    })
    this.#receptions = new Receptions({
      ...{ store: this.#storage, nameOf, joinSwarm, maySearch },
      emit: (type, detail) => events.emit(type, detail),
      engine: () => this.#engine,
      whyOff: () => whyOff(settings, this.consent.sharing),
    })
    this.#watch()
  }

  get stats(): VideoStats[] {
    const own = this.#engine.sessions.filter(each => !this.shares.has(each.options.url))
    return [...own.map(each => this.#receptions.statsOf(each)), ...this.#receptions.pending]
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

  /**
   * Receives a file that no server has; resolves once its descriptor is here.
   *
   * @param isKept - whether it is given to others for as long as the page is open, shown or not
   * @throws SwarmtagError `sharing-off` if only what the site has signed is accepted
   */
  async receive(url: string, root: string, isKept: boolean): Promise<void> {
    requireReceivable(this.settings)
    this.#askOfNew(url)
    if (isKept) this.#receptions.keep(url, root)
    await this.#receptions.session(url, root)
  }

  /**
   * The descriptor of such a file, for the worker.
   *
   * @throws SwarmtagError `sharing-off` if nobody is looked for
   */
  async find(url: string, root: string): Promise<Uint8Array<ArrayBuffer>> {
    requireReceivable(this.settings)
    this.#askOfNew(url)
    return this.#receptions.find(url, root)
  }

  /** Supplies a response of the worker. */
  async accept({ opening, channel, origin, listen }: NewResponse): Promise<void> {
    try {
      const { url, descriptor, run, isPlayed } = opening
      this.#responses.endOthers(opening.workerId)
      const session = await this.#session(url, descriptor)
      const { id, end } = this.#responses.add(opening, id => session.close(id))
      this.#keepalive.start()
      session.played(this.#playback.read(url))
      session.open({ id, run, isPlayed, origin }, new ResponsePort(channel))
      const deferred = this.#deferredOf(session)
      listen(message => {
        // After a seek the element's event may not have fired yet.
        if (message.type === 'need') session.played(this.#playback.read(url))
        if (message.type === 'ask-digests')
          return void sendDigests(channel, session.options.manifest, message.page)
        handleWorker(
          {
            ...{ session, demand: id, isPlayed, deferred, onClosed: end },
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
    this.#receptions.stop()
    await this.#engine.stop()
  }

  #watch(): void {
    const { signal } = this.#lifetime
    const stops = [
      this.#playback.watch(url => {
        void this.#engine.find(url)?.then(session => session.played(this.#playback.read(url)))
      }),
    ]
    const looking = setInterval(() => {
      this.#engine.restThoseGone(url => this.#playback.isShown(url))
      this.#receptions.restThoseGone()
    }, LOOK_MS)
    signal.addEventListener('abort', () => {
      clearInterval(looking)
      for (const stop of stops) stop()
    })
    watchWaking(wakeTrackers, signal)
  }

  async #session(url: string, descriptor: Uint8Array<ArrayBuffer>): Promise<Session> {
    this.#askOfNew(url)
    const root = sharedRoot(url)
    if (root) {
      requireReceivable(this.settings)
      return this.#receptions.session(url, root, descriptor)
    }
    return this.#engine.open(url, await this.#manifests.adopt(url, descriptor))
  }

  /** Asks the viewer with each new video, where the site says so. */
  #askOfNew(url: string): void {
    const isNew = this.#engine.find(url) === undefined
    if (isNew && this.settings.consent === 'ask' && this.consent.sharing === 'unasked') this.ask()
  }

  #onSharingChanged(): void {
    this.#engine.sharingChanged()
    this.#receptions.sharingChanged()
    this.shares.sharingChanged()
  }

  #deferredOf(session: Session): DeferredVerification {
    const deferred = this.#deferred.get(session) ?? new DeferredVerification()
    this.#deferred.set(session, deferred)
    return deferred
  }
}
