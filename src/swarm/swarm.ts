/** The viewers of one resource that this one is connected to: connects, sends what it holds, gives and receives chunks. */

import type { ChunkSet } from '../core/chunk-set.js'
import { asSwarmtagError, SwarmtagError } from '../core/errors.js'
import { HAVE_WAIT_MS, HaveQueue } from '../core/peers/have-queue.js'
import { isBannedFor, Neighbourhood } from '../core/peers/neighbourhood.js'
import type { Links } from '../core/peers/places.js'
import { NEVER_MS } from '../core/peers/upload-queue.js'
import type { ChunkIndex, ChunkRun } from '../core/units.js'
import type { PeerEvent, SwarmListener, SwarmPort } from '../engine/swarm-port.js'
import type { Manifest } from '../store/manifest.js'
import { addressesOf } from './addresses.js'
import type { Admission } from './admission.js'
import type { Bans } from './bans.js'
import type { Lane } from './lane.js'
import { Link, type LinkEvents } from './link.js'
import type { Role } from './messages.js'
import { joinRoom, type Platform, type Room } from './room.js'
import type { SharedConnections } from './shared-connections.js'
import { type ReadForUpload, type Upload, type UploadBudget, Uploader } from './uploader.js'

export interface SwarmOptions {
  manifest: Manifest
  trackers: readonly string[]
  iceServers: readonly RTCIceServer[]
  isRelayed: boolean
  role: Role
  /** What this viewer holds, kept up to date by its owner. */
  held: ChunkSet
  read: ReadForUpload
  /** Shared by all swarms of a page: a peer banned in one is admitted to none. */
  bans: Bans
  /** The connections of the page, which its films share. */
  connections: SharedConnections
  /** Who may come in, where the site says. @default everybody */
  admission?: Admission | undefined
  budget: UploadBudget
  /** How many neighbours there are. @default as few as a viewer needs */
  links?: Links | undefined
  /** @default the browser's own */
  platform?: Platform | undefined
  listener: SwarmListener
}

export class Swarm implements SwarmPort {
  readonly #links = new Map<string, Link>()
  readonly #neighbours: Neighbourhood
  readonly #uploader: Uploader
  readonly #haveQueue = new HaveQueue()
  /** What this viewer is now: one over its upload limit gives no more. */
  #role: Role
  #room: Room | undefined
  #isLeft = false
  #haveTimer: ReturnType<typeof setTimeout> | undefined

  constructor(readonly options: SwarmOptions) {
    const onUpload = ({ link, index, bytes }: Upload) =>
      options.listener.uploaded(link.id, index, bytes)
    const { read, budget, role, links, manifest } = options
    this.#neighbours = new Neighbourhood(this.#links, links)
    const { sizeBytes } = manifest.descriptor
    const onOver = () => this.#stopGiving()
    this.#uploader = new Uploader({ sizeBytes, read, budget, onUpload, onOver })
    this.#role = role === 'provider' && budget.isOpen ? 'provider' : 'receiver'
  }

  /** Looks for other viewers. Reports if the site does not admit this page. */
  join(): void {
    this.#join().catch(error => {
      this.options.listener.failed(asSwarmtagError(error, 'admission-failed'))
      this.#report({ type: 'unreachable' })
    })
  }

  async #join(): Promise<void> {
    const { manifest, trackers, iceServers, isRelayed, platform, bans, admission, connections } =
      this.options
    if (admission) await admission.token(manifest.id)
    if (this.#isLeft) return
    this.#room ??= joinRoom({
      root: manifest.id,
      trackers,
      iceServers,
      isRelayed,
      platform,
      shared: connections,
      mostConnections: this.#neighbours.mostConnections,
      wanted: () => this.#neighbours.wanted,
      counted: viewers => this.#report({ type: 'counted', viewers }),
      admits: certificate => !bans.has(certificate) && this.#neighbours.hasRoom,
      isNeighbour: peerId => this.#links.has(peerId),
      onPeer: (peerId, lane) => void this.#meet(peerId, lane),
      onPeerGone: peerId => this.#links.get(peerId)?.close('leaving'),
      onOffence: (connection, error) => {
        for (const link of this.#links.values())
          if (link.connection === connection) link.close('protocol', error)
      },
    })
  }

  #report(event: PeerEvent): void {
    this.options.listener.handle(event)
  }

  /** Leaves for good; a swarm that was left is not joined again. */
  leave(): void {
    this.#isLeft = true
    clearTimeout(this.#haveTimer)
    for (const link of [...this.#links.values()]) link.close('leaving')
    this.#room?.leave()
    this.#room = undefined
  }

  want(peerId: string, indices: readonly ChunkIndex[]): void {
    this.#links.get(peerId)?.want(indices)
  }

  cancel(peerId: string, indices: readonly ChunkIndex[]): void {
    this.#links.get(peerId)?.cancel(indices)
  }

  /** Sends the neighbours a chunk gained. */
  sendHave(index: ChunkIndex): void {
    if (this.#haveQueue.gained(index))
      this.#haveTimer = setTimeout(() => this.#sendQueued(), HAVE_WAIT_MS)
  }

  /** Sends the neighbours the chunks that are no longer held. */
  sendLost(runs: readonly ChunkRun[]): void {
    this.#haveQueue.lost(runs)
    if (this.#role === 'receiver') return
    for (const link of this.#links.values()) if (link.remote) link.lost(runs)
  }

  /** Lets go of a neighbour that is no use; it may come back. */
  letGo(peerId: string, error: SwarmtagError): void {
    this.#links.get(peerId)?.close('leaving', error)
  }

  /** Drops and bans a neighbour that gave corrupt bytes; no effect if it was dropped already. */
  ban(peerId: string, error: SwarmtagError): void {
    const link = this.#links.get(peerId)
    if (!link) return
    const { bans, listener } = this.options
    bans.add(link.connection)
    link.close('corrupt')
    listener.failed(error)
    // A closed connection has no addresses.
    void bans.addAddresses(link.connection).finally(() => link.lane.shared.cut())
  }

  async #meet(peerId: string, lane: Lane): Promise<void> {
    const { manifest, listener } = this.options
    const entered = this.#neighbours.enter()
    const isAdmitted = await this.#admits(lane)
      .catch(error => {
        if (!(error instanceof SwarmtagError)) throw error
        listener.failed(error)
        return false
      })
      .finally(entered)
    this.#links.get(peerId)?.close('leaving')
    const isGone = this.#isLeft || lane.connection.connectionState === 'closed'
    if (isGone || !isAdmitted || !this.#neighbours.hasPlace(lane.isOwn)) return lane.close()
    const link = new Link(peerId, lane, manifest, this.#role, this.#linkEvents)
    this.#links.set(peerId, link)
  }

  /** @throws SwarmtagError `peer-refused` or `admission-failed` */
  async #admits(lane: Lane): Promise<boolean> {
    const { manifest, bans, admission } = this.options
    if (await bans.hasAddress(lane.connection)) return false
    await admission?.check(lane, manifest.id)
    return true
  }

  readonly #linkEvents: LinkEvents = {
    ready: link => {
      this.#report({ type: 'joined', peer: link.id, maxWants: link.remote?.maxWants ?? 0 })
      const runs = this.#role === 'provider' ? this.options.held.runs() : []
      if (runs.length > 0) link.have(runs)
      void this.#spread(link)
    },
    have: (link, runs) => this.#report({ type: 'have', peer: link.id, runs }),
    lost: (link, runs) => this.#report({ type: 'no-longer-has', peer: link.id, runs }),
    wanted: (link, runs) => {
      if (this.#role === 'provider') this.#uploader.want(link, runs)
      else link.busy(runs, NEVER_MS)
    },
    cancelled: (link, runs) => this.#uploader.cancel(link, runs),
    busy: (link, runs, retryMs) => this.#report({ type: 'busy', peer: link.id, runs, retryMs }),
    progress: link => this.#report({ type: 'progress', peer: link.id }),
    arrived: (link, index, bytes) => this.options.listener.arrived(link.id, index, bytes),
    writable: link => void this.#uploader.serve(link),
    closed: (link, error) => {
      this.#uploader.forget(link)
      if (error) {
        if (isBannedFor(error.code)) {
          this.options.bans.add(link.connection)
          link.lane.shared.cut()
        } else link.lane.close()
        this.options.listener.failed(error)
      }
      if (this.#links.get(link.id) !== link) return
      this.#links.delete(link.id)
      this.#room?.lookForMore()
      if (link.remote) this.#report({ type: 'left', peer: link.id })
    },
  }

  /** Drops a neighbour if there are enough of its network. */
  async #spread(link: Link): Promise<void> {
    const ends = await addressesOf(link.connection)
    if (this.#links.get(link.id) !== link || !this.#neighbours.isCrowded(link, ends)) return
    link.close('crowded')
    link.lane.close()
  }

  /** Takes back every offer. */
  #stopGiving(): void {
    this.sendLost(this.options.held.runs())
    this.#role = 'receiver'
  }

  #sendQueued(): void {
    const runs = this.#haveQueue.take()
    if (this.#role === 'receiver') return
    for (const link of this.#links.values()) if (link.remote) link.have(runs)
  }
}
