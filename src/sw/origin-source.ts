/** Fetches runs of chunks from the origin: one HTTP range a run, read no faster than the video takes it. */

import { SwarmtagError } from '../core/errors.js'
import { type ChunkIndex, type ChunkRun, chunk } from '../core/units.js'
import type { Manifest } from '../store/manifest.js'
import type { Berth } from './berth.js'
import type { OriginRequest } from './origin-request.js'
import { Transfer } from './transfer.js'

/**
 * Chunks in one request: at first 4 MiB, then a sixteenth of what this response was given, at most 16 MiB. Chromium reads
 * some 50 MiB of an answer to a worker's `fetch` ahead, and Firefox all of it, however slowly its body is read: what is
 * asked for and not played is sent for nothing, and is to stay a small part of the whole.
 */
const FIRST_CHUNKS = 64
const GIVEN_SHARE = 0.0625
const MOST_CHUNKS = 256

export interface OriginEvents {
  /** An answer is about to be read: it is of the file that was asked for. */
  answered(response: Response): void
  /** A chunk came; its bytes are not verified yet. */
  arrived(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void
  /** A chunk came on the way to the one that was asked for; its bytes are not verified yet. */
  passed(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void
  /** Bytes came that are of no use. */
  wasted(bytes: number): void
  /** Everything that was to be fetched has come. */
  ended(): void
  /** The origin gave no answer, or not the one asked for. */
  failed(error: SwarmtagError): void
}

export interface OriginSourceOptions {
  readonly manifest: Manifest
  /** Asks the origin for a span of the video. */
  readonly request: OriginRequest
  /** Resolves once the video is near enough to this chunk. */
  readonly untilWanted: (index: ChunkIndex) => Promise<void>
  /** Where an answer is left that another response may go on with. */
  readonly berth?: Berth | undefined
  readonly events: OriginEvents
}

export class OriginSource {
  #to = 0
  #next = 0
  #givenChunks = 0
  /** Read so far whether this video wants it yet or not. */
  #readTo = 0
  #onReadOn: (() => void) | undefined
  /** What is being fetched with; nothing while nothing is. */
  #turn: { transfer?: Transfer } | undefined

  constructor(readonly options: OriginSourceOptions) {}

  /**
   * Sets what is to be fetched from now on. A run that goes on where the last one is, is that one made
   * longer or shorter; any other takes its place. Without a run fetching stops.
   */
  give(run: ChunkRun | undefined): void {
    if (!run) return this.stop()
    this.#to = run.to
    if (this.#turn && (run.from === this.#next || (run.from < this.#next && this.#next < run.to)))
      return
    this.stop()
    this.#next = run.from
    this.#to = run.to
    void this.#fetchRuns()
  }

  /** Goes on with a response that was asked for before it was known what it is part of. */
  adopt(response: Response, abort: AbortController, run: ChunkRun): void {
    const { manifest, request } = this.options
    this.#next = run.from
    this.#to = run.to
    void this.#fetchRuns(new Transfer(manifest, run, request, { response, abort }))
  }

  /** Reads what is to be fetched up to this chunk also where its video does not want it yet. */
  readOn(to: ChunkIndex): void {
    this.#readTo = Math.max(to, this.#readTo)
    this.#onReadOn?.()
  }

  /** Whether a chunk is read for another video, whatever this one wants. */
  isReadOn(index: ChunkIndex): boolean {
    return index < this.#readTo
  }

  stop(): void {
    const transfer = this.#turn?.transfer
    this.#turn = undefined
    if (!transfer) return
    transfer.abort()
    this.#waste(transfer.wasted(true))
  }

  /** Stops for good: what the origin sends now may be of use to the response that follows this one. */
  leave(): void {
    const transfer = this.#turn?.transfer
    if (!transfer || !this.options.berth) return this.stop()
    this.#turn = undefined
    this.options.berth.leave(transfer)
  }

  async #fetchRuns(adopted?: Transfer): Promise<void> {
    const turn: { transfer?: Transfer } = adopted ? { transfer: adopted } : {}
    this.#turn = turn
    const isMine = () => this.#turn === turn
    try {
      while (isMine() && this.#next < this.#to) {
        const transfer = turn.transfer ?? (await this.#open(turn))
        if (!transfer) return
        const first = this.#next
        await this.#read(transfer, isMine).catch(cause => {
          // A body that breaks off is gone on with, as browsers do, if it gave anything.
          if (cause instanceof SwarmtagError || this.#next === first) throw cause
        })
        if (!isMine()) return
        this.#waste(transfer.wasted(true))
        if (this.#next === first && first < this.#to)
          throw new SwarmtagError('origin-failed', 'the answer ended early')
        delete turn.transfer
      }
      if (isMine()) this.options.events.ended()
    } catch (cause) {
      if (isMine()) this.options.events.failed(asOriginError(cause))
    } finally {
      if (isMine()) this.#turn = undefined
    }
  }

  /** An answer that begins with the next chunk: one that another response has left, or a new one. */
  async #open(turn: { transfer?: Transfer }): Promise<Transfer | undefined> {
    const { manifest, request, berth } = this.options
    await this.#untilWanted()
    if (this.#turn !== turn) return undefined
    const left = berth?.take(chunk(this.#next))
    if (left) {
      turn.transfer = left
      const gap = this.#next - left.next
      const isThere = await this.#catchUp(left, turn)
      if (this.#turn !== turn) return undefined
      if (gap > 0) berth?.reach.tried(isThere)
      if (isThere) return left
      left.abort()
      this.#waste(left.wasted(true))
    }
    const share = Math.floor(this.#givenChunks * GIVEN_SHARE)
    const most = Math.min(Math.max(FIRST_CHUNKS, share), MOST_CHUNKS)
    const to = chunk(Math.min(this.#to, this.#next + most))
    turn.transfer = new Transfer(manifest, { from: chunk(this.#next), to }, request)
    return turn.transfer
  }

  /** Reads on to the next chunk, for no longer than another question would take; whether it is there. */
  async #catchUp(transfer: Transfer, turn: object): Promise<boolean> {
    let isLate = false
    const late = new Promise<void>(resolve =>
      setTimeout(resolve, this.options.berth?.reach.patienceMs),
    ).then(() => {
      isLate = true
    })
    while (this.#turn === turn && transfer.next < this.#next) {
      const passed = await Promise.race([transfer.peek(), late]).catch(() => undefined)
      if (this.#turn !== turn || isLate || !passed) return false
      transfer.take()
      this.options.events.passed(passed.index, passed.bytes)
    }
    return this.#turn === turn
  }

  /** Hands chunks on until the answer ends, or until nobody wants what follows. */
  async #read(transfer: Transfer, isMine: () => boolean): Promise<void> {
    const { events } = this.options
    const isWanted = () => isMine() && this.#next < this.#to
    const response = await transfer.answered
    if (!isMine()) return
    events.answered(response)
    while (isWanted()) {
      const next = await transfer.peek()
      if (!isMine() || !next) return
      this.#waste(transfer.wasted(false))
      // The body is left unread meanwhile, which slows the origin down once the browser has read enough ahead.
      await this.#untilWanted()
      if (!isWanted()) break
      transfer.take()
      events.arrived(next.index, next.bytes)
      this.#next++
      this.#givenChunks++
    }
    if (isMine()) transfer.abort()
  }

  /** Resolves once this video, or another, is near enough to the next chunk. */
  async #untilWanted(): Promise<void> {
    const wanted = this.options.untilWanted(chunk(this.#next)).then(() => true)
    let isWanted = false
    while (!isWanted && this.#next >= this.#readTo) {
      const readOn = new Promise<false>(resolve => {
        this.#onReadOn = () => resolve(false)
      })
      isWanted = await Promise.race([wanted, readOn])
    }
  }

  #waste(bytes: number): void {
    if (bytes > 0) this.options.events.wasted(bytes)
  }
}

const asOriginError = (cause: unknown): SwarmtagError =>
  cause instanceof SwarmtagError
    ? cause
    : new SwarmtagError('origin-failed', 'the origin does not answer', { cause })
