/**
 * Supplies one response: from the store, else from what the page gives, else from the origin, which is
 * told by the page how far to go and takes over where the page is not there. Every chunk passes
 * `verify` before it goes on.
 */

import { SwarmtagError } from '../core/errors.js'
import { type ChunkIndex, type ChunkRun, runsOf } from '../core/units.js'
import type { ChunkArchive } from '../store/chunk-archive.js'
import { type Manifest, prepare } from '../store/manifest.js'
import { type VerifiedChunk, verify } from '../store/verify.js'
import type { Berth } from './berth.js'
import { Needs } from './needs.js'
import { notPublic, type OriginRequest } from './origin-request.js'
import { OriginSource, type OriginSourceOptions } from './origin-source.js'
import { PageSource, type PageSourceOptions } from './page-source.js'

export interface SupplyEvents {
  arrived(chunk: VerifiedChunk, source: 'store' | 'page' | 'origin'): void
  /** A request as anybody could make it was answered with the video. */
  vouched(response: Response): void
  /** The origin's file is not the one that the manifest describes, or not for all. */
  disowned(): void
  /** A part of the manifest cannot be had, so that nothing that it describes can be checked. */
  unverifiable(): void
  /** Nobody can give what the video waits for. */
  failed(error: SwarmtagError): void
}

export interface SupplyOptions {
  readonly manifest: Manifest
  readonly store: ChunkArchive
  readonly run: ChunkRun
  /** Whether the page may hear of the video now, and not only once the origin gave it to a request without cookies. */
  readonly isVouched: boolean
  /** Whether the origin may give chunks at all. */
  readonly mayAskOrigin: boolean
  readonly request: OriginRequest
  readonly untilWanted: OriginSourceOptions['untilWanted']
  /** Where answers to public requests are left for the response that follows. */
  readonly berth?: Berth | undefined
  readonly openPage: PageSourceOptions['openPage']
  /** Tells the site's owner something. */
  readonly notice: (error: SwarmtagError) => void
  readonly events: SupplyEvents
}

export class Supply {
  readonly #options: SupplyOptions
  /** Not before the origin vouched: until then each response finds out for itself. */
  readonly #berth: Berth | undefined
  readonly #needs: Needs
  readonly #origin: OriginSource
  readonly #page: PageSource
  /** What the store held when it was asked; what the page keeps since then it gives itself. */
  #stored: Promise<readonly ChunkRun[]> | undefined
  /** The answer to the viewer's own request, whose bytes are not for all until another one vouches for them. */
  #own: Response | undefined
  /** Chunks of the origin that are being verified. */
  #handing: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: SupplyOptions) {
    this.#options = options
    this.#berth = options.isVouched ? options.berth : undefined
    const { manifest, run, mayAskOrigin, openPage, events } = options
    this.#needs = new Needs(run.from)
    this.#origin = new OriginSource({
      manifest,
      request: options.request,
      untilWanted: options.untilWanted,
      berth: this.#berth,
      events: {
        answered: response => this.#onAnswered(response),
        arrived: (index, bytes) => {
          this.#handing = Promise.all([this.#handing, this.#check(index, bytes, 'origin')])
        },
        passed: (index, bytes) => void this.#keep(index, bytes),
        wasted: bytes => void this.#page.tell({ type: 'wasted', bytes }),
        // Not before its last chunks: the page would have them asked for once more.
        ended: () => void this.#handing.then(() => this.#page.tell({ type: 'origin-ended' })),
        failed: error => this.#onOriginFailed(error),
      },
    })
    this.#page = new PageSource({
      run,
      needs: this.#needs,
      origin: this.#origin,
      mayAskOrigin,
      openPage,
      events: {
        arrived: (index, bytes) => void this.#check(index, bytes, 'page'),
        absent: () => {
          this.#stored = undefined
        },
        unvouched: () => events.unverifiable(),
        failed: error => events.failed(error),
      },
    })
    if (options.isVouched) this.#page.letIn()
  }

  /** Goes on with the answer to the viewer's own request, which may have carried cookies. */
  goOnWith(response: Response, abort: AbortController, run: ChunkRun): void {
    this.#own = response
    this.#page.goOnTo(run.to)
    this.#origin.adopt(response, abort, run)
  }

  /** Asks for chunks; `cursor` is the one that the video waits for. */
  async need(cursor: ChunkIndex, runs: readonly ChunkRun[]): Promise<void> {
    // Fetched beside the bytes and not after them: a seek may lead to where no digest is known yet.
    for (const { from } of runs) prepare(this.#options.manifest, from)
    this.#needs.add(cursor, runs)
    this.#page.watch()
    await Promise.all(runs.map(run => this.#readStore(run)))
    const missing = this.#needs.within(runs)
    if (this.#isClosed || missing.length === 0) return
    await this.#page.need(cursor, missing)
  }

  close(): void {
    this.#isClosed = true
    this.#origin.leave()
    this.#page.close()
  }

  async #readStore(run: ChunkRun): Promise<void> {
    const { store, manifest } = this.#options
    // The page has heard of these.
    for (const verified of this.#berth?.recent(run) ?? [])
      if (this.#needs.settle(verified.index)) this.#options.events.arrived(verified, 'origin')
    this.#stored ??= store.runs(manifest.id).catch(() => [])
    const isStored = (await this.#stored).some(each => each.from < run.to && run.from < each.to)
    if (!isStored) return
    const found = await store.read(manifest.id, run).catch(() => [])
    const taken = await Promise.all(
      found.map(({ index, bytes }) => this.#check(index, bytes, 'store')),
    )
    const runs = runsOf(taken.filter(index => index !== undefined))
    if (runs.length > 0) await this.#page.tell({ type: 'stored', runs })
  }

  /** Lets bytes from anywhere pass if they are the chunk's; tells which did. */
  async #check(
    index: ChunkIndex,
    bytes: Uint8Array<ArrayBuffer>,
    source: 'store' | 'page' | 'origin',
  ): Promise<ChunkIndex | undefined> {
    try {
      const verified = await verify(this.#options.manifest, index, bytes)
      if (this.#isClosed) return undefined
      if (!this.#needs.settle(index)) return void this.#onUnneeded(source, verified)
      if (source === 'origin') this.#share(verified)
      this.#options.events.arrived(verified, source)
      this.#page.watch()
      return index
    } catch (error) {
      if (!(error instanceof SwarmtagError)) throw error
      this.#onFalse(source, error)
      return undefined
    }
  }

  /** What lies ahead of this response is nothing to the video now, and something to the page. */
  async #keep(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const verified = await verify(this.#options.manifest, index, bytes).catch(() => undefined)
    if (verified && !this.#isClosed) this.#share(verified)
  }

  #share(verified: VerifiedChunk): void {
    this.#berth?.keep(verified)
    this.#page.handOn(verified)
  }

  /** A chunk came twice, as the page gave it while the origin was giving it too; or for another response, before its time here. */
  #onUnneeded(source: 'store' | 'page' | 'origin', verified: VerifiedChunk): void {
    if (source !== 'origin') return
    const { index } = verified
    if (this.#origin.isReadOn(index) && this.#needs.isAhead(index)) this.#share(verified)
    else void this.#page.tell({ type: 'wasted', bytes: verified.bytes.length })
  }

  /** The origin gives the video: where it was asked as anybody could ask it, all may have it. */
  #onAnswered(response: Response): void {
    if (response === this.#own) return
    this.#options.events.vouched(response)
    this.#page.letIn()
  }

  #onFalse(source: 'store' | 'page' | 'origin', error: SwarmtagError): void {
    if (this.#isClosed) return
    if (error.code !== 'chunk-corrupt') return this.#onUnverifiable(error)
    // A false chunk of the store is as good as none: it stays needed, and the page is asked for it.
    if (source === 'page') this.#page.doWithout()
    if (source === 'origin')
      this.#disown(new SwarmtagError('origin-changed', error.detail, { cause: error }))
  }

  /** Without its digest nothing can be checked: the origin's bytes are all that may be played. */
  #onUnverifiable(error: SwarmtagError): void {
    if (!this.#options.mayAskOrigin) return this.#options.events.failed(error)
    this.#options.notice(error)
    if (error.code === 'manifest-mismatch') this.#options.events.disowned()
    else this.#options.events.unverifiable()
  }

  /** Said where the site's owner looks: by the page, or by the worker where it has not heard of the video. */
  #disown(error: SwarmtagError): void {
    const { code, detail } = error
    const { state } = this.#page
    if (state === 'absent' || state === 'untold') this.#options.notice(error)
    else void this.#page.tell({ type: code === 'not-public' ? code : 'origin-changed', detail })
    this.#options.events.disowned()
  }

  #onOriginFailed(error: SwarmtagError): void {
    if (this.#isClosed) return
    if (error.code === 'origin-changed' || error.code === 'not-public') return this.#disown(error)
    if (this.#page.state === 'untold') {
      // It answers nobody, and others may have the video; or this viewer, and not a request without cookies.
      if (!this.#own) return this.#page.letIn()
      const { name } = this.#options.manifest.descriptor
      return this.#disown(notPublic(name, `without cookies, ${error.detail}`, { cause: error }))
    }
    this.#page.originFailed(error)
  }
}
