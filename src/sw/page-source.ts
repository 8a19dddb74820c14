/**
 * The page of the video that asked, as a source: says what is needed, takes what the page gives, and does what it
 * decides about the origin. Where the page says nothing, or is not to hear of the video yet, the worker stands in.
 */

import type { Channel } from '../bridge/channel.js'
import type { PageSays, WorkerSays } from '../bridge/messages.js'
import { copyOfChunk } from '../core/chunk-bytes.js'
import { SwarmtagError } from '../core/errors.js'
import { FIRST_GRANT_CHUNKS } from '../core/policy/first-grant.js'
import { type ChunkIndex, type ChunkRun, chunk } from '../core/units.js'
import { setLogLevel } from '../log/log.js'
import type { VerifiedChunk } from '../store/verify.js'
import type { Needs } from './needs.js'
import type { OriginSource } from './origin-source.js'

/** A page that does not accept within this time is taken for absent until it speaks. */
const ACCEPT_MS = 60
/** A page that accepted may be silent this long while chunks are needed, or as long as it says, within bounds. */
const SILENCE_MS = 500
const MAX_HOLD_MS = 5_000

/** A request without cookies that gets no answer within this time, where the viewer's own did, is not waited for. */
const VOUCH_MS = 3_000

/** What is asked for without cookies before the page hears of the video: 256 KiB. */
const VOUCHING_CHUNKS = 4

/** `untold`: the page hears nothing of the video, as it is not known yet whether that is for all. */
type PageState = 'untold' | 'opening' | 'accepted' | 'absent'

/** How long what is needed may not come before something is done about it. */
const PATIENCE_MS = {
  untold: VOUCH_MS,
  opening: ACCEPT_MS,
  accepted: SILENCE_MS,
  absent: SILENCE_MS,
} satisfies Record<PageState, number>

export interface PageEvents {
  /** The page gave a chunk; its bytes are not verified yet. */
  arrived(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void
  /** The page does not supply the video: nobody else tells what it has kept meanwhile. */
  absent(): void
  /** Nothing vouches in time for what the viewer's own request gave. */
  unvouched(): void
  /** Nobody can give what the video waits for. */
  failed(error: SwarmtagError): void
}

export interface PageSourceOptions {
  readonly run: ChunkRun
  readonly needs: Needs
  /** Gives what the page decides, and what is needed in its place. */
  readonly origin: OriginSource
  /** Whether the origin may give chunks at all. */
  readonly mayAskOrigin: boolean
  /** `origin` is what is being fetched already. */
  readonly openPage: (
    onMessage: (message: PageSays) => void,
    origin: ChunkRun | undefined,
  ) => Promise<Channel<WorkerSays> | undefined>
  readonly events: PageEvents
}

export class PageSource {
  /** First chunk that only another request gives than the viewer's own, where that one is gone on with. */
  ownTo: ChunkIndex | undefined
  readonly #options: PageSourceOptions
  readonly #channel: Promise<Channel<WorkerSays> | undefined>
  #open!: () => void
  #state: PageState = 'untold'
  /** What the page is told once it may hear of the video. */
  #untold: [WorkerSays, Transferable[]][] = []
  /** Whether the origin is asked in the page's place, and for how much at the next time. */
  #isStandingIn = false
  #standInRun: ChunkRun | undefined
  #standInChunks = FIRST_GRANT_CHUNKS
  #originError: SwarmtagError | undefined
  #watch: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(options: PageSourceOptions) {
    this.#options = options
    this.#channel = new Promise<void>(resolve => {
      this.#open = resolve
    }).then(() => options.openPage(message => this.#onMessage(message), this.#standInRun))
    void this.#channel.then(channel => {
      if (!channel) this.#standIn('absent')
    })
  }

  get state(): PageState {
    return this.#state
  }

  /** From now on the page hears what the video needs, and of what it was given before. */
  letIn(): void {
    if (this.#state !== 'untold' || this.#isClosed) return
    this.#state = 'opening'
    // It knows what is being fetched, so that nothing needs to be stopped when it decides.
    this.#isStandingIn = false
    this.#open()
    const { cursor, runs } = this.#options.needs
    if (runs.length > 0) void this.tell({ type: 'need', cursor, runs })
    for (const [message, transfer] of this.#untold.splice(0)) void this.tell(message, transfer)
    this.watch()
  }

  /** Asks for chunks; `cursor` is the one that the video waits for. */
  async need(cursor: ChunkIndex, runs: readonly ChunkRun[]): Promise<void> {
    if (this.#state === 'absent') return this.#standIn('absent')
    // One request tells whether the page may decide from now on.
    if (this.#state === 'untold') return this.#standInRun ? undefined : this.#standIn('untold')
    await this.tell({ type: 'need', cursor, runs })
  }

  /** The page keeps and shares what the origin gave: the video takes the bytes, so it gets a copy. */
  handOn({ index, bytes }: VerifiedChunk): void {
    if (this.#state === 'absent') return
    const copy = copyOfChunk(bytes)
    void this.tell({ type: 'fetched', index, bytes: copy }, [copy.buffer])
  }

  /** The origin gives nothing more: the page, if there is one, may know who does. */
  originFailed(error: SwarmtagError): void {
    // An origin may fail faster than a page that is still being loaded accepts: it is heard, once.
    const isHeard = this.#state === 'accepted' || (this.#state === 'opening' && !this.#originError)
    this.#originError = error
    if (!isHeard) return this.#options.events.failed(error)
    void this.tell({ type: 'origin-failed', detail: error.detail })
    // Nobody else is left to be waited for.
    if (this.#state === 'opening') this.watch(MAX_HOLD_MS)
  }

  /** Goes on without a page that gave something false. */
  doWithout(): void {
    this.#standIn('absent')
  }

  async tell(message: WorkerSays, transfer: Transferable[] = []): Promise<void> {
    if (this.#state === 'untold') this.#untold.push([message, transfer])
    else (await this.#channel)?.send(message, transfer)
  }

  /** While something is needed, a page that says nothing is noticed. */
  watch(budgetMs = PATIENCE_MS[this.#state]): void {
    clearTimeout(this.#watch)
    if (this.#isClosed || this.#options.needs.isEmpty || this.#state === 'absent') return
    this.#watch = setTimeout(() => this.#onSilence(), budgetMs)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#watch)
    void this.#channel.then(channel => {
      channel?.send({ type: 'close' })
      channel?.close()
    })
  }

  #onMessage(message: PageSays): void {
    if (this.#isClosed) return
    const { origin, mayAskOrigin, events } = this.#options
    switch (message.type) {
      case 'accept':
        if (message.logLevel) setLogLevel(message.logLevel)
        this.#state = 'accepted'
        this.#standInChunks = FIRST_GRANT_CHUNKS
        break
      case 'decline':
        return this.#standIn('absent')
      case 'chunk':
        events.arrived(message.index, message.bytes)
        break
      case 'hold':
        // A page that speaks again decides again.
        if (this.#isStandingIn) origin.stop()
        this.#isStandingIn = false
        return this.watch(Math.min(message.forMs, MAX_HOLD_MS))
      case 'origin':
        this.#isStandingIn = false
        if (mayAskOrigin) this.#letOriginGive(message.run)
        break
      case 'read-on':
        origin.readOn(message.to)
        break
      case 'exhausted':
        return events.failed(
          this.#originError ?? new SwarmtagError('origin-failed', 'nobody has the next chunk'),
        )
    }
    this.watch()
  }

  #letOriginGive(run: ChunkRun | undefined): void {
    const { origin, needs } = this.#options
    const lacking = run && needs.lacking(run)
    origin.give(lacking)
    if (run && !lacking) void this.tell({ type: 'origin-ended' })
  }

  #onSilence(): void {
    if (this.#state !== 'untold') return this.#standIn(this.#state)
    if (this.ownTo !== undefined) this.#options.events.unvouched()
    else this.letIn()
  }

  /**
   * Takes the page's part: fetches from the origin what is needed. A page that is merely busy soon
   * decides again, so that a silent one is stood in for in growing steps.
   */
  #standIn(state: PageState): void {
    const { run, needs, origin, mayAskOrigin, events } = this.#options
    this.#state = state
    if (state === 'absent') events.absent()
    if (this.#isClosed || needs.isEmpty) return
    if (mayAskOrigin) {
      this.#isStandingIn = true
      const from = needs.first()
      this.#standInRun = { from, to: chunk(Math.min(this.#standInTo(from), run.to)) }
      origin.give(this.#standInRun)
    } else if (state === 'absent')
      events.failed(new SwarmtagError('page-gone', 'the page does not supply this video'))
  }

  #standInTo(from: ChunkIndex): number {
    if (this.#state === 'absent') return Number.POSITIVE_INFINITY
    // Beyond the viewer's own request, which vouches for nothing, to last until the page has decided, and no longer.
    if (this.#state === 'untold') return Math.max(from, this.ownTo ?? from) + VOUCHING_CHUNKS
    const to = from + this.#standInChunks
    this.#standInChunks *= 4
    return to
  }
}
