/** Fetches runs of chunks from the origin: one HTTP range a run, read no faster than the video takes it. */

import { SwarmtagError } from '../core/errors.js'
import { type ChunkIndex, type ChunkRun, chunk } from '../core/units.js'
import type { Manifest } from '../store/manifest.js'
import type { OriginRequest } from './origin-request.js'
import { Transfer } from './transfer.js'
import type { TransferCache } from './transfer-cache.js'

/**
 * Chunks in one request: at first 4 MiB, then a sixteenth of what this response has received, at most 16 MiB. Chromium
 * buffers some 50 MiB of a response to a worker's `fetch`, and Firefox all of it, however slowly its body is read: what is
 * requested and not played is wasted, and must stay a small share.
 */
const FIRST_CHUNKS = 64
const GIVEN_SHARE = 0.0625
const MOST_CHUNKS = 256

export interface OriginEvents {
  /** The origin has answered with the file that was requested. */
  answered(response: Response): void
  /** A chunk came, not verified yet. */
  arrived(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void
  /** A chunk before the requested one came, not verified yet. */
  passed(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void
  /** Bytes of no use came. */
  wasted(bytes: number): void
  /** All that was granted has come. */
  ended(): void
  /** The origin did not answer, or not as requested. */
  failed(error: SwarmtagError): void
}

export interface OriginSourceOptions {
  readonly manifest: Manifest
  readonly request: OriginRequest
  /** Resolves once the video is near this chunk. */
  readonly untilWanted: (index: ChunkIndex) => Promise<void>
  /** Keeps the transfer for another response to go on with. */
  readonly transferCache?: TransferCache | undefined
  readonly events: OriginEvents
}

export class OriginSource {
  #to = 0
  #next = 0
  #givenChunks = 0
  /** To be read up to here whether this video wants it yet or not. */
  #readTo = 0
  #onReadOn: (() => void) | undefined
  /** The current fetch; another one ends it. */
  #turn: { transfer?: Transfer } | undefined

  constructor(readonly options: OriginSourceOptions) {}

  /**
   * Sets what to fetch. A run that continues the last one extends or shortens it; any other replaces it. Without a run
   * fetching stops.
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

  /** Goes on with a response that was requested before the manifest was known. */
  adopt(response: Response, abort: AbortController, run: ChunkRun): void {
    const { manifest, request } = this.options
    this.#next = run.from
    this.#to = run.to
    void this.#fetchRuns(new Transfer(manifest, run, request, { response, abort }))
  }

  /** Reads up to this chunk even if this video does not want it yet. */
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

  /** Stops for good, and leaves the transfer to the response that follows. */
  leave(): void {
    const transfer = this.#turn?.transfer
    const { transferCache } = this.options
    if (!transfer || !transferCache) return this.stop()
    this.#turn = undefined
    transferCache.leave(transfer)
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
          // A body that breaks off is resumed, as browsers do, if anything came.
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

  /** A transfer that begins with the next chunk: one that another response has left, or a new one. */
  async #open(turn: { transfer?: Transfer }): Promise<Transfer | undefined> {
    const { manifest, request, transferCache } = this.options
    await this.#untilWanted()
    if (this.#turn !== turn) return undefined
    const left = transferCache?.reuse(chunk(this.#next))
    if (left) {
      turn.transfer = left
      const gap = this.#next - left.next
      const isThere = await this.#catchUp(left, turn)
      if (this.#turn !== turn) return undefined
      if (gap > 0) transferCache?.reach.tried(isThere)
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

  /** Reads on to the next chunk, for no longer than a new request would take; returns whether it is there. */
  async #catchUp(transfer: Transfer, turn: object): Promise<boolean> {
    let isLate = false
    const late = new Promise<void>(resolve =>
      setTimeout(resolve, this.options.transferCache?.reach.patienceMs),
    ).then(() => {
      isLate = true
    })
    while (this.#turn === turn && transfer.next < this.#next) {
      const passed = await Promise.race([transfer.peek(), late]).catch(() => undefined)
      if (this.#turn !== turn || isLate || !passed) return false
      transfer.advance()
      this.options.events.passed(passed.index, passed.bytes)
    }
    return this.#turn === turn
  }

  /** Passes chunks on until the transfer ends, or nobody wants what follows. */
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
      // The body is not read meanwhile: backpressure slows the origin down once the browser's buffer is full.
      await this.#untilWanted()
      if (!isWanted()) break
      transfer.advance()
      events.arrived(next.index, next.bytes)
      this.#next++
      this.#givenChunks++
    }
    if (isMine()) transfer.abort()
  }

  /** Resolves once this video, or another, is near the next chunk. */
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
