/** Answers one request of the development server. */

import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { SwarmtagError } from '../core/errors.js'
import { CountedBody } from './counted-body.js'
import { systemCodeOf } from './file-errors.js'
import { pace } from './pace.js'
import type { RequestCounter } from './request-counter.js'
import type { SiteFiles } from './site-files.js'

/** Simulated bandwidth and latency; may be changed at any time, also for responses that have begun. */
export interface LineSettings {
  /** Of each response body. @default Infinity, no limit */
  bytesPerSecond: number
  /** Delay of each response. @default 0 */
  latencyMs: number
}

export interface Site {
  readonly files: SiteFiles
  readonly counter: RequestCounter
  readonly line: LineSettings
  /** Called with what the person at the terminal should know. */
  readonly warn: (line: string) => void
}

const STATS_PATH = '/stats.json'

/** Answers a request; never rejects. A client that goes away frees the file at once. */
export async function answer(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  // A development server: changes on disk must show on the next load.
  if (!response.hasHeader('cache-control')) response.setHeader('Cache-Control', 'no-cache')
  const path = request.url?.replace(/[?#].*$/s, '') ?? ''
  try {
    if (path === STATS_PATH) answerStats(site.counter, request, response)
    else if (!path.startsWith('/')) sendText(response, 400, 'The path must start with a slash')
    else if (request.method !== 'GET' && request.method !== 'HEAD')
      sendText(response, 405, 'Files can be read only', { Allow: 'GET, HEAD' })
    else await sendFile(site, path, request, response, gone.signal)
  } catch (error) {
    if (gone.signal.aborted) return
    site.warn(`${path}: ${error instanceof SwarmtagError ? error.detail : String(error)}`)
    const status = systemCodeOf(error) === 'EACCES' ? 403 : 500
    if (response.headersSent) response.destroy()
    else sendText(response, status, 'This cannot be sent; the terminal of the server says why')
  }
}

async function sendFile(
  { files, counter, line }: Site,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const countedPath = decoded(path)
  counter.addRequest(countedPath)
  if (line.latencyMs > 0) await wait(line.latencyMs, undefined, { signal })
  const { statusCode, headers, stream, type } = await files.open(request, path)
  // send would encode the path once more, and drop the query.
  if (type === 'directory') headers.Location = folderUrl(request.url ?? '', path)
  const bodyBytes = Number(headers['Content-Length'] ?? 0)
  if (request.method === 'HEAD' || bodyBytes === 0) {
    stream.destroy()
    response.writeHead(statusCode, headers).end()
    return
  }
  // Waits for the first bytes, so that a file that cannot be read gets an error and not a broken body.
  await once(stream, 'readable', { signal }).catch(error => {
    stream.destroy()
    throw error
  })
  response.writeHead(statusCode, headers)
  const body = new CountedBody(response, bodyBytes, bytes => counter.addBytes(countedPath, bytes))
  // Refusals are a line of text; only files are worth a pace.
  if (type !== 'file') await pipeline(stream, body, { signal })
  else await pipeline(stream, source => pace(source, line, signal), body, { signal })
}

function answerStats(
  counter: RequestCounter,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.method === 'DELETE') {
    counter.reset()
    response.writeHead(204).end()
  } else if (request.method === 'GET') {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(counter.counts()))
  } else sendText(response, 405, 'The counters can be read and reset', { Allow: 'GET, DELETE' })
}

function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers })
  response.end(`${text}\n`)
}

/** Redirects a folder's URL to the one with a slash, on this server even if the path starts with two. */
const folderUrl = (url: string, path: string): string =>
  `${path.replace(/^\/+/, '/')}/${url.slice(path.length)}`

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
