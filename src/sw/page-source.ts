/**
 * The page of the video that asked, as a source: says what is needed, takes what the page gives, and does what it
 * decides about the origin. Where the page says nothing, or is not to hear of the video yet, `PageFallback` decides.
 */

import type { Channel } from '../bridge/channel.js'
import type { PageSays, WorkerSays } from '../bridge/messages.js'
import { copyOfChunk } from '../core/chunk-bytes.js'
import { SwarmtagError } from '../core/errors.js'
import { PageFallback, type PageState } from '../core/policy/page-fallback.js'
import type { ChunkIndex, ChunkRun } from '../core/units.js'
import { setLogLevel } from '../log/log.js'
import type { VerifiedChunk } from '../store/verify.js'
import type { Needs } from './needs.js'
import type { OriginSource } from './origin-source.js'

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
  readonly #options: PageSourceOptions
  readonly #fallback: PageFallback
  readonly #channel: Promise<Channel<WorkerSays> | undefined>
  #open!: () => void
  /** What the page is told once it may hear of the video. */
  #untold: [WorkerSays, Transferable[]][] = []
  #originError: SwarmtagError | undefined
  #watch: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(options: PageSourceOptions) {
    this.#options = options
    this.#fallback = new PageFallback(options.run)
    this.#channel = new Promise<void>(resolve => {
      this.#open = resolve
    }).then(() => options.openPage(message => this.#onMessage(message), this.#fallback.run))
    void this.#channel.then(channel => {
      if (!channel) this.doWithout()
    })
  }

  get state(): PageState {
    return this.#fallback.state
  }

  /** The viewer's own answer is gone on with as far as this chunk, without it. */
  goOnTo(to: ChunkIndex): void {
    this.#fallback.ownTo = to
  }

  /** From now on the page hears what the video needs, and of what it was given before. */
  letIn(): void {
    if (this.#isClosed || !this.#fallback.letIn()) return
    this.#open()
    const { cursor, runs } = this.#options.needs
    if (runs.length > 0) void this.tell({ type: 'need', cursor, runs })
    for (const [message, transfer] of this.#untold.splice(0)) void this.tell(message, transfer)
    this.watch()
  }

  /** Asks for chunks; `cursor` is the one that the video waits for. */
  async need(cursor: ChunkIndex, runs: readonly ChunkRun[]): Promise<void> {
    const next = this.#fallback.onNeed()
    if (next === 'ask-origin') return this.#askOrigin()
    if (next === 'tell') await this.tell({ type: 'need', cursor, runs })
  }

  /** The page keeps and shares what the origin gave: the video takes the bytes, so it gets a copy. */
  handOn({ index, bytes }: VerifiedChunk): void {
    if (this.state === 'absent') return
    const copy = copyOfChunk(bytes)
    void this.tell({ type: 'fetched', index, bytes: copy }, [copy.buffer])
  }

  /** The origin gives nothing more: the page, if there is one, may know who does. */
  originFailed(error: SwarmtagError): void {
    this.#originError = error
    if (!this.#fallback.onOriginFailed()) return this.#options.events.failed(error)
    void this.tell({ type: 'origin-failed', detail: error.detail })
    // Nobody else is left to be waited for.
    if (this.state === 'opening') this.watch(this.#fallback.heldMs())
  }

  /** Goes on without a page: there is none, or it gave something false. */
  doWithout(): void {
    this.#fallback.gone()
    this.#askOrigin()
  }

  async tell(message: WorkerSays, transfer: Transferable[] = []): Promise<void> {
    if (this.state === 'untold') this.#untold.push([message, transfer])
    else (await this.#channel)?.send(message, transfer)
  }

  /** While something is needed, a page that says nothing is noticed. */
  watch(patienceMs = this.#fallback.patienceMs): void {
    clearTimeout(this.#watch)
    if (this.#isClosed || this.#options.needs.isEmpty || this.state === 'absent') return
    this.#watch = setTimeout(() => this.#onSilence(), patienceMs)
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
        this.#fallback.accepted()
        break
      case 'decline':
        return this.doWithout()
      case 'chunk':
        events.arrived(message.index, message.bytes)
        break
      case 'hold':
        // A page that speaks again decides again.
        if (this.#fallback.decided()) origin.stop()
        return this.watch(this.#fallback.heldMs(message.forMs))
      case 'origin':
        this.#fallback.decided()
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
    const next = this.#fallback.onSilence()
    if (next === 'ask-origin') this.#askOrigin()
    else if (next === 'let-in') this.letIn()
    else this.#options.events.unvouched()
  }

  /** Asks the origin in the page's place. */
  #askOrigin(): void {
    const { needs, origin, mayAskOrigin, events } = this.#options
    if (this.state === 'absent') events.absent()
    if (this.#isClosed || needs.isEmpty) return
    if (mayAskOrigin) origin.give(this.#fallback.begin(needs.first()))
    else if (this.state === 'absent')
      events.failed(new SwarmtagError('page-gone', 'the page does not supply this video'))
  }
}
