/** One response of the origin, read chunk by chunk. Its reader may change: a chunk that was read and not used waits for the next. */

import { SwarmtagError } from '../core/errors.js'
import { parseContentRange, rangeHeader } from '../core/format/byte-range.js'
import { roomForChunk } from '../core/format/chunk-bytes.js'
import { fileFacts } from '../core/policy/shareable.js'
import { type ChunkIndex, type ChunkRun, chunk } from '../core/units.js'
import type { Manifest } from '../store/manifest.js'
import type { OriginRequest } from './origin-request.js'

export interface OriginChunk {
  readonly index: ChunkIndex
  /** Not verified yet. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A response that was requested before the manifest was known. */
export interface Adopted {
  readonly response: Response
  readonly abort: AbortController
}

export class Transfer {
  /** Time from the request to the head of its response; `undefined` before that. */
  latencyMs: number | undefined
  /** The response; rejects if it is not the one that was requested. */
  readonly answered: Promise<Response>
  readonly #abort: AbortController
  #next: ChunkIndex
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined
  #reading: Promise<OriginChunk | undefined> | undefined
  /** Bytes that were read and belong to no chunk yet. */
  #unread: Uint8Array = new Uint8Array(0)
  /** Bytes of the next chunk that are there. */
  #filledBytes = 0
  #skipBytes = 0
  #wastedBytes = 0

  /** Requests a run, or goes on with a response that has it. */
  constructor(
    readonly manifest: Manifest,
    run: ChunkRun,
    request: OriginRequest,
    { response, abort }: Partial<Adopted> = {},
  ) {
    this.#next = run.from
    this.#abort = abort ?? new AbortController()
    const { signal } = this.#abort
    const asked = response ?? request(rangeHeader(manifest.map.spanOf(run)), signal)
    this.answered = this.#answer(Promise.resolve(asked))
    // `peek` rejects with the same error.
    this.answered.catch(() => {})
  }

  /** The chunk that comes next. */
  get next(): ChunkIndex {
    return this.#next
  }

  /** The next chunk, the same one until `advance`; `undefined` if the response has ended. */
  peek(): Promise<OriginChunk | undefined> {
    if (!this.#reading) {
      this.#reading = this.#read()
      this.#reading.catch(() => {})
    }
    return this.#reading
  }

  /** Goes on to the chunk after the one that was peeked at. */
  advance(): void {
    this.#reading = undefined
    this.#filledBytes = 0
    this.#next = chunk(this.#next + 1)
  }

  abort(): void {
    this.#abort.abort()
    void this.#reader?.cancel().catch(() => {})
  }

  /** Bytes of no use, counted once; if nobody reads on, all that was not used. */
  wasted(isOver: boolean): number {
    const bytes = this.#wastedBytes + (isOver ? this.#filledBytes + this.#unread.length : 0)
    this.#wastedBytes = 0
    return bytes
  }

  async #answer(asked: Promise<Response>): Promise<Response> {
    const atMs = performance.now()
    const response = await asked
    this.latencyMs = performance.now() - atMs
    this.#skipBytes = this.#bytesToSkip(response)
    return response
  }

  async #read(): Promise<OriginChunk | undefined> {
    const { body } = await this.answered
    this.#reader ??= body?.getReader()
    if (!this.#reader) throw new SwarmtagError('origin-failed', 'an answer without a body')
    const index = this.#next
    const bytes = roomForChunk(this.manifest.map.bytesOf(index))
    while (this.#filledBytes < bytes.length) {
      if (this.#unread.length === 0 && !(await this.#readMore(this.#reader))) return undefined
      const skipped = this.#unread.subarray(0, this.#skipBytes)
      this.#skipBytes -= skipped.length
      this.#wastedBytes += skipped.length
      const rest = this.#unread.subarray(skipped.length)
      const used = rest.subarray(0, bytes.length - this.#filledBytes)
      bytes.set(used, this.#filledBytes)
      this.#filledBytes += used.length
      this.#unread = rest.subarray(used.length)
    }
    return { index, bytes }
  }

  /** Reads on; returns whether anything came. */
  async #readMore(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<boolean> {
    const { value } = await reader.read()
    if (!value) return false
    this.#unread = value
    return true
  }

  /**
   * Checks the response, and returns the bytes to skip if it starts earlier than requested. If it is not what was requested,
   * the video is dropped from the swarm: plain HTTP makes of it what it can.
   */
  #bytesToSkip({ status, headers, type }: Response): number {
    const { map } = this.manifest
    const wantedFrom = map.spanOf({ from: this.#next, to: chunk(this.#next + 1) }).from
    if (status === 416) throw changed('it ends before the range that was asked for')
    if (status !== 200 && status !== 206)
      throw new SwarmtagError('origin-failed', `status ${status}`)
    if (/^\s*text\/html/i.test(headers.get('content-type') ?? ''))
      throw changed('a page came in its place')
    const range = parseContentRange(headers.get('content-range'))
    const { sizeBytes = map.sizeBytes } = fileFacts({ status, headers })
    if (sizeBytes !== map.sizeBytes) throw changed(`it has ${sizeBytes} bytes now`)
    // CORS may hide the header; then the response counts as what was requested, and the digests decide.
    const from =
      status === 200 ? 0 : (range?.span.from ?? (type === 'cors' ? wantedFrom : undefined))
    if (from === undefined || from > wantedFrom) throw changed('another part came than asked for')
    // A server without ranges would send all of it each time; plain HTTP requests it once.
    if (status === 200 && wantedFrom > 0) throw changed('it came whole where a part was asked for')
    return wantedFrom - from
  }
}

const changed = (why: string) =>
  new SwarmtagError('origin-changed', `the file is not served as its manifest says: ${why}`)
