/** A real site: files in a folder, served with tracker and counters. */

import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Server, serve } from '../../src/cli/serve.js'
import { CHUNK_BYTES } from '../../src/core/units.js'
import { buildManifest } from '../../src/store/manifest.js'

const DEMO = resolve('demo')
export const FILM = '/videos/film.mp4'
export const CLIP = '/videos/clip.webm'
export const FILM_BYTES = readFileSync(join(DEMO, 'media/zoom-720p.mp4'))
export const FILM_SHA256 = createHash('sha256').update(FILM_BYTES).digest('hex')
/** The digest of each chunk of the film. */
export const FILM_DIGESTS = Array.from(
  { length: Math.ceil(FILM_BYTES.length / CHUNK_BYTES) },
  (_, index) =>
    createHash('sha256')
      .update(FILM_BYTES.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES))
      .digest('hex'),
)

/** The manifest of a film, as `swarmtag manifest` writes it. */
export async function manifestOf(film: Uint8Array): Promise<Buffer> {
  async function* chunks() {
    for (let at = 0; at < film.length; at += CHUNK_BYTES) yield film.subarray(at, at + CHUNK_BYTES)
  }
  const about = { name: 'film.mp4', type: 'video/mp4', sizeBytes: film.length }
  return Buffer.from((await buildManifest(about, chunks())).bytes)
}

type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean

/** A site on a real server. */
export class Site {
  readonly folder = mkdtempSync(join(tmpdir(), 'swarmtag-site-'))
  /** Sees every request first; returns whether it answers. */
  intercept: Intercept = () => false
  #requests: { path: string; destination: string; range: string }[] = []
  readonly #open = new Map<string, number>()
  server!: Server

  async open(): Promise<this> {
    mkdirSync(join(this.folder, 'videos'))
    copyFileSync(join(DEMO, 'media/zoom-720p.mp4'), join(this.folder, FILM))
    copyFileSync(join(DEMO, 'media/zoom-720p.webm'), join(this.folder, CLIP))
    this.server = await serve({
      root: this.folder,
      distFolder: resolve('dist'),
      port: 0,
      intercept: (request, response) => {
        this.#requests.push({
          path: new URL(request.url ?? '', 'http://site').pathname,
          destination: String(request.headers['sec-fetch-dest']),
          range: String(request.headers.range),
        })
        const { pathname } = new URL(request.url ?? '', 'http://site')
        this.#open.set(pathname, (this.#open.get(pathname) ?? 0) + 1)
        response.on('close', () => this.#open.set(pathname, (this.#open.get(pathname) ?? 0) - 1))
        return this.intercept(request, response)
      },
    })
    return this
  }

  async close(): Promise<void> {
    await this.server.close()
    rmSync(this.folder, { recursive: true })
  }

  /** Writes a page of ordinary HTML. */
  page(name: string, html: string): string {
    writeFileSync(join(this.folder, name), `<!doctype html><title>${name}</title>${html}`)
    return `${this.server.url}${name}`
  }

  /** A page with the tag and one film. */
  watchPage(name = 'watch.html', attributes = 'data-tracker="/tracker"'): string {
    return this.page(name, `<script src="/swarmtag.js" ${attributes}></script>${film()}`)
  }

  /** Bytes that the origin sent of a file. */
  bytesOf(path: string): number {
    return this.server.stats().paths[path]?.bytes ?? 0
  }

  /** Answers of a file that are still being sent. */
  openAnswers(path: string): number {
    return this.#open.get(path) ?? 0
  }

  requestsOf(path: string) {
    return this.#requests.filter(each => each.path === path)
  }

  /** What was asked for so far counts no more. */
  forgetRequests(): void {
    this.#requests = []
  }
}

/** The film's element as any site would write it. */
export const film = (attributes = 'autoplay muted') => `<video src="${FILM}" ${attributes}></video>`
