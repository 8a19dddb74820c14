/** An origin over real HTTP that serves one file, or misbehaves as a test says. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { contentRange, resolveRange } from '../../../src/core/format/byte-range.js'
import type { OriginRequest } from '../../../src/sw/origin-request.js'

export interface Origin {
  /** Values of the `Range` headers of all requests so far. */
  readonly ranges: string[]
  /** Answers of which the client hung up. */
  readonly hungUp: () => number
  /** Bytes handed to the sockets so far. */
  readonly sentBytes: () => number
  readonly request: OriginRequest
}

export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  attempt: number,
) => void | Promise<void>

/** Answers as a good origin does. */
export const serving =
  (file: Uint8Array): Answer =>
  (request, response) => {
    const span = resolveRange(request.headers.range ?? null, file.length)
    if (span === 'whole') return void response.writeHead(200, lengthOf(file)).end(file)
    const bytes = file.subarray(span.from, span.to)
    response.writeHead(206, {
      ...lengthOf(bytes),
      'content-range': contentRange(span, file.length),
    })
    response.end(bytes)
  }

const lengthOf = (bytes: Uint8Array) => ({ 'content-length': bytes.length })

export async function startOrigin(answer: Answer): Promise<Origin> {
  const ranges: string[] = []
  let hungUp = 0
  let sentBytes = 0
  const server = createServer((request, response) => {
    ranges.push(request.headers.range ?? '')
    const write = response.write.bind(response)
    response.write = (bytes: Uint8Array, ...rest: never[]) => {
      sentBytes += bytes.length
      return write(bytes, ...rest)
    }
    response.on('close', () => {
      if (!response.writableFinished) hungUp++
    })
    void answer(request, response, ranges.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/movie.mp4`
  return {
    ranges,
    hungUp: () => hungUp,
    sentBytes: () => sentBytes,
    request: (range, signal) => fetch(url, { headers: { range }, signal }),
  }
}
