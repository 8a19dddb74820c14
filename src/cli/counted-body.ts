/** The body of an answer, counted as it leaves. */

import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'

/** Writes one piece at a time and counts it once the operating system has it. */
export class CountedBody extends Writable {
  #sentBytes = 0

  /**
   * @param declaredBytes - the answer's `Content-Length`; a body that ends before is cut off with its
   * connection, as the client would otherwise wait for the rest for ever
   */
  constructor(
    readonly response: ServerResponse,
    readonly declaredBytes: number,
    readonly onSent: (bytes: number) => void,
  ) {
    super()
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.response.write(bytes, error => {
      if (!error) {
        this.#sentBytes += bytes.length
        this.onSent(bytes.length)
      }
      done(error)
    })
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#sentBytes !== this.declaredBytes)
      done(new Error(`${this.#sentBytes} of ${this.declaredBytes} bytes could be read`))
    else this.response.end(done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error && !this.response.writableEnded) this.response.destroy()
    done(error)
  }
}
