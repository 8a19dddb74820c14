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
import { notPublic, type OriginRequest } from './origin-request.js'
import { OriginSource, type OriginSourceOptions } from './origin-source.js'

/** A page that does not accept within this time is taken for absent until it speaks. */
const ACCEPT_MS = 60
/** A page that accepted may be silent this long while chunks are needed, or as long as it says, within bounds. */
const SILENCE_MS = 500
const MAX_HOLD_MS = 5_000

/** A request without cookies that gets no answer within this time, where the viewer's own did, is not waited for. */
const VOUCH_MS = 3_000

/** What is asked for without cookies before the page hears of the video: 256 KiB. */
const VOUCHING_CHUNKS = 4
/** What is fetched at first in place of a page that says nothing; four times as much each time after. */
const FIRST_STAND_IN_CHUNKS = 8

/** `untold`: the page hears nothing of the video, as it is not known yet whether that is for all. */
type PageState = 'untold' | 'opening' | 'accepted' | 'absent'

/** How long what is needed may not come before something is done about it. */
const PATIENCE_MS = {
  untold: VOUCH_MS,
  opening: ACCEPT_MS,
  accepted: SILENCE_MS,
  absent: SILENCE_MS,
} satisfies Record<PageState, number>

export interface SupplyEvents {
  arrived(chunk: VerifiedChunk): void
  /** A request as anybody could make it was answered with the video. */
  vouched(): void
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
  /** `origin` is what is being fetched already. */
  readonly openPage: (
    onMessage: (message: PageSays) => void,
    origin: ChunkRun | undefined,
  ) => Promise<Channel<WorkerSays> | undefined>
  /** Tells the site's owner something. */
  readonly notice: (error: SwarmtagError) => void
  readonly events: SupplyEvents
}

export class Supply {
  readonly origin: OriginSource
  readonly #options: SupplyOptions
  readonly #page: Promise<Channel<WorkerSays> | undefined>
  #openPage!: () => void
  /** Chunks asked for that have not come. */
  readonly #needed = new Set<ChunkIndex>()
  /** What the store held when it was asked; what the page keeps since then it gives itself. */
  #stored: Promise<readonly ChunkRun[]> | undefined
  #cursor: ChunkIndex
  #askedTo: ChunkIndex
  #pageState: PageState = 'untold'
  /** The answer to the viewer's own request, whose bytes are not for all until another one vouches for them. */
  #own: Response | undefined
  /** First chunk that only another request gives. */
  #ownTo: ChunkIndex | undefined
  /** What the page is told once it may hear of the video. */
  #untold: [WorkerSays, Transferable[]][] = []
  /** Whether the origin is asked in the page's place, and for how much at the next time. */
  #isStandingIn = false
  #standInRun: ChunkRun | undefined
  #standInChunks = FIRST_STAND_IN_CHUNKS
  #originError: SwarmtagError | undefined
  #watch: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(options: SupplyOptions) {
    this.#options = options
    this.#cursor = options.run.from
    this.#askedTo = options.run.from
    this.#page = new Promise<void>(resolve => {
      this.#openPage = resolve
    }).then(() => options.openPage(message => this.#onPage(message), this.#standInRun))
    this.origin = new OriginSource({
      manifest: options.manifest,
      request: options.request,
      untilWanted: options.untilWanted,
      events: {
        answered: response => this.#onAnswered(response),
        arrived: (index, bytes) => void this.#check(index, bytes, 'origin'),
        wasted: bytes => void this.#tell({ type: 'wasted', bytes }),
        ended: () => void this.#tell({ type: 'origin-ended' }),
        failed: error => this.#onOriginFailed(error),
      },
    })
    void this.#page.then(page => {
      if (!page) this.#standIn('absent')
    })
    if (options.isVouched) this.#letPageIn()
  }

  /** Goes on with the answer to the viewer's own request, which may have carried cookies. */
  goOnWith(response: Response, abort: AbortController, run: ChunkRun): void {
    this.#own = response
    this.#ownTo = run.to
    this.origin.adopt(response, abort, run)
  }

  /** Asks for chunks; `cursor` is the one that the video waits for. */
  async need(cursor: ChunkIndex, runs: readonly ChunkRun[]): Promise<void> {
    this.#cursor = cursor
    // Fetched beside the bytes and not after them: a seek may lead to where no digest is known yet.
    for (const { from } of runs) this.#options.manifest.prepare(from)
    for (const index of chunksIn(runs)) {
      this.#needed.add(index)
      this.#askedTo = chunk(index + 1)
    }
    this.#watchPage()
    await Promise.all(runs.map(run => this.#readStore(run)))
    const missing = runsOf([...chunksIn(runs)].filter(index => this.#needed.has(index)))
    if (this.#isClosed || missing.length === 0) return
    if (this.#pageState === 'absent') return this.#standIn('absent')
    // One request tells whether the page may decide from now on.
    if (this.#pageState === 'untold') return this.#standInRun ? undefined : this.#standIn('untold')
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
      if (source === 'origin') this.#handOn(verified)
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
  #handOn({ index, bytes }: VerifiedChunk): void {
    if (this.#pageState === 'absent') return
    const copy = bytes.slice().buffer
    void this.#tell({ type: 'fetched', index, bytes: copy }, [copy])
  }

  /** The origin gives the video: where it was asked as anybody could ask it, all may have it. */
  #onAnswered(response: Response): void {
    if (response === this.#own) return
    this.#options.events.vouched()
    this.#letPageIn()
  }

  /** From now on the page hears what the video needs, and of what it was given before. */
  #letPageIn(): void {
    if (this.#pageState !== 'untold' || this.#isClosed) return
    this.#pageState = 'opening'
    // It knows what is being fetched, so that nothing needs to be stopped when it decides.
    this.#isStandingIn = false
    this.#openPage()
    const runs = runsOf(this.#needed)
    if (runs.length > 0) void this.#tell({ type: 'need', cursor: this.#cursor, runs })
    for (const [message, transfer] of this.#untold.splice(0)) void this.#tell(message, transfer)
    this.#watchPage()
  }

  #onFalse(source: 'store' | 'page' | 'origin', error: SwarmtagError): void {
    if (this.#isClosed) return
    if (error.code !== 'chunk-corrupt') return this.#onUnverifiable(error)
    // A false chunk of the store is as good as none: it stays needed, and the page is asked for it.
    if (source === 'page') this.#standIn('absent')
    if (source === 'origin')
      this.#disown(new SwarmtagError('origin-changed', error.detail, { cause: error }))
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
  #standIn(pageState: PageState): void {
    this.#pageState = pageState
    // Without the page nobody else tells what it has kept meanwhile.
    if (pageState === 'absent') this.#stored = undefined
    if (this.#isClosed || this.#needed.size === 0) return
    if (this.#options.mayAskOrigin) {
      this.#isStandingIn = true
      const from = this.#cursorNeeded()
      this.#standInRun = { from, to: chunk(Math.min(this.#standInTo(from), this.#options.run.to)) }
      this.origin.give(this.#standInRun)
    } else if (pageState === 'absent')
      this.#options.events.failed(
        new SwarmtagError('page-gone', 'the page does not supply this video'),
      )
  }

  #standInTo(from: ChunkIndex): number {
    if (this.#pageState === 'absent') return Number.POSITIVE_INFINITY
    // Beyond the viewer's own request, which vouches for nothing, to last until the page has decided, and no longer.
    if (this.#pageState === 'untold') return Math.max(from, this.#ownTo ?? from) + VOUCHING_CHUNKS
    const to = from + this.#standInChunks
    this.#standInChunks *= 4
    return to
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
    if (error.code === 'manifest-mismatch') this.#options.events.disowned()
    else this.#options.events.unverifiable()
  }

  /** Said where the site's owner looks: by the page, or by the worker where it has not heard of the video. */
  #disown(error: SwarmtagError): void {
    const { code, detail } = error
    if (this.#pageState === 'absent' || this.#pageState === 'untold') this.#options.notice(error)
    else void this.#tell({ type: code === 'not-public' ? code : 'origin-changed', detail })
    this.#options.events.disowned()
  }

  #onOriginFailed(error: SwarmtagError): void {
    if (this.#isClosed) return
    if (error.code === 'origin-changed' || error.code === 'not-public') return this.#disown(error)
    if (this.#pageState === 'untold') {
      // It answers nobody, and others may have the video; or this viewer, and not a request without cookies.
      if (!this.#own) return this.#letPageIn()
      const { name } = this.#options.manifest.descriptor
      return this.#disown(notPublic(name, `without cookies, ${error.detail}`, { cause: error }))
    }
    this.#originError = error
    if (this.#pageState !== 'accepted') return this.#options.events.failed(error)
    void this.#tell({ type: 'origin-failed', detail: error.detail })
  }

  /** While something is needed, a page that says nothing is noticed. */
  #watchPage(budgetMs = PATIENCE_MS[this.#pageState]): void {
    clearTimeout(this.#watch)
    if (this.#isClosed || this.#needed.size === 0 || this.#pageState === 'absent') return
    this.#watch = setTimeout(() => this.#onSilence(), budgetMs)
  }

  #onSilence(): void {
    if (this.#pageState !== 'untold') return this.#standIn(this.#pageState)
    if (this.#own) this.#options.events.unverifiable()
    else this.#letPageIn()
  }

  async #tell(message: WorkerSays, transfer: Transferable[] = []): Promise<void> {
    if (this.#pageState === 'untold') this.#untold.push([message, transfer])
    else (await this.#page)?.send(message, transfer)
  }
}
