/** The viewers of one resource that this one is connected to: connects, sends what it holds, gives and receives chunks. */

import { asSwarmtagError, SwarmtagError } from '../core/errors.js'
import { isBannedFor, Neighbourhood } from '../core/peers/neighbourhood.js'
import { NEVER_MS } from '../core/peers/upload-queue.js'
import type { ChunkIndex, ChunkRun } from '../core/units.js'
import type { PeerEvent, SwarmListener, SwarmPort } from '../engine/swarm-port.js'
import { fromHex } from '../store/hex.js'
import { addressesOf } from './addresses.js'
import type { Lane } from './lane.js'
import { Link } from './link.js'
import type { LinkEvents } from './link-events.js'
import { ManifestGiver } from './manifest-giver.js'
import { OfferedChunks } from './offered-chunks.js'
import { joinRoom, type Room } from './room.js'
import type { Given, SwarmOptions } from './swarm-options.js'
import { Uploader } from './uploader.js'

/** What there is to give. */
interface Film {
  readonly shared: Given
  readonly uploader: Uploader
  readonly manifests: ManifestGiver
}

export class Swarm implements SwarmPort {
  readonly #links = new Map<string, Link>()
  readonly #neighbours: Neighbourhood
  readonly #offered: OfferedChunks
  readonly #root: string
  #listener: SwarmListener
  #film: Film | undefined
  #room: Room | undefined
  #isLeft = false

  constructor(readonly options: SwarmOptions) {
    const { budget, role, links, listener } = options
    this.#neighbours = new Neighbourhood(this.#links, links)
    const isGiving = role === 'provider' && budget.isOpen
    this.#offered = new OfferedChunks(this.#links, isGiving ? 'provider' : 'receiver')
    this.#listener = listener
    this.#root = 'root' in options ? options.root : options.manifest.id
    if ('manifest' in options) this.begin(options, listener)
  }

  /** The film's manifest is known: from now on chunks are given and received. */
  begin(shared: Given, listener: SwarmListener): void {
    const { budget, fetchesPages } = this.options
    const { manifest, held, read } = shared
    const { sizeBytes } = manifest.descriptor
    this.#listener = listener
    const uploader = new Uploader({
      ...{ sizeBytes, read, budget },
      onUpload: ({ link, index, bytes }) => listener.uploaded(link.id, index, bytes),
      onOver: () => this.#offered.stop(held),
    })
    const manifests = new ManifestGiver({
      fileBytes: manifest.fileBytes,
      read: span => manifest.read(span, fetchesPages),
      isGiving: () => this.#offered.role === 'provider' && budget.isOpen,
    })
    this.#film = { shared, uploader, manifests }
    for (const link of this.#links.values()) {
      if (link.remote) this.#introduce(link, shared)
      link.begin(manifest)
    }
  }

  /** Neighbours that have said hello. */
  get neighbourCount(): number {
    return [...this.#links.values()].filter(({ remote }) => remote).length
  }

  /** Looks for other viewers. Reports if the site does not admit this page. */
  join(): void {
    this.#join().catch(error => {
      this.#listener.failed(asSwarmtagError(error, 'admission-failed'))
      this.#report({ type: 'unreachable' })
    })
  }

  async #join(): Promise<void> {
    const { trackers, iceServers, isRelayed, platform, bans, admission, connections } = this.options
    if (admission) await admission.token(this.#root)
    if (this.#isLeft) return
    this.#room ??= joinRoom({
      root: this.#root,
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
    this.#listener.handle(event)
  }

  /** Leaves for good; a swarm that was left is not joined again. */
  leave(): void {
    this.#isLeft = true
    this.#offered.end()
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
    this.#offered.gained(index)
  }

  /** Sends the neighbours the chunks that are no longer held. */
  sendLost(runs: readonly ChunkRun[]): void {
    this.#offered.lost(runs)
  }

  /** Lets go of a neighbour that is no use; it may come back. */
  letGo(peerId: string, error: SwarmtagError): void {
    this.#links.get(peerId)?.close('leaving', error)
  }

  /** Drops and bans a neighbour that gave corrupt bytes; no effect if it was dropped already. */
  ban(peerId: string, error: SwarmtagError): void {
    const link = this.#links.get(peerId)
    if (!link) return
    const { bans } = this.options
    bans.add(link.connection)
    link.close('corrupt')
    this.#listener.failed(error)
    // A closed connection has no addresses.
    void bans.addAddresses(link.connection).finally(() => link.lane.shared.cut())
  }

  async #meet(peerId: string, lane: Lane): Promise<void> {
    const entered = this.#neighbours.enter()
    const isAdmitted = await this.#admits(lane)
      .catch(error => {
        if (!(error instanceof SwarmtagError)) throw error
        this.#listener.failed(error)
        return false
      })
      .finally(entered)
    this.#links.get(peerId)?.close('leaving')
    const isGone = this.#isLeft || lane.connection.connectionState === 'closed'
    if (isGone || !isAdmitted || !this.#neighbours.hasPlace(lane.isOwn)) return lane.close()
    const film = this.#film?.shared.manifest ?? fromHex(this.#root)
    const link = new Link(peerId, lane, film, this.#offered.role, this.#linkEvents)
    this.#links.set(peerId, link)
  }

  /** @throws SwarmtagError `peer-refused` or `admission-failed` */
  async #admits(lane: Lane): Promise<boolean> {
    const { bans, admission } = this.options
    if (await bans.hasAddress(lane.connection)) return false
    await admission?.check(lane, this.#root)
    return true
  }

  readonly #linkEvents: LinkEvents = {
    ready: link => {
      if (this.#film) this.#introduce(link, this.#film.shared)
      this.options.exchange?.join(link, error => this.ban(link.id, error))
      void this.#spread(link)
    },
    early: link => this.options.exchange?.has(link),
    have: (link, runs) => {
      this.options.exchange?.has(link)
      this.#report({ type: 'have', peer: link.id, runs })
    },
    lost: (link, runs) => this.#report({ type: 'no-longer-has', peer: link.id, runs }),
    wanted: (link, runs) => {
      if (this.#offered.role === 'provider') this.#film?.uploader.want(link, runs)
      else link.busy(runs, NEVER_MS)
    },
    cancelled: (link, runs) => this.#film?.uploader.cancel(link, runs),
    busy: (link, runs, retryMs) => this.#report({ type: 'busy', peer: link.id, runs, retryMs }),
    manifestAsked: async (link, span) =>
      (await this.#film?.manifests.give(link, span)) ?? new Uint8Array(0),
    progress: link => this.#report({ type: 'progress', peer: link.id }),
    arrived: (link, index, bytes) => this.#listener.arrived(link.id, index, bytes),
    writable: link => void this.#film?.uploader.serve(link),
    closed: (link, error) => {
      this.#film?.uploader.forget(link)
      this.options.exchange?.leave(link)
      if (error) {
        if (isBannedFor(error.code)) {
          this.options.bans.add(link.connection)
          link.lane.shared.cut()
        } else link.lane.close()
        this.#listener.failed(error)
      }
      if (this.#links.get(link.id) !== link) return
      this.#links.delete(link.id)
      this.#room?.lookForMore()
      if (link.remote && this.#film) this.#report({ type: 'left', peer: link.id })
    },
  }

  /** Reports a neighbour, and sends it what is held. */
  #introduce(link: Link, { held }: Given): void {
    this.#report({ type: 'joined', peer: link.id, maxWants: link.remote?.maxWants ?? 0 })
    this.#offered.introduce(link, held)
  }

  /** Drops a neighbour if there are enough of its network. */
  async #spread(link: Link): Promise<void> {
    const ends = await addressesOf(link.connection)
    if (this.#links.get(link.id) !== link || !this.#neighbours.isCrowded(link, ends)) return
    link.close('crowded')
    link.lane.close()
  }
}
