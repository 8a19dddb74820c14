/** A film that a site serves: fetched when somebody first asks for it, checked, and kept for the next viewers. */

import { SwarmtagError } from '../core/errors.js'
import { type FileFacts, isSameFile } from '../core/policy/shareable.js'
import { type ChunkIndex, type ChunkRun, chunk, chunksIn, run, runsOf } from '../core/units.js'
import type { StoredChunk } from '../store/chunk-storage.js'
import type { Film } from '../store/film.js'
import type { Manifest } from '../store/manifest.js'
import { verify } from '../store/verify.js'
import { type Courtesy, SiteFailed } from './courtesy.js'
import type { KeptChunks } from './kept-chunks.js'
import { ask, type SiteAnswer } from './site-answer.js'

/** What one question asks for at most: 1 MiB, as viewers ask for what follows next. */
const BLOCK_CHUNKS = 16
/** A site that was not asked for so long is asked whether the film is still what it was. */
const CONFIRM_MS = 60_000

export interface UrlFilmOptions {
  readonly manifest: Manifest
  readonly courtesy: Courtesy
  readonly kept: KeptChunks
  /** @default the process's */
  readonly nowMs?: () => number
}

interface Expected {
  give(bytes: Uint8Array<ArrayBuffer>): void
  fail(error: SwarmtagError): void
}

export class UrlFilm implements Film {
  /** What is being fetched. */
  readonly #coming = new Map<ChunkIndex, Promise<Uint8Array<ArrayBuffer>>>()
  readonly #nowMs: () => number
  /** What the site last said of a file that was true. */
  #facts: FileFacts | undefined
  #askedAtMs = 0
  #change: string | undefined

  private constructor(
    readonly name: string,
    readonly options: UrlFilmOptions,
  ) {
    this.#nowMs = options.nowMs ?? (() => performance.now())
  }

  /**
   * @throws SwarmtagError `origin-failed` where the site cannot be asked, `origin-changed` where what it serves is not what the
   * manifest describes, is not for everybody, or comes without ranges
   */
  static async open(url: string, options: UrlFilmOptions): Promise<UrlFilm> {
    const film = new UrlFilm(url, options)
    const { chunkCount } = options.manifest.map
    for (const end of new Set([chunk(0), chunk(chunkCount - 1)])) {
      const isTrue = await film.#fetch(run(end, end + 1)).catch(error => {
        if (!(error instanceof SiteFailed)) throw error
        throw new SwarmtagError('origin-failed', `cannot fetch ${url}: ${error.detail}`)
      })
      if (!isTrue)
        throw new SwarmtagError(
          'origin-changed',
          `${url} is another file than its manifest describes`,
        )
    }
    return film
  }

  get trouble(): string | undefined {
    const { trouble } = this.options.courtesy
    return trouble && `${new URL(this.name).origin}: ${trouble.detail}`
  }

  async read({ from, to }: ChunkRun): Promise<StoredChunk[]> {
    const { kept, manifest } = this.options
    const found = [{ index: from, bytes: await this.#chunk(from) }]
    for (const index of chunksIn([{ from: chunk(from + 1), to }])) {
      const bytes = await kept.read(manifest.id, index)
      if (!bytes) break
      found.push({ index, bytes })
    }
    return found
  }

  async change(): Promise<string | undefined> {
    const isDue = this.#nowMs() - this.#askedAtMs >= CONFIRM_MS && !this.options.courtesy.failure
    // What comes of it is reported the next time: a slow site is not waited for.
    if (isDue && !this.#change) void this.#confirm().catch(() => {})
    return this.#change
  }

  async close(): Promise<void> {
    this.#change ??= 'is closed'
    this.options.kept.forget(this.options.manifest.id)
  }

  async #chunk(index: ChunkIndex): Promise<Uint8Array<ArrayBuffer>> {
    const { kept, manifest } = this.options
    const bytes = await kept.read(manifest.id, index)
    if (bytes) return bytes
    if (!this.#coming.has(index)) void this.#fetch(this.#blockFrom(index)).catch(() => {})
    const coming = this.#coming.get(index)
    if (!coming) throw new SwarmtagError('origin-failed', `${this.name} is not asked`)
    return coming
  }

  /** From a chunk to the end of its block, or to what need not be fetched. */
  #blockFrom(index: ChunkIndex): ChunkRun {
    const { kept, manifest } = this.options
    const blockEnd = (Math.floor(index / BLOCK_CHUNKS) + 1) * BLOCK_CHUNKS
    const end = chunk(Math.min(blockEnd, manifest.map.chunkCount))
    const here = [...chunksIn([{ from: chunk(index + 1), to: end }])].find(
      each => kept.has(manifest.id, each) || this.#coming.has(each),
    )
    return { from: index, to: here ?? end }
  }

  /**
   * Fetches what nobody else fetches, and gives each chunk to those who wait for it as soon as it is here.
   *
   * @returns whether all are true; those that are not are given all the same, for whoever checks them
   */
  async #fetch(of: ChunkRun): Promise<boolean> {
    const expected = new Map<ChunkIndex, Expected>()
    for (const index of chunksIn([of])) {
      const coming = new Promise<Uint8Array<ArrayBuffer>>((give, fail) => {
        expected.set(index, { give, fail })
      })
      // Nobody may be waiting for it.
      coming.catch(() => {})
      this.#coming.set(index, coming)
    }
    let isTrue = true
    try {
      await this.#askFor(of, async (index, bytes, answer) => {
        isTrue = (await this.#take(index, bytes, answer)) && isTrue
        expected.get(index)?.give(bytes)
        this.#coming.delete(index)
        expected.delete(index)
      })
      return isTrue
    } catch (error) {
      const why = error instanceof SwarmtagError ? error.detail : String(error)
      for (const [index, { fail }] of expected) {
        fail(new SwarmtagError('origin-failed', why))
        this.#coming.delete(index)
      }
      throw error
    }
  }

  /** Keeps a chunk, if it is true. */
  async #take(
    index: ChunkIndex,
    bytes: Uint8Array<ArrayBuffer>,
    { facts }: SiteAnswer,
  ): Promise<boolean> {
    const { manifest, kept } = this.options
    try {
      await kept.keep(manifest.id, await verify(manifest, index, bytes))
      this.#facts = facts
      return true
    } catch (error) {
      if (!(error instanceof SwarmtagError)) throw error
      if (error.code === 'manifest-mismatch') throw this.#over('has another manifest now')
      // Neither the digests that it takes, nor a disk without room, will be there by the next question.
      if (error.code !== 'chunk-corrupt') throw new SiteFailed(error.detail, 0, { cause: error })
      // Servers of one site may name the same file differently: its bytes decide.
      if (this.#facts && !isSameFile(facts, this.#facts))
        throw this.#over('was changed or replaced')
      return false
    }
  }

  /** Asks whether the film is still what it was. */
  async #confirm(): Promise<void> {
    const { chunkCount } = this.options.manifest.map
    let facts: FileFacts | undefined
    await this.#ask({ from: 0, to: 1 }, async answer => {
      facts = answer.facts
    })
    if (!facts || !this.#facts || isSameFile(facts, this.#facts)) return
    for (const { from, to } of runsOf(new Set([chunk(0), chunk(chunkCount - 1)])))
      await this.#fetch({ from, to })
  }

  #askFor(
    of: ChunkRun,
    take: (index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>, answer: SiteAnswer) => Promise<void>,
  ): Promise<void> {
    const { map } = this.options.manifest
    return this.#ask(map.spanOf(of), async answer => {
      for (const index of chunksIn([of]))
        await take(index, await answer.read(map.bytesOf(index)), answer)
    })
  }

  async #ask(
    span: { from: number; to: number },
    take: (answer: SiteAnswer) => Promise<void>,
  ): Promise<void> {
    const { courtesy, manifest } = this.options
    const { sizeBytes } = manifest.descriptor
    if (this.#change) throw new SwarmtagError('origin-changed', `${this.name} ${this.#change}`)
    this.#askedAtMs = this.#nowMs()
    await courtesy.ask(async () => {
      const answer = await ask(this.name, span, sizeBytes)
      try {
        if (answer.over) throw this.#over(answer.over)
        await take(answer)
      } finally {
        await answer.end()
      }
    })
  }

  #over(why: string): SwarmtagError {
    this.#change ??= why
    return new SwarmtagError('origin-changed', `${this.name} ${why}`)
  }
}
