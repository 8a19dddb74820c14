/**
 * Supplies one response: from the store, else from what the page gives, else from the origin, which is
 * told by the page how far to go and takes over where the page is not there. Every chunk passes
 * `verify` before it goes on.
 */

import type { Channel } from '../bridge/channel.js'
import type { PageSays, WorkerSays } from '../bridge/messages.js'
import { SwarmtagError } from '../core/errors.js'
import { type ChunkIndex, type ChunkRun, chunk, chunksIn, runsOf } from '../core/units.js'
import type { ChunkArchive } from '../store/chunk-archive.js'
import type { Manifest } from '../store/manifest.js'
import { type VerifiedChunk, verify } from '../store/verify.js'
import type { OriginRequest } from './origin-request.js'
import { OriginSource, type OriginSourceOptions } from './origin-source.js'

/** A page that does not accept within this time is taken for absent until it speaks. */
const ACCEPT_MS = 60
/** A page that accepted may be silent this long while chunks are needed, or as long as it says, within bounds. */
const SILENCE_MS = 500
const MAX_HOLD_MS = 5_000

/** What is fetched at first in place of a page that says nothing; four times as much each time after. */
const FIRST_STAND_IN_CHUNKS = 8

export interface SupplyEvents {
  arrived(chunk: VerifiedChunk): void
  /** The origin's file is not the one that the manifest describes. */
  changed(): void
  /** A part of the manifest cannot be had, so that nothing that it describes can be checked. */
  unverifiable(): void
  /** Nobody can give what the video waits for. */
  failed(error: SwarmtagError): void
}

export interface SupplyOptions {
  readonly manifest: Manifest
  readonly store: ChunkArchive
  readonly run: ChunkRun
  /** Whether the origin may give chunks at all. */
  readonly mayAskOrigin: boolean
  readonly request: OriginRequest
  readonly untilWanted: OriginSourceOptions['untilWanted']
  readonly openPage: (
    onMessage: (message: PageSays) => void,
  ) => Promise<Channel<WorkerSays> | undefined>
  /** Tells the site's owner something. */
  readonly notice: (error: SwarmtagError) => void
  readonly events: SupplyEvents
}

export class Supply {
  readonly origin: OriginSource
  readonly #options: SupplyOptions
  readonly #page: Promise<Channel<WorkerSays> | undefined>
  /** Chunks asked for that have not come. */
  readonly #needed = new Set<ChunkIndex>()
  /** What the store held when it was asked; what the page keeps since then it gives itself. */
  #stored: Promise<readonly ChunkRun[]> | undefined
  #cursor: ChunkIndex
  #askedTo: ChunkIndex
  #pageState: 'opening' | 'accepted' | 'absent' = 'opening'
  /** Whether the origin is asked in the page's place, and for how much at the next time. */
  #isStandingIn = false
  #standInChunks = FIRST_STAND_IN_CHUNKS
  #originError: SwarmtagError | undefined
  #watch: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(options: SupplyOptions) {
    this.#options = options
    this.#cursor = options.run.from
    this.#askedTo = options.run.from
    this.#page = options.openPage(message => this.#onPage(message))
    this.origin = new OriginSource({
      manifest: options.manifest,
      request: options.request,
      untilWanted: options.untilWanted,
      events: {
        arrived: (index, bytes) => void this.#check(index, bytes, 'origin'),
        wasted: bytes => void this.#tell({ type: 'wasted', bytes }),
        ended: () => void this.#tell({ type: 'origin-ended' }),
        failed: error => this.#onOriginFailed(error),
      },
    })
    void this.#page.then(page => {
      if (!page) this.#standIn('absent')
    })
  }

  /** Asks for chunks; `cursor` is the one that the video waits for. */
  async need(cursor: ChunkIndex, runs: readonly ChunkRun[]): Promise<void> {
    this.#cursor = cursor
    for (const index of chunksIn(runs)) {
      this.#needed.add(index)
      this.#askedTo = chunk(index + 1)
    }
    this.#watchPage()
    await Promise.all(runs.map(run => this.#readStore(run)))
    const missing = runsOf([...chunksIn(runs)].filter(index => this.#needed.has(index)))
    if (this.#isClosed || missing.length === 0) return
    if (this.#pageState === 'absent') return this.#standIn('absent')
    await this.#tell({ type: 'need', cursor, runs: missing })
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#watch)
    this.origin.stop()
    void this.#page.then(page => {
      page?.send({ type: 'close' })
      page?.close()
    })
  }

  async #readStore(run: ChunkRun): Promise<void> {
    const { store, manifest } = this.#options
    this.#stored ??= store.runs(manifest.id).catch(() => [])
    const isStored = (await this.#stored).some(each => each.from < run.to && run.from < each.to)
    if (!isStored) return
    const found = await store.read(manifest.id, run).catch(() => [])
    const taken = await Promise.all(
      found.map(({ index, bytes }) => this.#check(index, bytes, 'store')),
    )
    const runs = runsOf(taken.filter(index => index !== undefined))
    if (runs.length > 0) await this.#tell({ type: 'stored', runs })
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
      if (!this.#needed.delete(index)) return void this.#onUnneeded(source, bytes.length)
      if (source === 'origin') await this.#handOn(verified)
      this.#options.events.arrived(verified)
      this.#watchPage()
      return index
    } catch (error) {
      if (!(error instanceof SwarmtagError)) throw error
      this.#onFalse(source, error)
      return undefined
    }
  }

  /** A chunk came twice: the page gave it while the origin was giving it too. */
  #onUnneeded(source: 'store' | 'page' | 'origin', bytes: number): void {
    if (source === 'origin') void this.#tell({ type: 'wasted', bytes })
  }

  /** The page keeps and shares what the origin gave: the video takes the bytes, so it gets a copy. */
  async #handOn({ index, bytes }: VerifiedChunk): Promise<void> {
    if (this.#pageState === 'absent') return
    const copy = bytes.slice().buffer
    ;(await this.#page)?.send({ type: 'fetched', index, bytes: copy }, [copy])
  }

  #onFalse(source: 'store' | 'page' | 'origin', error: SwarmtagError): void {
    if (this.#isClosed) return
    if (error.code !== 'chunk-corrupt') return this.#onUnverifiable(error)
    // A false chunk of the store is as good as none: it stays needed, and the page is asked for it.
    if (source === 'page') this.#standIn('absent')
    if (source === 'origin')
      this.#onOriginChanged(new SwarmtagError('origin-changed', error.detail, { cause: error }))
  }

  #onPage(message: PageSays): void {
    if (this.#isClosed) return
    switch (message.type) {
      case 'accept':
        this.#pageState = 'accepted'
        this.#standInChunks = FIRST_STAND_IN_CHUNKS
        break
      case 'decline':
        return this.#standIn('absent')
      case 'chunk':
        void this.#check(message.index, new Uint8Array(message.bytes), 'page')
        break
      case 'hold':
        // A page that speaks again decides again.
        if (this.#isStandingIn) this.origin.stop()
        this.#isStandingIn = false
        return this.#watchPage(Math.min(message.forMs, MAX_HOLD_MS))
      case 'origin':
        this.#isStandingIn = false
        if (this.#options.mayAskOrigin) this.#letOriginGive(message.run)
        break
      case 'exhausted':
        return this.#options.events.failed(
          this.#originError ?? new SwarmtagError('origin-failed', 'nobody has the next chunk'),
        )
    }
    this.#watchPage()
  }

  /**
   * Takes the page's part: fetches from the origin what is needed. A page that is merely busy soon
   * decides again, so that a silent one is stood in for in growing steps.
   */
  #standIn(pageState: 'absent' | 'opening' | 'accepted'): void {
    this.#pageState = pageState
    // Without the page nobody else tells what it has kept meanwhile.
    if (pageState === 'absent') this.#stored = undefined
    if (this.#isClosed || this.#needed.size === 0) return
    if (this.#options.mayAskOrigin) {
      this.#isStandingIn = true
      const from = this.#cursorNeeded()
      const far = pageState === 'absent' ? Number.POSITIVE_INFINITY : from + this.#standInChunks
      this.#standInChunks *= 4
      this.origin.give({ from, to: chunk(Math.min(far, this.#options.run.to)) })
    } else if (pageState === 'absent')
      this.#options.events.failed(
        new SwarmtagError('page-gone', 'the page does not supply this video'),
      )
  }

  #letOriginGive(run: ChunkRun | undefined): void {
    const lacking = this.#lacking(run)
    this.origin.give(lacking)
    if (run && !lacking) void this.#tell({ type: 'origin-ended' })
  }

  /** What of a run has not come yet: the page may have decided before it heard of the last chunks. */
  #lacking(run: ChunkRun | undefined): ChunkRun | undefined {
    if (!run) return undefined
    let from = run.from
    while (from < this.#askedTo && !this.#needed.has(from)) from = chunk(from + 1)
    return from < run.to ? { from, to: run.to } : undefined
  }

  #cursorNeeded(): ChunkIndex {
    for (const index of this.#needed) if (index >= this.#cursor) return index
    return this.#cursor
  }

  /** Without its digest nothing can be checked: the origin's bytes are all that may be played. */
  #onUnverifiable(error: SwarmtagError): void {
    if (!this.#options.mayAskOrigin) return this.#options.events.failed(error)
    this.#options.notice(error)
    if (error.code === 'manifest-mismatch') this.#options.events.changed()
    else this.#options.events.unverifiable()
  }

  /** Said where the site's owner looks: by the page, or by the worker where there is none. */
  #onOriginChanged(error: SwarmtagError): void {
    if (this.#pageState === 'absent') this.#options.notice(error)
    else void this.#tell({ type: 'origin-changed', detail: error.detail })
    this.#options.events.changed()
  }

  #onOriginFailed(error: SwarmtagError): void {
    if (this.#isClosed) return
    if (error.code === 'origin-changed') return this.#onOriginChanged(error)
    this.#originError = error
    if (this.#pageState !== 'accepted') return this.#options.events.failed(error)
    void this.#tell({ type: 'origin-failed', detail: error.detail })
  }

  /** While something is needed, a page that says nothing is noticed. */
  #watchPage(budgetMs = this.#pageState === 'opening' ? ACCEPT_MS : SILENCE_MS): void {
    clearTimeout(this.#watch)
    if (this.#isClosed || this.#needed.size === 0 || this.#pageState === 'absent') return
    this.#watch = setTimeout(() => this.#standIn(this.#pageState), budgetMs)
  }

  async #tell(message: WorkerSays): Promise<void> {
    ;(await this.#page)?.send(message)
  }
}
