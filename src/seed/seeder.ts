/** Gives films, on disk or on a site, to their viewers: the engine of a page, without the page. */

import type { FileHandle } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { SwarmtagError } from '../core/errors.js'
import { type ChunkIndex, run } from '../core/units.js'
import { clockOf } from '../engine/clock.js'
import { Engine, type Shared } from '../engine/engine.js'
import type { EngineEvents } from '../engine/events.js'
import type { SwarmListener, SwarmPort } from '../engine/swarm-port.js'
import type { Film } from '../store/film.js'
import { FilmStorage } from '../store/film-storage.js'
import type { Manifest } from '../store/manifest.js'
import { Admission, type AdmissionOptions } from '../swarm/admission.js'
import { Bans } from '../swarm/bans.js'
import type { Platform } from '../swarm/room.js'
import { SharedConnections } from '../swarm/shared-connections.js'
import { Swarm } from '../swarm/swarm.js'
import { UploadRate } from '../swarm/upload-rate.js'
import { FileFilm } from './file-film.js'
import { loadWebRtc, type WebRtc } from './peer-connection.js'
import { PeerCount } from './peer-count.js'
import { Sites } from './sites.js'
import { Socket } from './socket.js'

export { manifestOf } from '../store/manifest.js'
export { describes, openManifest } from './manifest-file.js'

/** How often it is looked whether the films are still what they were. */
const LOOK_MS = 5_000
/** Goodbyes are on their way by then. */
const GOODBYE_MS = 250

export interface IceServer {
  readonly urls: string[]
  readonly username?: string
  readonly credential?: string
}

export interface SeederOptions {
  readonly trackers: readonly string[]
  readonly iceServers: readonly IceServer[]
  /** Bytes per second, all viewers together. `Infinity` is no limit. */
  readonly bytesPerSecond: number
  /** Viewers at a time, all films together. */
  readonly peers: number
  /** Kept on disk at most of what was fetched from sites, all films together. */
  readonly storeBytes: number
  /** Where the site lets in only who has a token. */
  readonly admission?: AdmissionOptions | undefined
  /** Called with each notice for the operator, one line. */
  onNotice(line: string): void
  /** No film is left that could be given. */
  onOver(): void
}

export interface Figures {
  readonly films: number
  readonly peers: number
  readonly givenBytes: number
  /** Whether a tracker has answered by now. */
  readonly isAnnounced: boolean
}

export class Seeder {
  readonly #engine: Engine
  readonly #storage = new FilmStorage()
  readonly #bans = new Bans()
  readonly #connections = new SharedConnections()
  readonly #sites: Sites
  readonly #films = new Map<string, Film>()
  /** What keeps films from being given for now, as it was reported. */
  #troubles = new Set<string>()
  readonly #peers: PeerCount
  readonly #rate: UploadRate
  readonly #platform: Platform
  readonly #looking: ReturnType<typeof setInterval>
  /** Films of which a chunk was found false or unreadable. */
  readonly #flawed = new Set<string>()
  readonly #admission: Admission | undefined
  #givenBytes = 0
  #isAnnounced = false

  private constructor(
    readonly options: SeederOptions,
    readonly webRtc: WebRtc,
  ) {
    this.#platform = { PeerConnection: webRtc.PeerConnection, Socket }
    this.#peers = new PeerCount(options.peers)
    this.#admission = options.admission && new Admission(options.admission)
    this.#sites = new Sites(options.storeBytes)
    this.#rate = new UploadRate(options.bytesPerSecond)
    this.#engine = new Engine({
      storage: this.#storage,
      clock: clockOf(globalThis),
      emit: (type, detail) => this.#onEvent({ [type]: detail }),
      hasOrigin: false,
      maySearch: () => true,
      joinSwarm: (shared, listener) => this.#join(shared, listener),
    })
    this.#looking = setInterval(() => void this.#look(), LOOK_MS)
  }

  /** @throws SwarmtagError `unsupported` where WebRTC is not installed */
  static async start(options: SeederOptions): Promise<Seeder> {
    return new Seeder(options, await loadWebRtc())
  }

  get figures(): Figures {
    return {
      films: this.#films.size,
      peers: this.#peers.all,
      givenBytes: this.#givenBytes,
      isAnnounced: this.#isAnnounced,
    }
  }

  /**
   * Gives a film on disk from now on.
   *
   * @param file - closed with the seeder
   * @throws SwarmtagError `file-unreadable` where the same film is given already
   */
  async giveFile(path: string, file: FileHandle, manifest: Manifest): Promise<void> {
    await this.#give(await FileFilm.of(path, file, manifest.map), manifest)
  }

  /**
   * Gives a film of a site from now on.
   *
   * @returns its root
   * @throws SwarmtagError as `Sites.open` does; `file-unreadable` where the same film is given already
   */
  async giveUrl(url: string): Promise<string> {
    const { film, manifest } = await this.#sites.open(url)
    await this.#give(film, manifest)
    return manifest.id
  }

  async #give(film: Film, manifest: Manifest): Promise<void> {
    const { id } = manifest
    const same = this.#films.get(id)
    if (same)
      throw new SwarmtagError('file-unreadable', `${film.name} is the same film as ${same.name}`)
    this.#films.set(id, film)
    this.#storage.add(id, film)
    const session = await this.#engine.open(id, manifest)
    session.seed({ stays: true })
  }

  /** Says goodbye to viewers and trackers. */
  async stop(): Promise<void> {
    clearInterval(this.#looking)
    await this.#engine.stop()
    await wait(GOODBYE_MS)
    await this.#storage.clear()
    await this.#sites.close()
    this.webRtc.cleanup()
  }

  #join({ manifest, held, read }: Shared, listener: SwarmListener): SwarmPort {
    const { id } = manifest
    const swarm = new Swarm({
      trackers: this.options.trackers,
      iceServers: this.options.iceServers,
      isRelayed: false,
      role: 'provider',
      budget: this.#rate,
      bans: this.#bans,
      connections: this.#connections,
      admission: this.#admission,
      links: this.#peers.linksOf(id),
      platform: this.#platform,
      // They are on disk, or on the site that it is told to give.
      fetchesPages: true,
      ...{ manifest, held },
      read: async index => (await read(index)) ?? this.#miss(id, index),
      listener: {
        ...listener,
        handle: event => {
          this.#isAnnounced ||= event.type === 'counted'
          listener.handle(event)
        },
      },
    })
    swarm.join()
    return swarm
  }

  /** A chunk that is not on disk as the manifest names it is no longer offered. */
  async #miss(root: string, index: ChunkIndex): Promise<undefined> {
    const film = this.#films.get(root)
    if (!film) return
    if (!this.#flawed.has(root)) {
      const why = 'is not what the manifest names, or cannot be read: it is not given'
      this.options.onNotice(`chunk ${index} of ${film.name} ${why}, nor is any like it`)
    }
    this.#flawed.add(root)
    this.#engine.lost(root, [run(index, index + 1)])
    await this.#look()
  }

  async #look(): Promise<void> {
    for (const [root, film] of this.#films) {
      const change = await film.change()
      if (!change || !this.#films.delete(root)) continue
      this.options.onNotice(`${film.name} ${change}: it is not given any more`)
      ;(await this.#engine.find(root))?.stop()
      await this.#storage.forget(root)
      if (this.#films.size === 0) this.options.onOver()
    }
    this.#reportTroubles()
  }

  /** Reports what keeps films from being given, once for as long as it does: sites have many films. */
  #reportTroubles(): void {
    const troubles = [...this.#films.values()].flatMap(({ trouble }) => trouble ?? [])
    const news = new Set(troubles.filter(each => !this.#troubles.has(each)))
    for (const each of news)
      this.options.onNotice(`${each}; until it is asked again, what was fetched before is given`)
    this.#troubles = new Set(troubles)
  }

  #onEvent({ upload, peer, notice }: Partial<EngineEvents>): void {
    if (upload) this.#givenBytes += upload.bytes
    if (peer) this.#peers.add(peer.url, peer.state === 'joined' ? 1 : -1)
    // What single peers do wrong is theirs, and they could fill a log with it.
    if (notice && !notice.code.startsWith('peer-')) this.options.onNotice(notice.detail)
  }
}
