/** Drives one resource: passes events to its viewer's policy, and does the actions. */

import { asSwarmtagError } from '../core/errors.js'
import type { Opened } from '../core/policy/open-demand.js'
import type { Playback } from '../core/policy/playback.js'
import { Viewer } from '../core/policy/viewer.js'
import type { ViewerAction, ViewerEvent } from '../core/policy/viewer-messages.js'
import { type ChunkIndex, type ChunkRun, chunksIn, runsOf } from '../core/units.js'
import { chunkId, logger } from '../log/log.js'
import { type Manifest, prepareAll } from '../store/manifest.js'
import { type InHand, logAction, toResponse, toSwarm } from './actions.js'
import type { Clock } from './clock.js'
import type { Emit } from './events.js'
import type { ResourceStore } from './resource-store.js'
import type { ResponseSink } from './response-sink.js'
import type { PeerEvent, SwarmListener, SwarmPort } from './swarm-port.js'

export interface SessionOptions {
  /** The resource's name: its URL, where it has one. */
  readonly url: string
  readonly manifest: Manifest
  readonly store: ResourceStore
  readonly clock: Clock
  readonly emit: Emit
  /** Whether there is an origin that may give chunks. */
  readonly hasOrigin: boolean
  /** Whether this viewer may be connected to others now, and there is anybody to ask for them. */
  readonly maySearch: boolean
  joinSwarm(listener: SwarmListener): SwarmPort
}

const log = logger('session')

export class Session {
  readonly #viewer: Viewer
  readonly #sinks = new Map<number, ResponseSink>()
  #swarm: SwarmPort | undefined
  #unplan: (() => void) | undefined
  #isStopped = false

  constructor(readonly options: SessionOptions) {
    const { manifest, store, hasOrigin, maySearch } = options
    const { chunkCount } = manifest.map
    this.#viewer = new Viewer({ chunkCount, held: store.held, hasOrigin, maySearch })
  }

  get neighbourCount(): number {
    return this.#viewer.neighbourCount
  }

  /** Whether its swarm was left, as nobody has the resource any more. */
  get isResting(): boolean {
    return this.#viewer.isResting
  }

  /** Whether somebody shows the resource, sent every few seconds: if not, its swarm is left after a while. */
  restIfGone(isShown: boolean): void {
    this.#handle({ type: 'presence', isShown })
  }

  /** Whether a response waits for what was `fetched` for another, and is to be received now. */
  get isArrivingAwaited(): boolean {
    return this.#viewer.isArrivingAwaited
  }

  /** Takes on a response. */
  open(demand: Opened, sink: ResponseSink): void {
    if (this.#isStopped) return sink.decline()
    log.info('response', demand.id, 'opened for', this.options.url, demand.run)
    this.#sinks.set(demand.id, sink)
    this.#handle({ type: 'opened', demand })
  }

  /** A response lacks chunks. */
  need(demand: number, cursor: ChunkIndex, runs: readonly ChunkRun[]): void {
    this.#handle({ type: 'needed', demand, cursor, runs })
  }

  /** A response found chunks in the storage by itself. */
  stored(runs: readonly ChunkRun[]): void {
    for (const index of chunksIn(runs)) this.options.store.handed(index)
    this.#handle({ type: 'stored', runs })
  }

  /** The origin gave a response a chunk; its bytes follow by `receive`. */
  fetched(demand: number, index: ChunkIndex): void {
    this.#handle({ type: 'fetched', demand, index })
  }

  originEnded(demand: number): void {
    this.#handle({ type: 'origin-ended', demand })
  }

  originFailed(demand: number, detail: string): void {
    this.#handle({ type: 'origin-failed', demand })
    this.options.emit('notice', { code: 'origin-failed', detail })
  }

  /** The origin sent bytes that were of no use. */
  wasted(bytes: number): void {
    this.options.store.tally.wasted(bytes)
  }

  close(demand: number): void {
    this.#sinks.get(demand)?.close()
    this.#sinks.delete(demand)
    this.#handle({ type: 'closed', demand })
  }

  /** Where the viewer is now. */
  played(playback: Playback | undefined): void {
    this.#handle({ type: 'playback', playback })
  }

  /** Meets others though nothing plays here, and `stays`, or leaves as if it had been played. */
  seed({ stays }: { stays: boolean }): void {
    this.#handle({ type: 'seeding', stays })
  }

  /** This viewer may be connected to others from now on, or no longer. */
  share(isAllowed: boolean): void {
    this.#handle({ type: 'sharing', isAllowed })
  }

  /** Chunks are no longer kept: nobody is to count on them. */
  lost(runs: readonly ChunkRun[]): void {
    this.#handle({ type: 'lost', runs })
  }

  /** Says goodbye to the other viewers; responses go on. */
  leave(): void {
    this.#swarm?.leave()
    this.#swarm = undefined
  }

  /** Leaves the swarm, and lets responses go on alone. */
  stop(): void {
    this.#isStopped = true
    this.#unplan?.()
    for (const sink of this.#sinks.values()) sink.decline()
    this.#sinks.clear()
    this.leave()
  }

  /** Verifies a chunk from the origin, or from a peer, keeps it, and gives it to each response that waits for it. */
  async receive(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>, peer?: string): Promise<void> {
    const { store, emit } = this.options
    try {
      const source = peer === undefined ? 'origin' : 'peer'
      const verified = await store.verify(index, bytes)
      store.keep(verified, source, peer)
      log.debug(chunkId(this.options.url, index), 'kept, from', peer ?? source)
      const isHanded = this.#handle({ type: 'kept', index, peer }, verified) || source === 'origin'
      if (isHanded) store.handed(index)
    } catch (error) {
      const fault = asSwarmtagError(error, 'chunk-corrupt')
      if (peer === undefined) this.#handle({ type: 'not-kept', index })
      if (peer === undefined || fault.code !== 'chunk-corrupt')
        return emit('notice', { code: fault.code, detail: fault.detail })
      this.#swarm?.ban(peer, fault)
      this.#handle({ type: 'false', index, peer })
    }
  }

  /** Passes an event to the policy, does its actions, and plans its next call; whether a chunk was given. */
  #handle(event: ViewerEvent, inHand?: InHand): boolean {
    if (this.#isStopped) return false
    const { clock } = this.options
    const actions = this.#viewer.on(event, clock.nowMs())
    for (const action of actions) this.#do(action, inHand)
    this.#unplan?.()
    const { dueAtMs } = this.#viewer
    this.#unplan =
      dueAtMs === undefined ? undefined : clock.after(dueAtMs - clock.nowMs(), () => this.#onDue())
    return actions.some(({ type }) => type === 'give')
  }

  #onDue(): void {
    this.#handle({ type: 'room', hasRoom: this.options.store.hasRoom })
    this.#handle({ type: 'due' })
  }

  #do(action: ViewerAction, inHand: InHand): void {
    logAction(action, this.options.url)
    switch (action.type) {
      case 'join':
        this.#swarm ??= this.options.joinSwarm(this.#listener)
        return
      case 'leave':
        return this.leave()
      case 'read':
        return void this.#read(action.demand, action.runs)
      case 'watch':
        return this.options.store.watch(action.index)
      case 'grant':
      case 'read-on':
      case 'hold':
      case 'exhausted':
      case 'give':
        return toResponse(action, this.#sinks.get(action.demand), inHand)
      default:
        return toSwarm(action, this.#swarm)
    }
  }

  /** Chunks that the response did not find though they are here: written just now, or not yet. */
  async #read(demand: number, runs: readonly ChunkRun[]): Promise<void> {
    const { store } = this.options
    for (const run of runs) {
      const found = await store.readRun(run)
      for (const each of found)
        if (this.#handle({ type: 'found', demand, index: each.index }, each))
          store.handed(each.index)
      const indices = new Set(found.map(({ index }) => index))
      const gone = runsOf([...chunksIn([run])].filter(index => !indices.has(index)))
      if (gone.length > 0) this.lost(gone)
    }
  }

  readonly #listener: SwarmListener = {
    handle: event => {
      this.#note(event)
      this.#handle(event)
      if (event.type === 'left' && this.neighbourCount === 0) this.options.store.rest()
    },
    arrived: (peer, index, bytes) => {
      this.#handle({ type: 'arrived', peer, index })
      return this.receive(index, bytes, peer)
    },
    uploaded: (peer, index, bytes) => {
      const { store, emit, url } = this.options
      store.tally.bytes.uploaded += bytes
      emit('upload', { url, index, bytes, peer })
    },
    failed: ({ code, detail }) => this.options.emit('notice', { code, detail }),
  }

  #note(event: PeerEvent): void {
    const { url, emit, manifest } = this.options
    if (event.type !== 'progress') log.debug(event.type, url, event)
    if (event.type === 'joined') void prepareAll(manifest)
    if (event.type === 'joined' || event.type === 'left') {
      log.info('neighbour', event.peer, event.type)
      emit('peer', { url, peer: event.peer, state: event.type })
    }
  }
}
