/**
 * Supplies one response: from the store, else from the page, else from the origin, in runs that the page grants, or by the
 * fallback without a page. Every chunk passes `verify` before it goes on.
 */

import { isDropCode } from '../bridge/messages.js'
import { SwarmtagError } from '../core/errors.js'
import { type ChunkIndex, type ChunkRun, runsOf } from '../core/units.js'
import type { ChunkArchive } from '../store/chunk-archive.js'
import { type Manifest, prepare } from '../store/manifest.js'
import { type VerifiedChunk, verify } from '../store/verify.js'
import { notPublic } from './audience.js'
import { Needs } from './needs.js'
import type { OriginRequest } from './origin-request.js'
import { OriginSource, type OriginSourceOptions } from './origin-source.js'
import { PageSource, type PageSourceOptions } from './page-source.js'
import type { OriginChunk } from './transfer.js'
import type { TransferCache } from './transfer-cache.js'

export interface SupplyEvents {
  arrived(chunk: VerifiedChunk, source: 'store' | 'page' | 'origin'): void
  /** A request without credentials was answered with the video. */
  confirmedPublic(response: Response): void
  /** The origin's file is not the one that the manifest describes, or not public. */
  dropped(): void
  /** A digest page is not available, so that its chunks cannot be verified. */
  unverifiable(): void
  /** No source has what the video waits for. */
  failed(error: SwarmtagError): void
}

export interface SupplyOptions {
  readonly manifest: Manifest
  readonly store: ChunkArchive
  readonly run: ChunkRun
  /** Whether the video is confirmed public; else the page is sent nothing until a request without cookies confirms it. */
  readonly isPublic: boolean
  /** Whether the origin may give chunks at all. */
  readonly mayAskOrigin: boolean
  readonly request: OriginRequest
  readonly untilWanted: OriginSourceOptions['untilWanted']
  /** Keeps transfers of public requests for the response that follows. */
  readonly transferCache?: TransferCache | undefined
  readonly openPage: PageSourceOptions['openPage']
  /** Reports something to the site's owner. */
  readonly notice: (error: SwarmtagError) => void
  /** Keeps what the page was not sent, for the response that follows. */
  readonly leave: (chunks: readonly OriginChunk[]) => void
  readonly events: SupplyEvents
}

export class Supply {
  readonly #options: SupplyOptions
  /** Only for a public video: until then each response finds out for itself. */
  readonly #transferCache: TransferCache | undefined
  readonly #needs: Needs
  readonly #origin: OriginSource
  readonly #page: PageSource
  /** What the store held at the first read; what was stored since then comes from the page. */
  #stored: Promise<readonly ChunkRun[]> | undefined
  /** The response to the viewer's own request: its bytes are not shared until a request without credentials confirms them. */
  #own: Response | undefined
  /** Chunks of the origin that are being verified. */
  #handing: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: SupplyOptions) {
    this.#options = options
    this.#transferCache = options.isPublic ? options.transferCache : undefined
    const { manifest, run, mayAskOrigin, openPage, events } = options
    this.#needs = new Needs(run.from)
    this.#origin = new OriginSource({
      manifest,
      request: options.request,
      untilWanted: options.untilWanted,
      transferCache: this.#transferCache,
      events: {
        answered: response => this.#onAnswered(response),
        arrived: (index, bytes) => {
          this.#handing = Promise.all([this.#handing, this.#check(index, bytes, 'origin')])
        },
        passed: (index, bytes) => void this.keep(index, bytes),
        wasted: bytes => void this.#page.send({ type: 'wasted', bytes }),
        // After its last chunks, or the page would grant them once more.
        ended: () => void this.#handing.then(() => this.#page.send({ type: 'origin-ended' })),
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
        unconfirmed: () => events.unverifiable(),
        failed: error => events.failed(error),
      },
    })
    if (options.isPublic) this.#page.letIn()
  }

  /** Goes on with the response to the viewer's own request, which may have carried cookies. */
  goOnWith(response: Response, abort: AbortController, run: ChunkRun): void {
    this.#own = response
    this.#page.goOnTo(run.to)
    this.#origin.adopt(response, abort, run)
  }

  /** Asks for chunks; `cursor` is the one that the video waits for. */
  async need(cursor: ChunkIndex, runs: readonly ChunkRun[]): Promise<void> {
    // In parallel with the bytes: a seek may lead to where no digest is known yet.
    for (const { from } of runs) prepare(this.#options.manifest, from)
    this.#needs.add(cursor, runs)
    this.#page.watch()
    await Promise.all(runs.map(run => this.#readStore(run)))
    const missing = this.#needs.within(runs)
    if (this.#isClosed || missing.length === 0) return
    await this.#page.need(cursor, missing)
  }

  /** The origin gave a chunk before those of this response: it is of no use to the video, but to the page. */
  async keep(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const verified = await verify(this.#options.manifest, index, bytes).catch(() => undefined)
    if (!verified) return
    if (this.#isClosed) this.#options.leave([verified])
    else this.#share(verified)
  }

  close(): void {
    this.#isClosed = true
    this.#origin.leave()
    this.#options.leave(this.#page.close())
  }

  async #readStore(run: ChunkRun): Promise<void> {
    const { store, manifest } = this.#options
    // The page was sent these already.
    for (const verified of this.#transferCache?.recent(run) ?? [])
      if (this.#needs.settle(verified.index)) this.#options.events.arrived(verified, 'origin')
    this.#stored ??= store.runs(manifest.id).catch(() => [])
    const isStored = (await this.#stored).some(each => each.from < run.to && run.from < each.to)
    if (!isStored) return
    const found = await store.read(manifest.id, run).catch(() => [])
    const indices = await Promise.all(
      found.map(({ index, bytes }) => this.#check(index, bytes, 'store')),
    )
    const runs = runsOf(indices.filter(index => index !== undefined))
    if (runs.length > 0) await this.#page.send({ type: 'stored', runs })
  }

  /** Passes bytes on if they are valid; resolves to the chunk if they were needed. */
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
      this.#onCorrupt(source, error)
      return undefined
    }
  }

  #share(verified: VerifiedChunk): void {
    this.#transferCache?.keep(verified)
    this.#page.handOn(verified)
  }

  /** A chunk came twice, from page and origin; or was read on for another response before it is needed here. */
  #onUnneeded(source: 'store' | 'page' | 'origin', verified: VerifiedChunk): void {
    if (source !== 'origin') return
    const { index } = verified
    if (this.#origin.isReadOn(index) && this.#needs.isAhead(index)) this.#share(verified)
    else void this.#page.send({ type: 'wasted', bytes: verified.bytes.length })
  }

  /** The origin serves the video: if without credentials, it is public. */
  #onAnswered(response: Response): void {
    if (response === this.#own) return
    this.#options.events.confirmedPublic(response)
    this.#page.letIn()
  }

  #onCorrupt(source: 'store' | 'page' | 'origin', error: SwarmtagError): void {
    if (this.#isClosed) return
    if (error.code !== 'chunk-corrupt') return this.#onUnverifiable(error)
    // A corrupt chunk of the store stays needed, and the page is asked for it.
    if (source === 'page') this.#page.doWithout()
    if (source === 'origin')
      this.#drop(new SwarmtagError('origin-changed', error.detail, { cause: error }))
  }

  /** A chunk without a digest cannot be verified: only the origin's own bytes may be played. */
  #onUnverifiable(error: SwarmtagError): void {
    if (!this.#options.mayAskOrigin) return this.#options.events.failed(error)
    this.#options.notice(error)
    if (error.code === 'manifest-mismatch') this.#options.events.dropped()
    else this.#options.events.unverifiable()
  }

  /** Drops the video from the swarm; reported by the page, or by the worker if the video is not open there. */
  #drop(error: SwarmtagError): void {
    const { code, detail } = error
    const { state } = this.#page
    if (state === 'absent' || state === 'withheld') this.#options.notice(error)
    else void this.#page.send({ type: code === 'not-public' ? code : 'origin-changed', detail })
    this.#options.events.dropped()
  }

  #onOriginFailed(error: SwarmtagError): void {
    if (this.#isClosed) return
    if (isDropCode(error.code)) return this.#drop(error)
    if (this.#page.state === 'withheld') {
      // It answers no request, and peers may have the video; or only the viewer's own.
      if (!this.#own) return this.#page.letIn()
      const { name } = this.#options.manifest.descriptor
      return this.#drop(notPublic(name, `without cookies, ${error.detail}`, { cause: error }))
    }
    this.#page.originFailed(error)
  }
}
