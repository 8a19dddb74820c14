/** What the tests of the command line start from: a folder of their own, and servers that end with them. */

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from 'vitest'
import { type ServeOptions, type Server, serve } from '../../../src/cli/serve.js'

export interface Fixtures {
  /** An empty folder, removed after the test. */
  folder: string
  /** Starts a server of `folder` on a free port. */
  startServer: (options?: Partial<ServeOptions>) => Promise<Server>
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the dependencies off the pattern
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'swarmtag-test-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },
  startServer: async ({ folder }, use) => {
    const servers: Server[] = []
    await use(async options => {
      const server = await serve({ root: folder, distFolder: folder, port: 0, ...options })
      servers.push(server)
      return server
    })
    await Promise.all(servers.map(server => server.close()))
  },
})

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Sends a request with its path as it is written: `fetch` would tidy up what a hostile client sends. */
export function send({ port }: { port: number }, path: string, ask: Ask = {}): ClientRequest {
  return request({ host: '127.0.0.1', port, path, agent: false, ...ask }).end()
}

/** Sends a request and waits for the head of the answer. */
export async function open(
  server: { port: number },
  path: string,
  ask?: Ask,
): Promise<IncomingMessage> {
  const [response]: IncomingMessage[] = await once(send(server, path, ask), 'response')
  if (!response) throw new Error('no response')
  return response
}

/** Sends a request and waits for the whole answer. */
export async function get(server: { port: number }, path: string, ask?: Ask): Promise<Answer> {
  const response = await open(server, path, ask)
  const pieces: Buffer[] = []
  for await (const piece of response) pieces.push(piece)
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(pieces),
  }
}

/** Bytes that differ from chunk to chunk. */
export function filmOf(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  for (let at = 0; at < sizeBytes; at++) bytes[at] = (at * 31 + (at >> 16) * 7) & 0xff
  return bytes
}
