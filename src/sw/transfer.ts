/** One answer of the origin, read chunk by chunk. Who reads it may change on the way: what was read for nobody waits for the next. */

import { parseContentRange, rangeHeader } from '../core/byte-range.js'
import { roomForChunk } from '../core/chunk-bytes.js'
import { SwarmtagError } from '../core/errors.js'
import { type ChunkIndex, type ChunkRun, chunk } from '../core/units.js'
import type { Manifest } from '../store/manifest.js'
import { fileFacts, type OriginRequest } from './origin-request.js'

export interface OriginChunk {
  readonly index: ChunkIndex
  /** Not verified yet. */
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** An answer that was asked for before it was known what it is part of. */
export interface Adopted {
  readonly response: Response
  readonly abort: AbortController
}

export class Transfer {
  /** Time from the question to the head of its answer; nothing before that has come. */
  latencyMs: number | undefined
  /** The head; an answer to another question is refused. */
  readonly answered: Promise<Response>
  readonly #abort: AbortController
  #next: ChunkIndex
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined
  #reading: Promise<OriginChunk | undefined> | undefined
  /** Bytes that came after those of the last chunk. */
  #part: Uint8Array = new Uint8Array(0)
  /** Bytes of the next chunk that are there. */
  #filledBytes = 0
  #skipBytes = 0
  #wastedBytes = 0

  /** Asks for a run, or goes on with an answer that gives it. */
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
    // Whoever reads on hears of it.
    this.answered.catch(() => {})
  }

  /** The chunk that comes next. */
  get next(): ChunkIndex {
    return this.#next
  }

  /** The next chunk, which is the same one until it is taken; nothing where the answer has ended. */
  peek(): Promise<OriginChunk | undefined> {
    if (!this.#reading) {
      this.#reading = this.#read()
      this.#reading.catch(() => {})
    }
    return this.#reading
  }

  take(): void {
    this.#reading = undefined
    this.#filledBytes = 0
    this.#next = chunk(this.#next + 1)
  }

  /** Hangs up. */
  abort(): void {
    this.#abort.abort()
    void this.#reader?.cancel().catch(() => {})
  }

  /** Bytes that came and are of no use, counted once; where nobody reads on, that is all that is not taken. */
  wasted(isOver: boolean): number {
    const bytes = this.#wastedBytes + (isOver ? this.#filledBytes + this.#part.length : 0)
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
      if (this.#part.length === 0 && !(await this.#readPart(this.#reader))) return undefined
      const skipped = this.#part.subarray(0, this.#skipBytes)
      this.#skipBytes -= skipped.length
      this.#wastedBytes += skipped.length
      const rest = this.#part.subarray(skipped.length)
      const taken = rest.subarray(0, bytes.length - this.#filledBytes)
      bytes.set(taken, this.#filledBytes)
      this.#filledBytes += taken.length
      this.#part = rest.subarray(taken.length)
    }
    return { index, bytes }
  }

  /** Reads on; whether anything came. */
  async #readPart(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<boolean> {
    const { value } = await reader.read()
    if (!value) return false
    this.#part = value
    return true
  }

  /**
   * Checks what was answered; bytes to pass over where it starts earlier than asked. An answer to another question
   * than ours ends the swarm: plain HTTP makes of it what it can.
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
