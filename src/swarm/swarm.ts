/** The viewers of one resource that this one is connected to: meets them, tells them what it holds, gives and takes chunks. */

import type { ChunkSet } from '../core/chunk-set.js'
import { SwarmtagError } from '../core/errors.js'
import { type ChunkIndex, type ChunkRun, isInRun, runsOf } from '../core/units.js'
import type { Manifest } from '../store/manifest.js'
import type { Admission } from './admission.js'
import type { Bans } from './bans.js'
import { Link, type LinkEvents } from './link.js'
import type { Role } from './messages.js'
import { joinRoom, type Room } from './room.js'
import { type ReadForUpload, type Upload, Uploader } from './uploader.js'

/** Neighbours wanted: 12 reach everyone in three hops. */
const WANTED_LINKS = 12
/** Neighbours at most, those that came by themselves included: each costs memory. */
const MAX_LINKS = 20
/** Who asks one that only takes is told to wait this long. */
const NEVER_MS = 3_600_000
/** Chunks gained are told together after this time: a message for each would double the messages. */
const TELL_WAIT_MS = 50

/** What the swarm reports to the engine. */
export interface SwarmEvents {
  /** A tracker told how many viewers it knows, this one included. */
  counted(viewers: number): void
  joined(peerId: string, maxWants: number): void
  left(peerId: string): void
  have(peerId: string, runs: readonly ChunkRun[]): void
  lost(peerId: string, runs: readonly ChunkRun[]): void
  busy(peerId: string, runs: readonly ChunkRun[], retryMs: number): void
  progress(peerId: string): void
  arrived(peerId: string, index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void
  wasted(peerId: string, bytes: number): void
  uploaded(peerId: string, index: ChunkIndex, bytes: number): void
  /** A neighbour broke the protocol and was dropped. */
  offended(peerId: string, error: SwarmtagError): void
}

export interface SwarmOptions {
  manifest: Manifest
  trackers: readonly string[]
  iceServers: readonly RTCIceServer[]
  role: Role
  /** What this viewer holds, kept up to date by its owner. */
  held: ChunkSet
  read: ReadForUpload
  /** Shared by all swarms of a page: who lies in one is let into none. */
  bans: Bans
  /** Who may come in, where the site says. @default everybody */
  admission?: Admission | undefined
  events: SwarmEvents
}

export class Swarm {
  readonly #links = new Map<string, Link>()
  readonly #uploader: Uploader
  #room: Room | undefined
  #isLeft = false
  /** Connections whose owners are still looked at. */
  #entering = 0
  #untold: ChunkIndex[] = []
  #tellTimer: ReturnType<typeof setTimeout> | undefined

  constructor(readonly options: SwarmOptions) {
    const onUpload = ({ link, index, bytes }: Upload) =>
      options.events.uploaded(link.id, index, bytes)
    this.#uploader = new Uploader(options.read, onUpload)
  }

  /** @throws SwarmtagError `admission-failed` where the site does not let this page in */
  async join(): Promise<void> {
    const { manifest, trackers, iceServers, bans, admission } = this.options
    if (admission) await admission.token(manifest.id)
    if (this.#isLeft) return
    this.#room ??= joinRoom({
      root: manifest.id,
      trackers,
      iceServers,
      wanted: () => WANTED_LINKS - this.#links.size - this.#entering,
      counted: viewers => this.options.events.counted(viewers),
      admits: peerId => !bans.has(peerId) && this.#links.size + this.#entering < MAX_LINKS,
      onPeer: (peerId, connection) => void this.#meet(peerId, connection),
      onPeerGone: peerId => this.#links.get(peerId)?.close('leaving'),
    })
  }

  /** Leaves for good; a swarm that was left is not joined again. */
  async leave(): Promise<void> {
    this.#isLeft = true
    clearTimeout(this.#tellTimer)
    for (const link of [...this.#links.values()]) link.close('leaving')
    const room = this.#room
    this.#room = undefined
    await room?.leave()
  }

  want(peerId: string, indices: readonly ChunkIndex[]): void {
    this.#links.get(peerId)?.want(indices)
  }

  cancel(peerId: string, indices: readonly ChunkIndex[]): void {
    this.#links.get(peerId)?.cancel(indices)
  }

  /** Tells the neighbours of a chunk gained. */
  tell(index: ChunkIndex): void {
    this.#untold.push(index)
    this.#tellTimer ??= setTimeout(() => this.#tellAll(), TELL_WAIT_MS)
  }

  /** Tells the neighbours of chunks that are no longer held. */
  lose(runs: readonly ChunkRun[]): void {
    const isLost = (index: ChunkIndex) => runs.some(each => isInRun(index, each))
    this.#untold = this.#untold.filter(index => !isLost(index))
    if (this.options.role === 'receiver') return
    for (const link of this.#links.values()) if (link.remote) link.lost(runs)
  }

  /** Drops a neighbour that gave false bytes, for good; nothing where it was dropped already. */
  ban(peerId: string, error: SwarmtagError): void {
    const link = this.#links.get(peerId)
    if (!link) return
    const { bans, events } = this.options
    bans.add(peerId)
    link.close('corrupt')
    events.offended(peerId, error)
    // A connection that is closed no longer tells where it led.
    void bans.addAddresses(link.connection).finally(() => link.connection.close())
  }

  async #meet(peerId: string, connection: RTCPeerConnection): Promise<void> {
    const { manifest, role, events } = this.options
    this.#entering++
    const isAdmitted = await this.#admits(connection)
      .catch(error => {
        if (!(error instanceof SwarmtagError)) throw error
        events.offended(peerId, error)
        return false
      })
      .finally(() => this.#entering--)
    this.#links.get(peerId)?.close('leaving')
    const isGone = this.#isLeft || connection.connectionState === 'closed'
    // Many may have been let in while there was room for one.
    if (isGone || !isAdmitted || this.#links.size >= MAX_LINKS) return connection.close()
    this.#links.set(peerId, new Link(peerId, connection, manifest, role, this.#linkEvents))
  }

  /** @throws SwarmtagError `peer-refused` or `admission-failed` */
  async #admits(connection: RTCPeerConnection): Promise<boolean> {
    const { manifest, bans, admission } = this.options
    if (await bans.hasAddress(connection)) return false
    await admission?.check(connection, manifest.id)
    return true
  }

  readonly #linkEvents: LinkEvents = {
    ready: link => {
      this.options.events.joined(link.id, link.remote?.maxWants ?? 0)
      const runs = this.options.role === 'provider' ? this.options.held.runs() : []
      if (runs.length > 0) link.have(runs)
    },
    have: (link, runs) => this.options.events.have(link.id, runs),
    lost: (link, runs) => this.options.events.lost(link.id, runs),
    wanted: (link, runs) => {
      if (this.options.role === 'provider') this.#uploader.want(link, runs)
      else link.busy(runs, NEVER_MS)
    },
    cancelled: (link, runs) => this.#uploader.cancel(link, runs),
    busy: (link, runs, retryMs) => this.options.events.busy(link.id, runs, retryMs),
    progress: link => this.options.events.progress(link.id),
    arrived: (link, index, bytes) => this.options.events.arrived(link.id, index, bytes),
    wasted: (link, bytes) => this.options.events.wasted(link.id, bytes),
    writable: link => void this.#uploader.serve(link),
    closed: (link, error) => {
      this.#uploader.forget(link)
      if (error) {
        this.options.bans.add(link.id)
        link.connection.close()
        this.options.events.offended(link.id, error)
      }
      if (this.#links.get(link.id) !== link) return
      this.#links.delete(link.id)
      if (link.remote) this.options.events.left(link.id)
    },
  }

  #tellAll(): void {
    this.#tellTimer = undefined
    const runs = runsOf(this.#untold.sort((a, b) => a - b))
    this.#untold = []
    if (this.options.role === 'receiver') return
    for (const link of this.#links.values()) if (link.remote) link.have(runs)
  }
}
