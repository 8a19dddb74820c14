/** All resources of a page or a seeder at work: one session each, for as long as somebody has use for it. */

import { ChunkSet } from '../core/chunk-set.js'
import { type ChunkIndex, type ChunkRun, runsOf } from '../core/units.js'
import type { ChunkStorage } from '../store/chunk-storage.js'
import type { Manifest } from '../store/manifest.js'
import type { Clock } from './clock.js'
import type { Emit } from './events.js'
import { ResourceStore } from './resource-store.js'
import { Session } from './session.js'
import type { SwarmListener, SwarmPort } from './swarm-port.js'
import { Tally } from './tally.js'

/** Resources that nobody shows any more, and of which more than the figures is kept: those that come back are met at once. */
const MOST_RESTING = 32

/** What a swarm gives away. */
export interface Shared {
  /** The resource's name, as it was opened by. */
  readonly url: string
  readonly manifest: Manifest
  /** What this viewer holds, kept up to date. */
  readonly held: ChunkSet
  /** Reads a chunk that may be given away; `undefined` where it is gone. */
  read(index: ChunkIndex): Promise<Uint8Array<ArrayBuffer> | undefined>
}

/** What is otherwise for one resource than for the others of an engine. */
export type OwnOptions = Partial<Pick<EngineOptions, 'storage' | 'hasOrigin' | 'joinSwarm'>>

export interface EngineOptions {
  readonly storage: ChunkStorage
  readonly clock: Clock
  readonly emit: Emit
  /** Whether there is an origin that may give chunks. */
  readonly hasOrigin: boolean
  /** Whether this viewer may be connected to others now, and there is anybody to ask for them. */
  maySearch(): boolean
  joinSwarm(shared: Shared, listener: SwarmListener): SwarmPort
}

export class Engine {
  readonly #sessions = new Map<string, Promise<Session>>()
  #running: Session[] = []
  /** What was counted of each resource, also of those that were let go of. */
  readonly #tallies = new Map<string, Tally>()

  constructor(readonly options: EngineOptions) {}

  /** Those that are at work; not those that nobody shows any more. */
  get sessions(): readonly Session[] {
    return this.#running.filter(each => !each.isResting)
  }

  /** Bytes taken for all resources, from wherever they came. */
  get takenBytes(): number {
    return [...this.#tallies.values()].reduce((sum, each) => sum + each.takenBytes, 0)
  }

  /** The session of a resource, once it has been made. */
  find(url: string): Promise<Session> | undefined {
    return this.#sessions.get(url)
  }

  /**
   * The session of a resource; one whose manifest has changed gets another.
   *
   * @param own - counts when the session is made
   */
  async open(url: string, manifest: Manifest, own: OwnOptions = {}): Promise<Session> {
    for (;;) {
      const making = this.#sessions.get(url)
      const known = await making
      if (known?.options.manifest.id === manifest.id) return known
      // Another response was quicker: two sessions of one resource would share its neighbours by chance.
      if (making !== this.#sessions.get(url)) continue
      if (known) this.#drop(known)
      const made = this.#make(url, manifest, own)
      this.#sessions.set(url, made)
      return made
    }
  }

  /** Lets go of a resource: leaves its swarm, and keeps its figures alone. */
  async close(url: string): Promise<void> {
    const session = await this.#sessions.get(url)
    if (!session) return
    this.#drop(session)
    this.#sessions.delete(url)
  }

  /** Leaves the swarms of resources that came and went; of those that went long ago only the figures are kept. */
  restThoseGone(isShown: (url: string) => boolean): void {
    for (const each of this.#running) each.restIfGone(isShown(each.options.url))
    const resting = this.#running.filter(each => each.isResting)
    for (const each of resting.slice(0, -MOST_RESTING)) {
      this.#drop(each)
      this.#sessions.delete(each.options.url)
    }
  }

  /** Whether this viewer may be connected to others has changed. */
  sharingChanged(): void {
    for (const each of this.#running) each.share(this.options.maySearch())
  }

  /** Chunks are no longer kept. */
  lost(root: string, runs: readonly ChunkRun[]): void {
    for (const each of this.#kept) if (each.options.manifest.id === root) each.lost(runs)
  }

  /**
   * Deletes what is kept of all resources.
   *
   * @throws SwarmtagError `store-failed`
   */
  async purge(): Promise<void> {
    await this.options.storage.clear()
    for (const each of this.#kept) each.lost(each.options.store.held.runs())
  }

  async stop(): Promise<void> {
    for (const each of this.#running) each.stop()
    await this.options.storage.flush()
  }

  /** Those whose chunks are in the storage that all share. */
  get #kept(): Session[] {
    const { storage } = this.options
    return this.#running.filter(({ options }) => options.store.options.storage === storage)
  }

  #drop(session: Session): void {
    session.stop()
    this.#running = this.#running.filter(each => each !== session)
  }

  async #make(url: string, manifest: Manifest, own: OwnOptions): Promise<Session> {
    const { storage, clock, emit, hasOrigin, maySearch, joinSwarm } = { ...this.options, ...own }
    const { chunkCount } = manifest.map
    const name = `${manifest.id} ${url}`
    const tally = this.#tallies.get(name) ?? new Tally()
    this.#tallies.set(name, tally)
    // Storage that cannot be read has left nothing.
    const held = await storage
      .holding(manifest.id, chunkCount)
      .catch(() => new ChunkSet(chunkCount))
    const store = new ResourceStore({ url, manifest, storage, emit, tally }, held)
    const session = new Session({
      ...{ url, manifest, store, clock, emit, hasOrigin },
      maySearch: maySearch(),
      joinSwarm: listener => {
        const read = async (index: ChunkIndex) => {
          const bytes = await store.read(index)
          // Storage has lost it without a word: nobody is to be offered it any more.
          if (!bytes && held.has(index)) session.lost(runsOf([index]))
          return bytes
        }
        return joinSwarm({ url, manifest, held, read }, listener)
      },
    })
    this.#running.push(session)
    const { sizeBytes } = manifest.descriptor
    emit('video', { url, root: manifest.id, sizeBytes, chunks: chunkCount })
    return session
  }
}
