/**
 * The page of the video as a source: sends what is needed, receives what the page gives, and does what it decides about
 * the origin. While the page is silent, or must not be sent the video yet, `PageFallback` decides.
 */

import type { Channel } from '../bridge/channel.js'
import type { PageSays, WorkerSays } from '../bridge/messages.js'
import { SwarmtagError } from '../core/errors.js'
import { copyOfChunk } from '../core/format/chunk-bytes.js'
import { PageFallback, type PageState } from '../core/policy/page-fallback.js'
import type { ChunkIndex, ChunkRun } from '../core/units.js'
import { setLogLevel } from '../log/log.js'
import type { VerifiedChunk } from '../store/verify.js'
import type { Needs } from './needs.js'
import type { OriginSource } from './origin-source.js'
import type { OriginChunk } from './transfer.js'

export interface PageEvents {
  /** The page gave a chunk, not verified yet. */
  arrived(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void
  /** The page does not supply the video; it may have stored chunks meanwhile. */
  absent(): void
  /** The response to the viewer's own request was not confirmed public in time. */
  unconfirmed(): void
  /** No source has what the video waits for. */
  failed(error: SwarmtagError): void
}

export interface PageSourceOptions {
  readonly run: ChunkRun
  readonly needs: Needs
  /** Fetches what the page grants, or the fallback. */
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
  /** Sent once the page may be sent the video. */
  #queued: [WorkerSays, Transferable[]][] = []
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

  /** The response to the viewer's own request has the chunks up to this one. */
  goOnTo(to: ChunkIndex): void {
    this.#fallback.ownTo = to
  }

  /** From now on the page is sent what the video needs, and first what was queued. */
  letIn(): void {
    if (this.#isClosed || !this.#fallback.letIn()) return
    this.#open()
    const { cursor, runs } = this.#options.needs
    if (runs.length > 0) void this.send({ type: 'need', cursor, runs })
    for (const [message, transfer] of this.#queued.splice(0)) void this.send(message, transfer)
    this.watch()
  }

  /** Asks for chunks; `cursor` is the one that the video waits for. */
  async need(cursor: ChunkIndex, runs: readonly ChunkRun[]): Promise<void> {
    const next = this.#fallback.onNeed()
    if (next === 'ask-origin') return this.#askOrigin()
    if (next === 'send') await this.send({ type: 'need', cursor, runs })
  }

  /** The page keeps and shares what the origin gave; it gets a copy, as the video gets the bytes. */
  handOn({ index, bytes }: VerifiedChunk): void {
    if (this.state === 'absent') return
    const copy = copyOfChunk(bytes)
    void this.send({ type: 'fetched', index, bytes: copy }, [copy.buffer])
  }

  /** The origin gives nothing more: the page, if there is one, may know another source. */
  originFailed(error: SwarmtagError): void {
    this.#originError = error
    if (!this.#fallback.onOriginFailed()) return this.#options.events.failed(error)
    void this.send({ type: 'origin-failed', detail: error.detail })
    // No other source is left.
    if (this.state === 'opening') this.watch(this.#fallback.heldMs())
  }

  /** Goes on without a page: there is none, or it gave corrupt data. */
  doWithout(): void {
    this.#fallback.gone()
    this.#askOrigin()
  }

  async send(message: WorkerSays, transfer: Transferable[] = []): Promise<void> {
    if (this.state === 'withheld') this.#queued.push([message, transfer])
    else (await this.#channel)?.send(message, transfer)
  }

  /** Notices a silent page while something is needed. */
  watch(patienceMs = this.#fallback.patienceMs): void {
    clearTimeout(this.#watch)
    if (this.#isClosed || this.#options.needs.isEmpty || this.state === 'absent') return
    this.#watch = setTimeout(() => this.#onSilence(), patienceMs)
  }

  /** Ends; returns the chunks that were not sent, as the video is not known to be public. */
  close(): OriginChunk[] {
    this.#isClosed = true
    clearTimeout(this.#watch)
    void this.#channel.then(channel => {
      channel?.send({ type: 'close' })
      channel?.close()
    })
    return this.#queued.flatMap(([message]) => (message.type === 'fetched' ? [message] : []))
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
        // The page decides again.
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
    if (run && !lacking) void this.send({ type: 'origin-ended' })
  }

  #onSilence(): void {
    const next = this.#fallback.onSilence()
    if (next === 'ask-origin') this.#askOrigin()
    else if (next === 'let-in') this.letIn()
    else this.#options.events.unconfirmed()
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
