/**
 * The engine of one video: knows who has what and what the worker lacks, lets the scheduler decide, and
 * does what it decided.
 */

import type { WorkerSays } from '../bridge/messages.js'
import type { NameOf } from '../bridge/video-url.js'
import { Departure } from '../core/departure.js'
import { SwarmtagError } from '../core/errors.js'
import { OriginLine } from '../core/origin-line.js'
import { type Plan, plan } from '../core/scheduler.js'
import { SourceBook } from '../core/source-book.js'
import { type ChunkIndex, type ChunkRun, chunksIn, runsOf } from '../core/units.js'
import type { Manifest } from '../store/manifest.js'
import type { Admission } from '../swarm/admission.js'
import type { Bans } from '../swarm/bans.js'
import type { UploadBudget } from '../swarm/uploader.js'
import { Backlog } from './backlog.js'
import type { OpenDemand } from './demand.js'
import { asSwarmtagError, type Events } from './events.js'
import type { Keeper } from './keeper.js'
import { Membership } from './membership.js'
import { hearNeighbours } from './neighbours.js'
import { lookAhead } from './outlook.js'
import { Planning } from './planning.js'
import { isShown, readPlayhead } from './playhead.js'
import type { VideoStats } from './stats.js'
import type { Settings } from './swarm-options.js'

/** A loader of the page's own is taken for a viewer once it has had this much: 1 MiB. */
const JOIN_CHUNKS = 16
/** After the origin failed it is left alone for this long, if others can give. */
const ORIGIN_PAUSE_MS = 2_000

export interface ResourceOptions {
  /** The video's name. */
  readonly url: string
  readonly nameOf: NameOf
  readonly manifest: Manifest
  readonly keeper: Keeper
  readonly settings: Settings
  readonly events: Events
  /** Who is let into no swarm of this page any more. */
  readonly bans: Bans
  /** Who is let into a swarm at all, where the site says. */
  readonly admission?: Admission | undefined
  readonly budget: UploadBudget
  /** Whether this browser may be connected to other viewers now. */
  isSharing(): boolean
}

export class Resource {
  readonly #book: SourceBook
  readonly #demands = new Set<OpenDemand>()
  readonly #planning = new Planning(nowMs => this.#plan(nowMs))
  /** What the origin gave by way of the worker, and is not checked and kept yet. */
  readonly #fetched = new Backlog()
  readonly #membership: Membership
  readonly #line = new OriginLine()
  readonly #departure = new Departure()
  #isStopped = false
  /** Whether a loader of the page's own has asked for the video, and not only an element. */
  #hasLoader = false
  #originShutUntilMs = 0
  #handedChunks = 0

  constructor(readonly options: ResourceOptions) {
    this.#book = new SourceBook(options.manifest.map.chunkCount)
    const { manifest, keeper, settings, bans, admission, budget, isSharing } = options
    const { trackers, iceServers, isRelayed, role } = settings
    this.#membership = new Membership({
      ...{ manifest, trackers, iceServers, isRelayed, role, bans, admission, budget, isSharing },
      held: keeper.held,
      read: index => keeper.read(index),
      events: hearNeighbours({
        ...{ url: options.url, manifest, book: this.#book, keeper, events: options.events },
        planning: this.#planning,
        take: (peer, index, bytes) => this.#take(index, bytes, peer),
      }),
      notices: options.events,
      onSearched: () => this.#planning.hurry(),
    })
  }

  get stats(): VideoStats {
    const { url, manifest, keeper } = this.options
    return {
      url,
      root: manifest.id,
      sizeBytes: manifest.descriptor.sizeBytes,
      chunks: manifest.map.chunkCount,
      heldChunks: keeper.held.size,
      complete: keeper.held.isComplete,
      peers: this.#book.size,
      bytes: { ...keeper.tally.bytes },
      offload: keeper.tally.offload,
    }
  }

  /** Whether its swarm was left, as the page has no more of it. */
  get isResting(): boolean {
    return this.#departure.isGone
  }

  /** Takes on a response of the worker. */
  open(demand: OpenDemand): void {
    if (this.#isStopped) return demand.channel.send({ type: 'decline' })
    this.#departure.asked(demand.isPlayed, performance.now())
    this.#demands.add(demand)
    this.#hasLoader ||= !demand.isPlayed
    this.#joinIfViewed()
  }

  /** This browser may be connected to others from now on, or no longer. */
  sharingChanged(): void {
    this.#membership.sharingChanged()
    this.#joinIfViewed()
  }

  /** Forgets the responses of a worker that was stopped: only those of the one that runs now are left. */
  dropDemands(workerId: string): void {
    for (const demand of this.#demands) if (demand.workerId !== workerId) this.#drop(demand)
  }

  /** Hears what the worker says of a response. */
  hear(demand: OpenDemand, message: WorkerSays): void {
    const { keeper, events } = this.options
    switch (message.type) {
      case 'need':
        this.#departure.asked(demand.isPlayed, performance.now())
        demand.need(message.cursor, message.runs, performance.now())
        void this.#giveHeld(demand, message.runs)
        break
      case 'stored':
        this.#departure.asked(demand.isPlayed, performance.now())
        for (const index of chunksIn(message.runs)) this.#onHanded(index)
        break
      case 'fetched':
        demand.fetched(message.index, performance.now())
        this.#line.came(performance.now(), demand.neededAtMs)
        this.#fetched.add(() => void this.#take(message.index, message.bytes))
        // A loader of the page's own shows no picture; and another response may wait for the same chunk.
        if (!demand.isPlayed || [...this.#demands].some(each => each.missing.has(message.index)))
          this.#fetched.clear()
        break
      case 'wasted':
        keeper.tally.bytes.origin += message.bytes
        keeper.tally.bytes.wasted += message.bytes
        break
      case 'origin-ended':
        demand.originEnded()
        break
      case 'origin-failed':
        this.#onOriginFailed(demand, message.detail)
        break
      case 'origin-changed':
      case 'not-public':
        events.emit('notice', { code: message.type, detail: message.detail })
        this.stop()
        break
      case 'close':
        this.#drop(demand)
    }
    if (message.type === 'stored' || message.type === 'fetched') this.#planning.request()
    else this.#planning.hurry()
  }

  /** The viewer has begun to play, or has moved on. */
  moved(isPlaying: boolean): void {
    this.#departure.asked(true, performance.now())
    if (isPlaying) this.#membership.join()
    this.#planning.hurry()
  }

  /** Chunks are no longer kept: nobody is to count on them. */
  lost(runs: readonly ChunkRun[]): void {
    for (const each of runs) this.options.keeper.held.deleteRun(each)
    this.#membership.swarm?.lose(runs)
    this.#planning.hurry()
  }

  /** Nothing is kept any more. */
  lostAll(): void {
    this.lost(this.options.keeper.held.runs())
  }

  /** Says goodbye to the other viewers. */
  leave(): void {
    this.#membership.stop()
  }

  /** Leaves the swarm and lets the worker go on alone. */
  stop(): void {
    this.#isStopped = true
    this.#planning.stop()
    for (const { channel } of this.#demands) channel.send({ type: 'decline' })
    this.#demands.clear()
    this.#membership.stop()
  }

  /**
   * Leaves the swarm where the page has not shown or loaded the video for a while; it is met anew when it comes back.
   * An open response alone is no sign: an element that was taken out of the page keeps its own until its memory is needed.
   */
  restIfGone(nowMs: number): void {
    const { url, nameOf } = this.options
    if (this.#departure.look(isShown(url, nameOf), nowMs)) this.#membership.rest()
  }

  #joinIfViewed(): void {
    const isPlaying = this.#readPlayhead()?.isPlaying
    if (isPlaying || this.options.settings.origin === 'never') this.#membership.join()
    this.#planning.hurry()
  }

  #readPlayhead() {
    return readPlayhead(this.options.url, this.options.nameOf)
  }

  #drop(demand: OpenDemand): void {
    this.#demands.delete(demand)
    demand.channel.close()
  }

  /** Takes a chunk from a peer, or from the origin by way of the worker, and gives it to whoever waits for it. */
  async #take(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>, peer?: string): Promise<void> {
    try {
      const source = peer === undefined ? 'origin' : 'peer'
      const { verified, isNew } = await this.options.keeper.take(index, bytes, source, peer)
      if (isNew) this.#membership.swarm?.tell(index)
      const neighbour = peer === undefined ? undefined : this.#book.get(peer)
      // Who gives its first true chunk is trusted with more, which is to be asked for at once.
      const isFirst = neighbour?.isProven === false
      neighbour?.checked(index, true, { isNew, nowMs: performance.now() })
      if (peer !== undefined && neighbour?.isWasteful) this.#letGo(peer)
      if (isFirst) this.#planning.hurry()
      let isHanded = source === 'origin'
      for (const demand of this.#demands) isHanded = demand.give(verified) || isHanded
      if (isHanded) this.#onHanded(index)
    } catch (error) {
      const fault = asSwarmtagError(error, 'chunk-corrupt')
      const { code, detail } = fault
      if (peer !== undefined) this.#book.get(peer)?.checked(index, false)
      if (peer !== undefined && code === 'chunk-corrupt') this.#membership.swarm?.ban(peer, fault)
      else this.options.events.emit('notice', { code, detail })
    }
    this.#planning.request()
  }

  /** A neighbour gives chunks only once others gave them. */
  #letGo(peer: string): void {
    const error = new SwarmtagError('peer-timeout', 'the peer gives what others gave by then')
    this.#membership.swarm?.drop(peer, error)
  }

  /** Chunks that the worker did not find in the store though they are here: written just now, or not yet. */
  async #giveHeld(demand: OpenDemand, runs: readonly ChunkRun[]): Promise<void> {
    const { keeper } = this.options
    const held = runsOf([...chunksIn(runs)].filter(index => keeper.held.has(index)))
    for (const run of held)
      for (const found of await keeper.readRun(run))
        if (demand.give(found)) this.#onHanded(found.index)
    if (held.length > 0) this.#planning.request()
  }

  #onHanded(index: ChunkIndex): void {
    this.options.keeper.handed(index)
    this.#handedChunks++
    // No element tells when a loader of the page's own has begun to play.
    if (this.#hasLoader && this.#handedChunks >= JOIN_CHUNKS) this.#membership.join()
  }

  /** The origin failed: others may have what is needed, and are looked for now if they were not. */
  #onOriginFailed(demand: OpenDemand, detail: string): void {
    demand.originFailed()
    this.#originShutUntilMs = performance.now() + ORIGIN_PAUSE_MS
    this.options.events.emit('notice', { code: 'origin-failed', detail })
  }

  /** Whether nobody is left who could give what a video waits for: then it must hear of it, as over plain HTTP. */
  #isHopeless(demand: OpenDemand): boolean {
    if (!demand.hasOriginFailed || this.#membership.state === 'searching') return false
    const [next] = [...demand.missing].sort((a, b) => a - b)
    if (next === undefined || this.options.keeper.held.has(next)) return false
    return ![...this.#book.neighbours].some(({ has }) => has.has(next))
  }

  /** Decides what to do now, does it, and returns when to decide again at the latest. */
  #plan(nowMs: number): (number | undefined)[] {
    const { settings, keeper } = this.options
    const demands = [...this.#demands]
    const isOriginShut = nowMs < this.#originShutUntilMs
    // Where the origin does not give, nothing plays that could tell that it is time to look for others.
    if (isOriginShut || demands.some(each => each.isOriginStalled(nowMs))) this.#membership.join()
    const outlook = lookAhead({ ...this.options, demands, handedChunks: this.#handedChunks }, nowMs)
    if (outlook.isWatched) keeper.watch(outlook.viewed)
    const decided = plan({
      nowMs,
      book: this.#book,
      held: keeper.held,
      demands: outlook.demands,
      swarm: this.#membership.state,
      handedChunks: this.#handedChunks,
      isOriginOpen: settings.origin !== 'never' && !isOriginShut,
      line: this.#line.facts,
      prefetch: outlook.prefetch,
    })
    this.#carryOut(decided, nowMs)
    for (const demand of demands)
      if (this.#isHopeless(demand)) demand.channel.send({ type: 'exhausted' })
    const holds = demands.map((each, at) => each.hold(outlook.demands[at]?.bufferedMs ?? 0, nowMs))
    const stalls = demands.map(each => each.originStallsAtMs(nowMs))
    return [
      decided.againAtMs,
      isOriginShut ? this.#originShutUntilMs : undefined,
      ...holds,
      ...stalls,
    ]
  }

  #carryOut({ wants, cancels, origin, letDownSinceMs }: Plan, nowMs: number): void {
    const { swarm } = this.#membership
    this.#book.letDown(letDownSinceMs)
    for (const [peer, indices] of cancels) {
      for (const index of indices) this.#book.get(peer)?.cancelled(index, nowMs)
      swarm?.cancel(peer, indices)
    }
    for (const [peer, indices] of wants) {
      for (const index of indices) this.#book.get(peer)?.asked(index, nowMs)
      swarm?.want(peer, indices)
    }
    for (const demand of this.#demands) {
      if (!origin.has(demand.id)) continue
      const run = origin.get(demand.id)
      if (run && run.from !== demand.origin?.from) this.#line.asked(nowMs)
      demand.tellOrigin(run, nowMs)
    }
  }
}
