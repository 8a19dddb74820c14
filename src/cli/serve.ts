/** The development server: a site's files as its origin would serve them, manifests and a tracker. */

import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { resolve } from 'node:path'
import type { Duplex } from 'node:stream'
import { promisify } from 'node:util'
import { SwarmtagError } from '../core/errors.js'
import { answer, type LineSettings } from './answer.js'
import { unreadable } from './file-errors.js'
import { listen } from './listen.js'
import { ManifestCache } from './manifest-cache.js'
import { OriginConnections } from './origin-connections.js'
import type { Part } from './part.js'
import { RequestCounter, type RequestCounts } from './request-counter.js'
import { SiteFiles } from './site-files.js'
import { Tracker } from './tracker.js'

export interface ServeOptions {
  /** The folder that is served. */
  readonly root: string
  /** The folder of `swarmtag.js` and its siblings, served unless the site has its own. */
  readonly distFolder: string
  /** 0 is any free port. @default 8000 */
  readonly port?: number
  /** An address to bind. @default both loopback addresses, as far as the machine has them */
  readonly host?: string
  /** Of each response body. @default Infinity, no limit */
  readonly bytesPerSecond?: number
  /** Delay of each response. @default 0 */
  readonly latencyMs?: number
  /** Called with what the person at the terminal should know, e.g. why a manifest cannot be made. */
  readonly warn?: (line: string) => void
  /**
   * Called first for each request for a file, to set headers or to answer instead of the server.
   *
   * @returns whether it answers the request itself
   */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean
}

export interface Server {
  /** Ends with a slash. On loopback `127.0.0.1` in the place of `localhost` works as well. */
  readonly url: string
  readonly port: number
  /** May be changed at any time, also for responses that have begun. */
  readonly line: LineSettings
  /** The files; stopped, the tracker goes on. */
  readonly origin: Part
  /** The tracker, on the path `/tracker`; stopped, the files go on. */
  readonly tracker: Part
  stats(): RequestCounts
  resetStats(): void
  /** Cuts every connection and removes what was cached. */
  close(): Promise<void>
}

export const DEFAULT_PORT = 8000

const TRACKER_PATH = /^\/tracker(\?|$)/
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/**
 * Starts a server.
 *
 * @throws SwarmtagError `file-unreadable` where `root` is no folder, `option-invalid` where the
 * address cannot be had
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const { distFolder, host, port = DEFAULT_PORT, warn = () => {}, intercept } = options
  const { bytesPerSecond = Number.POSITIVE_INFINITY, latencyMs = 0 } = options
  const root = await folderOf(options.root)
  const manifests = new ManifestCache()
  const files = new SiteFiles(root, distFolder, manifests)
  const site = { files, counter: new RequestCounter(), line: { bytesPerSecond, latencyMs }, warn }
  const origin = new OriginConnections()
  const tracker = new Tracker()

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (!origin.isRunning) request.socket.destroy()
    else if (!intercept?.(request, response)) void answer(site, request, response)
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    origin.release(socket)
    if (TRACKER_PATH.test(request.url ?? '')) tracker.upgrade(request, socket, head)
    else refuse(socket)
  }
  const makeServer = () => {
    const server = createServer(onRequest).on('upgrade', onUpgrade)
    origin.watch(server)
    return server
  }

  const bound = await listen(makeServer, { port, host })
  const close = async () => {
    const closing = bound.servers.map(server => promisify(server.close.bind(server))())
    origin.stop()
    tracker.stop()
    await Promise.all([...closing, manifests.close()])
  }
  let closed: Promise<void> | undefined
  return {
    url: `http://${hostOf(host)}:${bound.port}/`,
    port: bound.port,
    line: site.line,
    origin,
    tracker,
    stats: () => site.counter.counts(),
    resetStats: () => site.counter.reset(),
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

function refuse(socket: Duplex): void {
  socket.on('error', () => {})
  socket.end(NOT_FOUND)
}

async function folderOf(root: string): Promise<string> {
  const stats = await stat(root).catch(cause => {
    throw unreadable(root, cause)
  })
  if (!stats.isDirectory()) throw new SwarmtagError('file-unreadable', `${root} is no folder`)
  return resolve(root)
}

/** The host as a browser on this machine names it. */
function hostOf(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
