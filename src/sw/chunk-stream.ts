/** The body of a response: puts chunks that arrive in any order into order, and asks ahead only as fast as the video takes them. */

import type { SwarmtagError } from '../core/errors.js'
import { chunksOf } from '../core/format/chunk-map.js'
import { AskAhead } from '../core/policy/window.js'
import { type ByteSpan, CHUNK_BYTES, type ChunkIndex, type ChunkRun, chunk } from '../core/units.js'
import type { Manifest } from '../store/manifest.js'
import type { VerifiedChunk } from '../store/verify.js'

/** The supplier, as the stream calls it. */
export interface Consumer {
  /** Asks for chunks not asked for before; `cursor` is the next one the video takes. */
  need(cursor: ChunkIndex, runs: readonly ChunkRun[]): void
  /** Everything was handed over, or nobody wants it any more. */
  done(): void
}

/** Fills the rest of a body in place of the chunks. */
export interface Filler {
  pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void>
  cancel(): void
}

export class ChunkStream {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly #arrived = new Map<ChunkIndex, VerifiedChunk>()
  readonly #run: ChunkRun
  readonly #ahead: AskAhead
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>
  #cursor: ChunkIndex
  #isDone = false
  #handedBytes = 0
  #onHandOver: (() => void) | undefined
  #successor: Filler | undefined
  #waiting: { index: ChunkIndex; wake: () => void }[] = []

  constructor(
    readonly manifest: Manifest,
    readonly span: ByteSpan,
    readonly consumer: Consumer,
  ) {
    this.#run = chunksOf(span)
    this.#cursor = this.#run.from
    this.#ahead = new AskAhead(this.#run)
    this.body = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: controller => {
          this.#controller = controller
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.#successor?.cancel()
          this.#finish()
        },
      },
      // Nothing is read ahead of the video: what it does not pull it does not want.
      { highWaterMark: 0 },
    )
  }

  /** Takes a chunk that was asked for. */
  put(verified: VerifiedChunk): void {
    if (this.#isDone || verified.index < this.#cursor || verified.index >= this.#run.to) return
    this.#arrived.set(verified.index, verified)
    this.#onHandOver?.()
  }

  fail(error: SwarmtagError): void {
    if (this.#isDone) return
    this.#finish()
    this.#controller.error(error)
  }

  /** Resolves when a chunk is within what is asked ahead, or when the stream has ended. */
  untilWanted(index: ChunkIndex): Promise<void> {
    if (this.#isDone || index < this.#ahead.askedTo) return Promise.resolve()
    return new Promise(wake => this.#waiting.push({ index, wake }))
  }

  /** Lets another fill the rest of the body, from the byte that the video takes next. */
  succeed(fillerFrom: (nextByte: number) => Filler): void {
    if (this.#isDone) return
    const filler = fillerFrom(this.span.from + this.#handedBytes)
    const isPulled = this.#onHandOver !== undefined
    this.#successor = filler
    this.#finish()
    if (isPulled) void filler.pull(this.#controller)
  }

  #pull(): Promise<void> | undefined {
    if (this.#isDone) return this.#successor?.pull(this.#controller)
    this.#askAhead()
    if (this.#handOver()) return undefined
    return new Promise(resolve => {
      this.#onHandOver = () => {
        if (!this.#isDone && !this.#handOver()) return
        this.#onHandOver = undefined
        resolve()
      }
    })
  }

  /** Hands the next chunk to the video, if it has come. */
  #handOver(): boolean {
    const next = this.#arrived.get(this.#cursor)
    if (!next) return false
    this.#arrived.delete(this.#cursor)
    const start = this.#cursor * CHUNK_BYTES
    const bytes = next.bytes.subarray(Math.max(0, this.span.from - start), this.span.to - start)
    this.#cursor = chunk(this.#cursor + 1)
    this.#ahead.handedOver()
    this.#handedBytes += bytes.length
    this.#controller.enqueue(bytes)
    if (this.#cursor >= this.#run.to) {
      this.#finish()
      this.#controller.close()
    }
    return true
  }

  #askAhead(): void {
    const asked = this.#ahead.ask(this.#cursor)
    if (!asked) return
    this.#wake()
    this.consumer.need(this.#cursor, [asked])
  }

  #finish(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#arrived.clear()
    this.#wake()
    this.#onHandOver?.()
    this.consumer.done()
  }

  #wake(): void {
    const ready = this.#waiting.filter(({ index }) => this.#isDone || index < this.#ahead.askedTo)
    this.#waiting = this.#waiting.filter(each => !ready.includes(each))
    for (const { wake } of ready) wake()
  }
}
