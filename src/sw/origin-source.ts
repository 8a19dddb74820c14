/** Fetches runs of chunks from the origin: one HTTP range a run, read no faster than the video takes it. */

import { parseContentRange, rangeHeader } from '../core/byte-range.js'
import { roomForChunk } from '../core/chunk-bytes.js'
import { SwarmtagError } from '../core/errors.js'
import { type ChunkIndex, type ChunkRun, chunk } from '../core/units.js'
import type { Manifest } from '../store/manifest.js'
import { fileFacts, type OriginRequest } from './origin-request.js'

/**
 * Chunks in one request at most: 16 MiB. Chromium reads some 50 MiB of an answer to a worker's `fetch`
 * ahead, however slowly its body is read; a request without end would make the origin send all of them.
 */
const MOST_CHUNKS = 256

export interface OriginEvents {
  /** An answer is about to be read: it is of the file that was asked for. */
  answered(response: Response): void
  /** A chunk came; its bytes are not verified yet. */
  arrived(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void
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
  readonly events: OriginEvents
}

export class OriginSource {
  #to = 0
  #next = 0
  #fetching: AbortController | undefined

  constructor(readonly options: OriginSourceOptions) {}

  /**
   * Sets what is to be fetched from now on. A run that goes on where the last one is, is that one made
   * longer or shorter; any other takes its place. Without a run fetching stops.
   */
  give(run: ChunkRun | undefined): void {
    if (!run) return this.stop()
    this.#to = run.to
    if (
      this.#fetching &&
      (run.from === this.#next || (run.from < this.#next && this.#next < run.to))
    )
      return
    this.stop()
    this.#next = run.from
    this.#to = run.to
    void this.#fetchRuns()
  }

  /** Goes on with a response that was asked for before it was known what it is part of. */
  adopt(response: Response, abort: AbortController, run: ChunkRun): void {
    this.#next = run.from
    this.#to = run.to
    void this.#fetchRuns(response, abort)
  }

  stop(): void {
    this.#fetching?.abort()
    this.#fetching = undefined
  }

  async #fetchRuns(response?: Response, abort = new AbortController()): Promise<void> {
    this.#fetching = abort
    try {
      let open = response
      while (this.#fetching === abort && this.#next < this.#to) {
        open ??= await this.#request(abort.signal)
        const first = this.#next
        await this.#read(open, abort).catch(cause => {
          // A body that breaks off is gone on with, as browsers do, if it gave anything.
          if (cause instanceof SwarmtagError || this.#next === first) throw cause
        })
        if (this.#fetching === abort && this.#next === first && first < this.#to)
          throw new SwarmtagError('origin-failed', 'the answer ended early')
        open = undefined
      }
      if (this.#fetching === abort) this.options.events.ended()
    } catch (cause) {
      if (this.#fetching === abort && !abort.signal.aborted)
        this.options.events.failed(asOriginError(cause))
    } finally {
      if (this.#fetching === abort) this.#fetching = undefined
    }
  }

  async #request(signal: AbortSignal): Promise<Response> {
    const { manifest, request } = this.options
    await this.options.untilWanted(chunk(this.#next))
    const to = chunk(Math.min(this.#to, this.#next + MOST_CHUNKS))
    const span = manifest.map.spanOf({ from: chunk(this.#next), to })
    return request(rangeHeader(span), signal)
  }

  /** Cuts a body into chunks until it ends, or until nobody wants what follows. */
  async #read(response: Response, abort: AbortController): Promise<void> {
    const { manifest, untilWanted, events } = this.options
    let skipBytes = this.#skipBytes(response)
    events.answered(response)
    const reader = response.body?.getReader()
    if (!reader) throw new SwarmtagError('origin-failed', 'an answer without a body')
    const isWanted = () => this.#fetching === abort && this.#next < this.#to
    let bytes = roomForChunk(manifest.map.bytesOf(chunk(this.#next)))
    let filled = 0
    let part: Uint8Array = bytes.subarray(0, 0)
    try {
      while (isWanted()) {
        if (part.length === 0) {
          const { value, done } = await reader.read()
          if (done) break
          part = value
        }
        const skipped = part.subarray(0, skipBytes)
        skipBytes -= skipped.length
        this.#waste(skipped.length)
        const taken = part.subarray(skipped.length, skipped.length + bytes.length - filled)
        bytes.set(taken, filled)
        filled += taken.length
        part = part.subarray(skipped.length + taken.length)
        if (filled < bytes.length) continue
        // The body is left unread meanwhile, which slows the origin down once the browser has read enough ahead.
        await untilWanted(chunk(this.#next))
        if (!isWanted()) break
        events.arrived(chunk(this.#next), bytes)
        this.#next++
        filled = 0
        if (isWanted()) bytes = roomForChunk(manifest.map.bytesOf(chunk(this.#next)))
      }
    } finally {
      this.#waste(filled + part.length)
    }
    await reader.cancel()
  }

  #waste(bytes: number): void {
    if (bytes > 0) this.options.events.wasted(bytes)
  }

  /**
   * Checks what was answered; bytes to pass over where it starts earlier than asked. An answer to another question
   * than ours ends the swarm: plain HTTP makes of it what it can.
   */
  #skipBytes({ status, headers, type }: Response): number {
    const { map } = this.options.manifest
    const wantedFrom = map.spanOf({ from: chunk(this.#next), to: chunk(this.#to) }).from
    if (status === 416) throw changed('it ends before the range that was asked for')
    if (status !== 200 && status !== 206)
      throw new SwarmtagError('origin-failed', `status ${status}`)
    if (/^\s*text\/html/i.test(headers.get('content-type') ?? ''))
      throw changed('a page came in its place')
    const range = parseContentRange(headers.get('content-range'))
    const { sizeBytes = map.sizeBytes } = fileFacts({ status, headers })
    if (sizeBytes !== map.sizeBytes) throw changed(`it has ${sizeBytes} bytes now`)
    // Where CORS hides the header the answer is taken for what was asked: the digests tell.
    const from =
      status === 200 ? 0 : (range?.span.from ?? (type === 'cors' ? wantedFrom : undefined))
    if (from === undefined || from > wantedFrom) throw changed('another part came than asked for')
    // A server that does not know ranges sends all of it each time; plain HTTP asks it once.
    if (status === 200 && wantedFrom > 0) throw changed('it came whole where a part was asked for')
    return wantedFrom - from
  }
}

const changed = (why: string) =>
  new SwarmtagError('origin-changed', `the file is not served as its manifest says: ${why}`)

const asOriginError = (cause: unknown): SwarmtagError =>
  cause instanceof SwarmtagError
    ? cause
    : new SwarmtagError('origin-failed', 'the origin does not answer', { cause })
