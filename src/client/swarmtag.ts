/** The page side, as the page's scripts see it: starts with the page, and passes on what the worker and they ask for. */

import { asSwarmtagError, SwarmtagError } from '../core/errors.js'
import { setLogLevel } from '../log/log.js'
import { lookForFirst } from './ahead.js'
import type { Early } from './early.js'
import { handleEarlyMessages, type NewResponse } from './early-messages.js'
import { Elements } from './elements.js'
import { EngineLoader } from './engine-loader.js'
import { Events } from './events.js'
import { type LinkedFile, linkedFile } from './linked-file.js'
import { wantedLogLevel } from './log-level.js'
import { checkPageOptions, type PageSettings, type SwarmtagOptions } from './options.js'
import type { PageEngine } from './page-engine.js'
import type { Parts } from './parts.js'
import { msAway, type Place } from './place.js'
import { Receiving } from './receiving.js'
import { isWorkerWithdrawn, registerWorker, requireSupport } from './registration.js'
import { Selection } from './selection.js'
import type { Share, ShareOptions } from './share.js'
import type { Stats } from './stats.js'
import { uninstall } from './uninstall.js'

export type Status = { state: 'active' } | { state: 'off'; reason: string }

/** Swarmtag on this page; as `window.swarmtag` where the script tag started it. */
export class Swarmtag extends Events {
  /** Resolves once it is known whether videos of this page are shared; never rejects. */
  readonly ready: Promise<Status>
  readonly #settings: PageSettings
  readonly #place: Place
  readonly #engine: EngineLoader
  readonly #early: Early | undefined
  readonly #selection: Selection
  readonly #receiving: Receiving
  #elements: Elements | undefined
  #status: Status | undefined
  #isUninstalled = false

  constructor(options: SwarmtagOptions | DOMStringMap, place: Place, parts: Parts, early?: Early) {
    super()
    this.#early = early
    const { settings, problems } = checkPageOptions(options, place)
    const logLevel = wantedLogLevel() ?? settings.logLevel
    setLogLevel(logLevel)
    this.#settings = { ...settings, logLevel }
    this.#selection = new Selection(settings, detail => this.emit('notice', detail))
    this.#receiving = new Receiving({
      nameOf: this.#selection.nameOf,
      engine: () => this.#engineInUse().catch(error => this.#onNoEngine(error)),
      notice: detail => this.emit('notice', detail),
      onHere: () => this.#elements?.endWaiting(),
    })
    this.#place = place
    this.#engine = new EngineLoader(
      parts.loadEngine,
      Engine => new Engine(this.#settings, options, place, this, parts.startHashing),
    )
    // Also for sites that do not listen.
    this.addEventListener('notice', ({ detail: { code, detail } }) =>
      console.warn(`[swarmtag] ${code}: ${detail}`),
    )
    for (const { code, detail } of problems) this.emit('notice', { code, detail })
    this.ready = this.#begin()
  }

  stats(): Stats {
    const videos = this.#engine.current?.stats ?? []
    return {
      state: this.#status?.state ?? 'starting',
      ...(this.#status?.state === 'off' && { reason: this.#status.reason }),
      ...this.#engine.current?.figures,
      peers: videos.reduce((sum, each) => sum + each.peers, 0),
      videos,
      elements:
        this.#elements?.stats(played =>
          videos.some(({ url }) => url === this.#selection.nameOf(played)),
        ) ?? [],
    }
  }

  /**
   * The file that a link gives: its root and name, and a URL for an element or a download, that the worker answers from the
   * swarm.
   *
   * @param link - the link, or what is behind its `#`
   * @throws SwarmtagError `link-malformed` if it was cut or changed
   */
  linked(link: string): LinkedFile {
    return linkedFile(link, this.#settings)
  }

  /**
   * Looks for a file that no server has, though no element shows it, and gives it to others for as long as the page is open.
   * Resolves once it is known what it is.
   */
  receive(url: string): Promise<void> {
    return this.#receiving.receive(new URL(url, location.href), true)
  }

  /** Leaves all swarms and connects to nobody; videos go on from the origin. */
  async stop(): Promise<void> {
    this.#status = { state: 'off', reason: 'stopped by the page' }
    await this.#engine.stop()
  }

  /** Takes part again after `stop`; videos join with their next request. */
  async start(): Promise<void> {
    const status = await this.ready
    if (status.state !== 'active' || this.#isUninstalled) return
    this.#status = status
    this.#elements?.endWaiting()
  }

  /**
   * Removes Swarmtag from this browser: leaves all swarms, unregisters the worker and deletes all that is kept.
   * Videos go on over plain HTTP. A page with the tag that is loaded afterwards installs it again.
   */
  async uninstall(): Promise<void> {
    await this.#endForGood('uninstalled by the page')
    await uninstall()
  }

  /**
   * Sets whether the viewer agrees to be connected to others, for all pages of the site's origin. Once consent is
   * withdrawn, trackers and viewers are disconnected at once, and videos go on from store and origin.
   *
   * @param purge - also deletes what the store holds, all videos of the origin and the record of what was given
   * @throws SwarmtagError `store-failed` where that cannot be deleted
   */
  async consent(isGiven: boolean, { purge = false } = {}): Promise<void> {
    const engine = await this.#engine.load()
    engine.consent.decide(isGiven)
    if (purge) await engine.purge()
  }

  /**
   * Gives a file of the viewer's disk to everybody who has its link, for as long as this page is open. It is read where it
   * lies, and needs no worker.
   *
   * @returns the share, whose file is being hashed; `hashed` has its link
   * @throws SwarmtagError `option-invalid`, also without a tracker; `file-unreadable` if it is empty; `unsupported`
   */
  async share(file: File, options: ShareOptions = {}): Promise<Share> {
    if (this.#isUninstalled) throw new SwarmtagError('unsupported', 'Swarmtag was removed')
    return (await this.#engine.load()).shares.begin(file, options)
  }

  /** Shows the dialog of `data-consent="ask"`, also if the viewer has answered before. */
  async askConsent(): Promise<void> {
    ;(await this.#engine.load()).ask()
  }

  async #begin(): Promise<Status> {
    try {
      requireSupport(this.#place)
      const first = this.#early?.first ?? lookForFirst(this.#selection.ahead)
      this.#elements = new Elements({
        isMatched: this.#selection.isMatched,
        isAnswerable: url => this.#receiving.isHere(url),
        onAwaited: url => this.#receiving.await(url),
        onPlain: this.#selection.onPlain,
        mostHoldMs: this.#settings.mostHoldMs,
        awayMs: msAway(this.#place),
        isControlled: navigator.serviceWorker.controller !== null,
      })
      this.#status = { state: 'active' }
      this.#handleEarlyMessages()
      await registerWorker(this.#settings, {
        early: this.#early?.registration,
        onProgress: () => this.#elements?.onWorkerProgress(),
        onRegistered: registration => first.send(registration),
      }).finally(() => void this.#leaveIfWithdrawn())
      this.#elements.release()
      return { state: 'active' }
    } catch (error) {
      return this.#goWithout(error)
    }
  }

  async #leaveIfWithdrawn(): Promise<void> {
    if (!(await isWorkerWithdrawn(this.#settings))) return
    await this.#endForGood("the site has taken the worker's file away")
    await uninstall()
  }

  #handleEarlyMessages(): void {
    handleEarlyMessages({
      isOriginOpen: this.#settings.origin !== 'never',
      logLevel: this.#settings.logLevel,
      isTakingPart: () => this.#status?.state === 'active',
      isEngineLoaded: () => this.#engine.current !== undefined,
      isUninstalled: () => this.#isUninstalled,
      onUninstall: () => void this.#endForGood('the worker was removed'),
      onResponse: response => void this.#pass(response),
      onFinding: (finding, answer) => void this.#receiving.find(finding, answer),
      onDropped: ({ code, detail }) => this.emitDropped(code, detail),
    })
  }

  /** Passes a response of the worker to the engine; without an engine the worker goes on alone. */
  async #pass(response: NewResponse): Promise<void> {
    const { url, isPlayed } = response.opening
    if (isPlayed) this.#elements?.onAnswered(played => this.#selection.nameOf(played) === url)
    try {
      const engine = await this.#engineInUse()
      if (!engine) return response.channel.send({ type: 'decline' })
      await engine.accept(response)
    } catch (error) {
      response.channel.send({ type: 'decline' })
      this.#onNoEngine(error)
    }
  }

  async #engineInUse(): Promise<PageEngine | undefined> {
    return this.#status?.state === 'off' ? undefined : this.#engine.use()
  }

  #onNoEngine(error: unknown): undefined {
    const { code, detail } = asSwarmtagError(error, 'unsupported')
    if (this.#status?.state === 'active') this.emit('notice', { code, detail })
    this.#status = { state: 'off', reason: detail }
  }

  async #endForGood(reason: string): Promise<void> {
    this.#isUninstalled = true
    this.#elements?.giveUp()
    await this.stop()
    this.#status = { state: 'off', reason }
  }

  async #goWithout(error: unknown): Promise<Status> {
    const { code, detail } = asSwarmtagError(error, 'unsupported')
    this.#elements?.giveUp()
    this.emit('notice', { code, detail })
    // To share a file takes no worker.
    if (this.#engine.current) await this.stop()
    const off: Status = { state: 'off', reason: detail }
    this.#status = off
    return off
  }
}
