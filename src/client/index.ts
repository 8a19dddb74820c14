/** `swarmtag`: the page's part. The script tag calls `start` with its attributes; a bundled site calls it itself. */

import { compileMatch } from '../bridge/worker-options.js'
import { type Caller, openDoor } from './door.js'
import { Elements } from './elements.js'
import type { Engine } from './engine.js'
import { asSwarmtagError, Events, type SwarmtagEvents } from './events.js'
import { checkOptions, type Place, type Settings, type SwarmtagOptions } from './options.js'
import { registerWorker, requireSupport } from './registration.js'
import type { VideoStats } from './stats.js'

export type { ErrorCode } from '../core/errors.js'
export type { Source } from './events.js'
export type { SwarmtagEvents, SwarmtagOptions, VideoStats }

/** How it stands with this page. */
export type Status = { state: 'active' } | { state: 'off'; reason: string }

export interface Stats {
  state: 'starting' | 'active' | 'off'
  /** Why it is off. */
  reason?: string
  /** Connections to other viewers, all videos together. */
  peers: number
  videos: VideoStats[]
}

/** Loads the engine: from the file beside the script, or as a chunk of the site's bundle. */
export type LoadEngine = () => Promise<{ Engine: typeof Engine }>

/** Swarmtag on this page; as `window.swarmtag` where the script tag started it. */
export class Swarmtag extends Events {
  /** Resolves once it is known whether videos of this page are shared; never rejects. */
  readonly ready: Promise<Status>
  readonly #settings: Settings
  readonly #loadEngine: LoadEngine
  /** Ends with `stop`; a new one begins with `start`. */
  #run = new AbortController()
  #loading: Promise<Engine> | undefined
  #engine: Engine | undefined
  #elements: Elements | undefined
  #status: Status | undefined

  constructor(options: SwarmtagOptions, place: Place, loadEngine: LoadEngine) {
    super()
    const { settings, problems } = checkOptions(options, place)
    this.#settings = settings
    this.#loadEngine = loadEngine
    // What the site's owner should know is also for those who do not listen.
    this.addEventListener('notice', ({ detail: { code, detail } }) =>
      console.warn(`[swarmtag] ${code}: ${detail}`),
    )
    for (const { code, detail } of problems) this.emit('notice', { code, detail })
    this.ready = this.#begin()
  }

  stats(): Stats {
    const videos = this.#engine?.stats ?? []
    return {
      state: this.#status?.state ?? 'starting',
      ...(this.#status?.state === 'off' && { reason: this.#status.reason }),
      peers: videos.reduce((sum, each) => sum + each.peers, 0),
      videos,
    }
  }

  /** Leaves all swarms and connects to nobody; videos go on from the origin. */
  async stop(): Promise<void> {
    this.#run.abort()
    this.#status = { state: 'off', reason: 'stopped by the page' }
    const engine = this.#engine
    this.#engine = undefined
    this.#loading = undefined
    await engine?.stop()
  }

  /** Takes part again after `stop`; videos join with their next request. */
  async start(): Promise<void> {
    const status = await this.ready
    if (status.state === 'active' && this.#run.signal.aborted) this.#takePart()
  }

  async #begin(): Promise<Status> {
    try {
      requireSupport()
      this.#elements = new Elements({
        isMatched: sameOrigin(compileMatch(this.#settings.match, location.href)),
        isControlled: navigator.serviceWorker.controller !== null,
      })
      this.#takePart()
      await registerWorker(this.#settings)
      this.#elements.release()
      return { state: 'active' }
    } catch (error) {
      return this.#goWithout(error)
    }
  }

  #takePart(): void {
    this.#run = new AbortController()
    const isOriginOpen = this.#settings.origin !== 'never'
    const onCaller = (caller: Caller) => void this.#pass(caller, this.#run.signal)
    openDoor({ isOriginOpen, onCaller }, this.#run.signal)
    this.#status = { state: 'active' }
  }

  /** Hands a response of the worker to the engine; without one the worker goes on alone. */
  async #pass(caller: Caller, signal: AbortSignal): Promise<void> {
    try {
      const engine = await this.#load(signal)
      if (signal.aborted) caller.channel.send({ type: 'decline' })
      else await engine.take(caller)
    } catch (error) {
      caller.channel.send({ type: 'decline' })
      const detail = `swarmtag-peers.js could not be loaded; host it beside swarmtag.js (${error})`
      if (!signal.aborted) this.emit('notice', { code: 'unsupported', detail })
      await this.stop()
    }
  }

  #load(signal: AbortSignal): Promise<Engine> {
    this.#loading ??= this.#loadEngine().then(({ Engine }) => {
      const engine = new Engine(this.#settings, this)
      if (signal.aborted) void engine.stop()
      else this.#engine = engine
      return engine
    })
    return this.#loading
  }

  async #goWithout(error: unknown): Promise<Status> {
    const { code, detail } = asSwarmtagError(error, 'unsupported')
    this.#elements?.giveUp()
    this.emit('notice', { code, detail })
    await this.stop()
    const off: Status = { state: 'off', reason: detail }
    this.#status = off
    return off
  }
}

const sameOrigin =
  (isMatched: (url: URL) => boolean) =>
  (url: URL): boolean =>
    url.origin === location.origin && isMatched(url)

/** Starts Swarmtag on this page. Call it as early as possible: elements that load before play over plain HTTP. */
export function start(options: SwarmtagOptions = {}): Swarmtag {
  const place = { pageUrl: location.href, scriptUrl: location.href }
  return new Swarmtag(options, place, () => import('./engine.js'))
}
