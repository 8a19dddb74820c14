/**
 * The engine of one video: knows what is held, who has what and what the worker lacks, lets the
 * scheduler decide, and does what it decided.
 */

import type { WorkerSays } from '../bridge/messages.js'
import { ChunkSet } from '../core/chunk-set.js'
import { type Plan, plan, type SwarmState } from '../core/scheduler.js'
import { SourceBook } from '../core/source-book.js'
import { type ChunkIndex, type ChunkRun, chunk, chunksIn, runsOf } from '../core/units.js'
import type { ChunkStore } from '../store/chunk-store.js'
import type { Manifest } from '../store/manifest.js'
import { verify } from '../store/verify.js'
import { Swarm, type SwarmEvents } from '../swarm/swarm.js'
import type { OpenDemand } from './demand.js'
import { asSwarmtagError, type Events, type Source } from './events.js'
import type { Settings } from './options.js'
import { readPlayhead } from './playhead.js'
import { Tally, type VideoStats } from './stats.js'

/** A loader of the page's own is taken for a viewer once it has had this much: 1 MiB. */
const JOIN_CHUNKS = 16
/** How long neighbours are looked for before the origin is asked as if there were none. */
const SEARCH_MS = 4_000
/** After the origin failed it is left alone for this long, if others can give. */
const ORIGIN_PAUSE_MS = 2_000
/** How far ahead of the viewer neighbours are asked for more: 64 MiB. */
const PREFETCH_CHUNKS = 1_024

export interface ResourceOptions {
  readonly url: string
  readonly manifest: Manifest
  readonly store: ChunkStore
  readonly settings: Settings
  readonly events: Events
}

export class Resource {
  readonly #tally = new Tally()
  readonly #book: SourceBook
  readonly #demands = new Set<OpenDemand>()
  /** Come from others and not yet given to the video: to count each once. */
  readonly #ahead = new Set<ChunkIndex>()
  readonly #held: Promise<ChunkSet>
  #heldNow: ChunkSet
  #swarm: Swarm | undefined
  #swarmState: SwarmState
  #isJoining = false
  #isStopped = false
  #searchTimer: ReturnType<typeof setTimeout> | undefined
  #planTimer: ReturnType<typeof setTimeout> | undefined
  #isPlanning = false
  #originShutUntilMs = 0
  #handedChunks = 0

  constructor(readonly options: ResourceOptions) {
    const { manifest, store, settings } = options
    this.#book = new SourceBook(manifest.map.chunkCount)
    this.#heldNow = new ChunkSet(manifest.map.chunkCount)
    this.#swarmState = settings.trackers.length > 0 ? 'searching' : 'off'
    this.#held = store.holding(manifest.id, manifest.map.chunkCount).then(
      held => {
        for (const each of this.#heldNow.runs()) held.addRun(each)
        this.#heldNow = held
        return held
      },
      () => this.#heldNow,
    )
  }

  get stats(): VideoStats {
    const { url, manifest } = this.options
    return {
      url,
      root: manifest.id,
      sizeBytes: manifest.descriptor.sizeBytes,
      chunks: manifest.map.chunkCount,
      heldChunks: this.#heldNow.size,
      complete: this.#heldNow.isComplete,
      peers: this.#book.size,
      bytes: { ...this.#tally.bytes },
      offload: this.#tally.offload,
    }
  }

  /** Takes on a response of the worker. */
  async open(demand: OpenDemand): Promise<void> {
    await this.#held
    if (this.#isStopped) return demand.channel.send({ type: 'decline' })
    this.#demands.add(demand)
    const isPlaying = readPlayhead(this.options.url)?.isPlaying
    if (isPlaying || this.options.settings.origin === 'never') void this.join()
    this.#replan()
  }

  /** Forgets the responses of a worker that was stopped: only those of the one that runs now are left. */
  dropDemands(workerId: string): void {
    for (const demand of this.#demands) if (demand.workerId !== workerId) this.#drop(demand)
  }

  /** Hears what the worker says of a response. */
  hear(demand: OpenDemand, message: WorkerSays): void {
    switch (message.type) {
      case 'need':
        demand.need(message.cursor, message.runs, performance.now())
        void this.#giveHeld(demand, message.runs)
        break
      case 'stored':
        for (const index of chunksIn(message.runs)) this.#onStored(index)
        break
      case 'fetched':
        demand.fetched(message.index)
        void this.#take(message.index, new Uint8Array(message.bytes), 'origin')
        break
      case 'wasted':
        this.#tally.bytes.origin += message.bytes
        this.#tally.bytes.wasted += message.bytes
        break
      case 'origin-ended':
        demand.originEnded()
        break
      case 'origin-failed':
        this.#onOriginFailed(demand, message.detail)
        break
      case 'origin-changed':
        this.options.events.emit('notice', { code: 'origin-changed', detail: message.detail })
        void this.stop()
        break
      case 'close':
        this.#drop(demand)
    }
    this.#replan()
  }

  /** The viewer has begun to play, or has moved on. */
  moved(isPlaying: boolean): void {
    if (isPlaying) void this.join()
    this.#replan()
  }

  /** Looks for other viewers: not before the video plays, as it costs the page time. */
  async join(): Promise<void> {
    const { manifest, settings, store } = this.options
    if (this.#isJoining || this.#isStopped || settings.trackers.length === 0) return
    this.#isJoining = true
    this.#searchTimer = setTimeout(() => this.#found(), SEARCH_MS)
    const held = await this.#held
    if (this.#isStopped) return
    const { trackers, iceServers, role } = settings
    const read = (index: ChunkIndex) => this.#readVerified(store, index)
    this.#swarm = new Swarm({
      manifest,
      trackers,
      iceServers,
      role,
      held,
      read,
      events: this.#swarmEvents,
    })
    this.#swarm.join()
  }

  /** Leaves the swarm and lets the worker go on alone. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#searchTimer)
    clearTimeout(this.#planTimer)
    for (const { channel } of this.#demands) channel.send({ type: 'decline' })
    this.#demands.clear()
    await Promise.all([this.#swarm?.leave(), this.options.store.flush()])
  }

  /** Says goodbye to the other viewers. */
  leave(): void {
    void this.#swarm?.leave()
  }

  #drop(demand: OpenDemand): void {
    this.#demands.delete(demand)
    demand.channel.close()
  }

  readonly #swarmEvents: SwarmEvents = {
    joined: (peer, maxWants) => {
      this.#book.join(peer, maxWants, performance.now())
      this.options.events.emit('peer', { url: this.options.url, peer, state: 'joined' })
      this.#replan()
    },
    left: peer => {
      this.#book.leave(peer)
      this.options.events.emit('peer', { url: this.options.url, peer, state: 'left' })
      this.#replan()
    },
    have: (peer, runs) => {
      for (const each of runs) this.#book.get(peer)?.has.addRun(each)
      this.#found()
    },
    lost: (peer, runs) => {
      for (const each of runs) this.#book.get(peer)?.has.deleteRun(each)
      this.#replan()
    },
    busy: (peer, runs, retryMs) => {
      this.#book.get(peer)?.refused(runs, performance.now() + retryMs)
      this.#replan()
    },
    progress: peer => this.#book.get(peer)?.heard(performance.now()),
    arrived: (peer, index, bytes) => {
      this.#book.get(peer)?.delivered(index, performance.now())
      void this.#take(index, bytes, 'peer', peer)
    },
    wasted: (_peer, bytes) => {
      this.#tally.bytes.wasted += bytes
    },
    uploaded: (peer, index, bytes) => {
      this.#tally.bytes.uploaded += bytes
      this.options.events.emit('upload', { url: this.options.url, index, bytes, peer })
    },
    offended: (_peer, { code, detail }) => this.options.events.emit('notice', { code, detail }),
  }

  /** Takes a chunk that came: checks it, keeps it, gives it to whoever waits for it. */
  async #take(
    index: ChunkIndex,
    bytes: Uint8Array<ArrayBuffer>,
    source: Source,
    peer?: string,
  ): Promise<void> {
    const { manifest, store, events, url } = this.options
    try {
      const verified = await verify(manifest, index, bytes)
      this.#tally.received(source, bytes.length)
      if (this.#heldNow.has(index)) this.#tally.bytes.wasted += source === 'peer' ? bytes.length : 0
      else {
        this.#heldNow.add(index)
        store.keep(manifest.id, manifest.map.chunkCount, verified)
        this.#swarm?.tell(index)
        events.emit('chunk', { url, index, source, bytes: bytes.length, ...(peer && { peer }) })
      }
      let isGiven = source === 'origin'
      for (const demand of this.#demands) isGiven = demand.give(index, bytes) || isGiven
      if (isGiven) this.#onHanded()
      else this.#ahead.add(index)
    } catch (error) {
      this.#onFalse(index, bytes.length, error, peer)
    }
    this.#replan()
  }

  #onFalse(index: ChunkIndex, bytes: number, error: unknown, peer: string | undefined): void {
    const { code, detail } = asSwarmtagError(error, 'chunk-corrupt')
    this.#tally.bytes.wasted += bytes
    if (peer && code === 'chunk-corrupt') this.#swarm?.ban(peer)
    this.options.events.emit('notice', { code, detail: `${detail} (chunk ${index})` })
  }

  /** Chunks that the worker did not find in the store though they are here: not written yet, or written just now. */
  async #giveHeld(demand: OpenDemand, runs: readonly ChunkRun[]): Promise<void> {
    const { store, manifest } = this.options
    await this.#held
    const held = runsOf([...chunksIn(runs)].filter(index => this.#heldNow.has(index)))
    for (const each of held) {
      const found = await store.read(manifest.id, each).catch(() => [])
      for (const { index, bytes } of found) if (demand.give(index, bytes)) this.#onStored(index)
      for (const index of chunksIn([each]))
        if (demand.missing.has(index)) this.#heldNow.delete(index)
    }
    if (held.length > 0) this.#replan()
  }

  #onStored(index: ChunkIndex): void {
    const { url, manifest, events } = this.options
    this.#onHanded()
    if (this.#ahead.delete(index)) return
    const bytes = manifest.map.bytesOf(index)
    this.#tally.received('store', bytes)
    this.#heldNow.add(index)
    events.emit('chunk', { url, index, source: 'store', bytes })
  }

  #onHanded(): void {
    this.#handedChunks++
    if (this.#handedChunks === JOIN_CHUNKS && [...this.#demands].some(each => !each.isPlayed))
      void this.join()
  }

  async #readVerified(
    store: ChunkStore,
    index: ChunkIndex,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { manifest } = this.options
    const [found] = await store.read(manifest.id, { from: index, to: chunk(index + 1) })
    return found && (await verify(manifest, index, found.bytes)).bytes
  }

  /** The origin failed: others may have what is needed; else the video must hear of it. */
  #onOriginFailed(demand: OpenDemand, detail: string): void {
    demand.origin = undefined
    this.#originShutUntilMs = performance.now() + ORIGIN_PAUSE_MS
    this.options.events.emit('notice', { code: 'origin-failed', detail })
    const isHopeless = ![...this.#book.neighbours].some(({ has }) => has.has(demand.cursor))
    if (isHopeless) demand.channel.send({ type: 'exhausted' })
  }

  #found(): void {
    clearTimeout(this.#searchTimer)
    if (this.#swarmState === 'searching') this.#swarmState = 'found'
    this.#replan()
  }

  /** Plans once for all that happened in this turn. */
  #replan(): void {
    if (this.#isPlanning || this.#isStopped) return
    this.#isPlanning = true
    queueMicrotask(() => {
      this.#isPlanning = false
      if (!this.#isStopped) this.#planNow()
    })
  }

  #planNow(): void {
    const { manifest, settings, store, url } = this.options
    const nowMs = performance.now()
    const playhead = readPlayhead(url)
    const { chunkCount } = manifest.map
    const viewed = playhead
      ? chunk(Math.floor((playhead.currentMs / playhead.durationMs) * chunkCount))
      : chunk(0)
    const isWatched = this.#demands.size > 0 || playhead?.isPlaying === true
    if (isWatched) store.use(manifest.id, viewed)
    const demands = [...this.#demands].map(each => each.facts(playhead, chunkCount, nowMs))
    const decided = plan({
      nowMs,
      book: this.#book,
      held: this.#heldNow,
      demands,
      swarm: this.#swarmState,
      isOriginOpen: settings.origin !== 'never' && nowMs >= this.#originShutUntilMs,
      prefetch: {
        from: viewed,
        to: chunk(isWatched ? Math.min(viewed + PREFETCH_CHUNKS, chunkCount) : viewed),
      },
    })
    this.#carryOut(decided, nowMs)
    const bufferedMs = new Map(demands.map(each => [each.id, each.bufferedMs]))
    const holds = [...this.#demands].map(each => each.hold(bufferedMs.get(each.id) ?? 0, nowMs))
    const reopens = this.#originShutUntilMs > nowMs ? this.#originShutUntilMs : undefined
    const times = [decided.againAtMs, reopens, ...holds].filter(atMs => atMs !== undefined)
    this.#planAgainAt(times, nowMs)
  }

  #carryOut({ wants, cancels, origin }: Plan, nowMs: number): void {
    for (const [peer, indices] of cancels) {
      for (const index of indices) this.#book.get(peer)?.failed(index)
      this.#swarm?.cancel(peer, indices)
    }
    for (const [peer, indices] of wants) {
      for (const index of indices) this.#book.get(peer)?.asked(index, nowMs)
      this.#swarm?.want(peer, indices)
    }
    for (const demand of this.#demands)
      if (origin.has(demand.id)) demand.tellOrigin(origin.get(demand.id))
  }

  #planAgainAt(times: number[], nowMs: number): void {
    clearTimeout(this.#planTimer)
    if (times.length === 0) return
    this.#planTimer = setTimeout(() => this.#replan(), Math.max(Math.min(...times) - nowMs, 20))
  }
}
