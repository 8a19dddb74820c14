/** The files that this page's viewer gives to others: each is read where it lies, and leaves its swarm once it changes. */

import type { ChunkIndex } from '../core/units.js'
import type { Engine, Shared } from '../engine/engine.js'
import type { EngineEvents } from '../engine/events.js'
import { FilmStorage } from '../store/film-storage.js'
import type { Manifest } from '../store/manifest.js'
import type { Consent } from './consent.js'
import { GivenFile } from './given-file.js'
import type { HashThread } from './hashing.js'
import type { Place } from './place.js'
import type { Share, ShareOptions } from './share.js'
import { checkShare } from './share-options.js'
import type { Settings } from './swarm-options.js'

/** How often it is looked whether the files can still be read. */
const LOOK_MS = 5_000

export interface SharesOptions {
  readonly settings: Settings
  readonly place: Place
  readonly consent: Pick<Consent, 'sharing'>
  engine(): Engine
  /** Starts the thread that hashes a file. */
  startHashing(): HashThread
  /** Shows the question whether this browser may be connected to others. */
  ask(): void
}

export class Shares {
  readonly #films = new FilmStorage()
  readonly #all = new Set<GivenFile>()
  /** Those that are in a swarm, by root, which is also their name for the engine. */
  readonly #given = new Map<string, GivenFile>()
  /** Roots of all that were. */
  readonly #names = new Set<string>()
  /** The last of those that left. */
  #leaving: Promise<void> | undefined
  #looking: ReturnType<typeof setInterval> | undefined

  constructor(readonly options: SharesOptions) {}

  /**
   * Gives a file to others. Whoever does so wants to be found: they are asked also where they would not be for a video.
   *
   * @throws SwarmtagError as `checkShare` does
   */
  begin(file: File, options: ShareOptions): Share {
    const { settings, place, consent, startHashing, ask } = this.options
    const given = new GivenFile(checkShare(file, options, settings, place), {
      startHashing,
      sharing: () => consent.sharing,
      begin: (given, manifest) => this.#give(given, manifest),
      end: given => {
        this.#leaving = this.#leave(given)
      },
    })
    if (given.state !== 'ended') this.#all.add(given)
    this.#looking ??= setInterval(() => this.#look(), LOOK_MS)
    const mayAsk = consent.sharing === 'unasked' || consent.sharing === 'privacy-control'
    if (mayAsk && settings.consent !== 'required') ask()
    return given
  }

  /** Whether a resource of the engine is one of these files. */
  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** How one of these files is given; `undefined` for other resources. */
  swarmOf({ url, read }: Shared) {
    const given = this.#given.get(url)
    return (
      given && {
        role: 'provider' as const,
        budget: given.rate,
        // All of them are at hand.
        fetchesPages: true,
        read: async (index: ChunkIndex) => (await read(index)) ?? (await given.missed()),
      }
    )
  }

  /** Takes an event that is about one of these files; whether it is. */
  takes(type: keyof EngineEvents, detail: EngineEvents[keyof EngineEvents]): boolean {
    if (!('url' in detail) || !this.has(detail.url)) return false
    const given = this.#given.get(detail.url)
    if (type === 'upload' && 'bytes' in detail) given?.gave(detail.bytes)
    if (type === 'peer' && 'state' in detail) given?.met(detail.state === 'joined' ? 1 : -1)
    return true
  }

  /** Whether this browser may be connected to others has changed. */
  sharingChanged(): void {
    for (const each of this.#all) each.changed()
  }

  stop(): void {
    for (const each of this.#all) each.stop()
  }

  async #give(given: GivenFile, manifest: Manifest): Promise<void> {
    const { id } = manifest
    this.#given.get(id)?.stop()
    await this.#leaving
    this.#names.add(id)
    this.#given.set(id, given)
    this.#films.add(id, given.film)
    const session = await this.options.engine().open(id, manifest, { storage: this.#films })
    session.seed({ stays: true })
  }

  async #leave(given: GivenFile): Promise<void> {
    const { root = '' } = given
    this.#all.delete(given)
    if (this.#given.get(root) !== given) return
    this.#given.delete(root)
    await this.options.engine().close(root)
    await this.#films.forget(root)
  }

  #look(): void {
    for (const each of this.#given.values()) void each.look()
    if (this.#all.size > 0) return
    clearInterval(this.#looking)
    this.#looking = undefined
  }
}
