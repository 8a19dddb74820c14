/** A site over real HTTP that serves one film and its manifest, or misbehaves as a test says. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { contentRange, resolveRange } from '../../../src/core/format/byte-range.js'

export interface FilmSite {
  readonly url: string
  /** Values of the `Range` headers of requests for the film so far. */
  readonly ranges: string[]
  /** The greatest number of requests for the film that were open at a time. */
  readonly mostOpen: () => number
  film: Buffer
  /** Headers of each answer that gives a part of the film. */
  headers: Record<string, string>
  /** Sees requests for the film first; returns whether it answers. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean
  close(): Promise<void>
}

export async function startFilmSite(film: Buffer, manifest?: Uint8Array): Promise<FilmSite> {
  const ranges: string[] = []
  let [open, mostOpen] = [0, 0]
  const server = createServer((request, response) => {
    if (request.url !== '/film.mp4') {
      if (manifest && request.url === '/film.mp4.swarm') response.end(manifest)
      else response.writeHead(404).end()
      return
    }
    const range = request.headers.range ?? ''
    ranges.push(range)
    mostOpen = Math.max(mostOpen, ++open)
    response.on('close', () => open--)
    if (site.intercept(request, response)) return
    const span = resolveRange(range, site.film.length)
    if (span === 'whole') return void response.end(site.film)
    response.writeHead(206, {
      'content-range': contentRange(span, site.film.length),
      ...site.headers,
    })
    response.end(site.film.subarray(span.from, span.to))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const site: FilmSite = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/film.mp4`,
    ranges,
    mostOpen: () => mostOpen,
    film,
    headers: { etag: '"1"' },
    intercept: () => false,
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return site
}
