/** A file that is given to others: hashed first, then given for as long as it is what was hashed. */

import { asSwarmtagError, SwarmtagError } from '../core/errors.js'
import { formatShareLink } from '../core/format/share-link.js'
import type { Sharing } from '../core/policy/sharing.js'
import { BlobFilm } from '../store/blob-film.js'
import { type Manifest, manifestOf } from '../store/manifest.js'
import { UploadRate } from '../swarm/upload-rate.js'
import { type HashThread, hashFile } from './hashing.js'
import type { Share, ShareEnd, ShareState } from './share.js'
import type { ShareSettings } from './share-options.js'

/** Listeners are called with what changed in this time at once. */
const CHANGE_MS = 100

/** What a file is given by. */
export interface Giving {
  startHashing(): HashThread
  /** Gives it from now on. */
  begin(given: GivenFile, manifest: Manifest): Promise<void>
  /** Gives it no longer, also if that has not begun. */
  end(given: GivenFile): void
  sharing(): Sharing
}

export class GivenFile extends EventTarget implements Share {
  readonly name: string
  readonly type: string
  readonly sizeBytes: number
  readonly hashed: Promise<string>
  readonly film: BlobFilm
  readonly rate: UploadRate
  state: ShareState = 'hashing'
  why: ShareEnd | undefined
  root: string | undefined
  link: string | undefined
  viewers = 0
  givenBytes = 0
  #hashedBytes = 0
  readonly #ending = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly settings: ShareSettings,
    readonly giving: Giving,
  ) {
    super()
    const { file, name, type, signal, bytesPerSecond } = settings
    this.name = name
    this.type = type
    this.sizeBytes = file.size
    this.film = new BlobFilm(name, file)
    this.rate = new UploadRate(bytesPerSecond)
    signal?.addEventListener('abort', () => this.#end('stopped', signal.reason), {
      signal: this.#ending.signal,
    })
    this.hashed = this.#begin()
    // Whoever listens to changes alone has no need of it.
    this.hashed.catch(() => {})
  }

  get progress(): number {
    return this.#hashedBytes / this.sizeBytes
  }

  get sharing(): Sharing {
    return this.giving.sharing()
  }

  /** A viewer came, or below 0 went. */
  met(viewers: number): void {
    this.viewers += viewers
    this.changed()
  }

  gave(bytes: number): void {
    this.givenBytes += bytes
    this.changed()
  }

  /** Tells the page soon. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.#tell(), CHANGE_MS)
  }

  stop(): void {
    this.#end('stopped')
  }

  /** A chunk cannot be read, or is not what was hashed: nothing of the file is given any more. */
  async missed(): Promise<undefined> {
    this.#end((await this.film.change()) ? 'unreadable' : 'changed')
  }

  /** Looks whether the file can still be read, also if nobody asks for it. */
  async look(): Promise<void> {
    if (await this.film.change()) this.#end('unreadable')
  }

  async #begin(): Promise<string> {
    const { signal } = this.#ending
    try {
      const manifest = await manifestOf(await this.#hash())
      if (manifest.descriptor.sizeBytes !== this.sizeBytes)
        throw new SwarmtagError('file-unreadable', `${this.name} was not hashed as a whole`)
      this.root = manifest.id
      await this.giving.begin(this, manifest)
      signal.throwIfAborted()
      const { root, name } = this
      this.link = formatShareLink(this.settings.pageUrl, { root, name })
      this.state = 'sharing'
      this.#tell()
      return this.link
    } catch (error) {
      if (signal.aborted) throw error
      const fault = asSwarmtagError(error, 'unsupported')
      this.#end(fault.code === 'file-unreadable' ? 'unreadable' : 'failed')
      throw fault
    }
  }

  #hash(): Promise<Uint8Array<ArrayBuffer>> {
    const { file, name, type, signal } = this.settings
    if (signal?.aborted) this.#end('stopped', signal.reason)
    this.#ending.signal.throwIfAborted()
    const ask = { type: 'hash', file, name, mediaType: type } as const
    return hashFile(this.giving.startHashing(), ask, {
      signal: this.#ending.signal,
      onProgress: readBytes => {
        this.#hashedBytes = Math.min(readBytes, this.sizeBytes)
        this.changed()
      },
    })
  }

  #end(why: ShareEnd, reason?: unknown): void {
    if (this.state === 'ended') return
    this.state = 'ended'
    this.why = why
    this.viewers = 0
    this.#ending.abort(reason)
    this.giving.end(this)
    this.#tell()
  }

  #tell(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.dispatchEvent(new Event('change'))
  }
}
