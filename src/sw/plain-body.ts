/** The body of a response as plain HTTP would give it: the origin's bytes in order, unverified. */

import { SwarmtagError } from '../core/errors.js'
import { parseContentRange, rangeHeader } from '../core/format/byte-range.js'
import { type ByteSpan, CHUNK_BYTES } from '../core/units.js'
import type { Filler } from './chunk-stream.js'
import type { OriginRequest } from './origin-request.js'
import type { PassedBytes } from './passed-bytes.js'

/**
 * Bytes in one request at most: 16 MiB, as much as Chromium's elements buffer. Of a body that is read here Chromium
 * buffers some 50 MiB, however slowly it is read; of one that is passed on untouched it does not.
 */
const MOST_BYTES = 256 * CHUNK_BYTES

/** Passes the bytes of a span on, from a response that has begun and from further ones as needed. */
export class PlainBody implements Filler {
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined
  #nextByte: number
  #skipBytes = 0
  readonly #abort = new AbortController()

  constructor(
    readonly request: OriginRequest,
    readonly span: ByteSpan,
    begun?: Response,
    /** Notes what was passed on. */
    readonly passed?: PassedBytes,
  ) {
    this.#nextByte = span.from
    if (begun) this.#use(begun)
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    try {
      const bytes = (await this.#read()) ?? (await this.#request())
      this.#nextByte += bytes.length
      this.passed?.add(bytes)
      controller.enqueue(bytes)
      if (this.#nextByte < this.span.to) return
      controller.close()
      this.cancel()
    } catch (cause) {
      controller.error(
        new SwarmtagError('origin-failed', 'the origin stopped answering', { cause }),
      )
    }
  }

  /** The first byte that was not enqueued yet. */
  get nextByte(): number {
    return this.#nextByte
  }

  cancel(): void {
    this.#abort.abort()
    void this.#reader?.cancel().catch(() => {})
  }

  /** The next bytes; `undefined` if the response has ended. */
  async #read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    for (
      let read = await this.#reader?.read();
      read && !read.done;
      read = await this.#reader?.read()
    ) {
      const skipped = Math.min(this.#skipBytes, read.value.length)
      this.#skipBytes -= skipped
      const bytes = read.value.subarray(skipped, skipped + this.span.to - this.#nextByte)
      if (bytes.length > 0) return bytes
    }
    return undefined
  }

  /** Requests the rest; fails if nothing of it comes, rather than try for ever. */
  async #request(): Promise<Uint8Array<ArrayBuffer>> {
    const to = Math.min(this.#nextByte + MOST_BYTES, this.span.to)
    const range = rangeHeader({ from: this.#nextByte, to })
    this.#use(await this.request(range, this.#abort.signal))
    const bytes = await this.#read()
    if (!bytes) throw new SwarmtagError('origin-failed', 'an answer without bytes')
    return bytes
  }

  /** Goes on with a response; throws if that starts elsewhere. */
  #use(response: Response): void {
    const from =
      response.status === 200
        ? 0
        : (parseContentRange(response.headers.get('content-range'))?.span.from ??
          // CORS may hide the header; then the response counts as what was requested.
          (response.type === 'cors' ? this.#nextByte : undefined))
    if (
      (response.status !== 200 && response.status !== 206) ||
      from === undefined ||
      from > this.#nextByte
    )
      throw new SwarmtagError(
        'origin-failed',
        `status ${response.status} for the rest of the video`,
      )
    this.#skipBytes = this.#nextByte - from
    this.#reader = response.body?.getReader()
  }
}
