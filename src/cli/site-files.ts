/** Which file answers a path: the site's own, Swarmtag's scripts over it, or a manifest made on the fly. */

import type { IncomingMessage } from 'node:http'
import { basename, dirname } from 'node:path'
import { Readable } from 'node:stream'
import send, { type SendResult } from '@fastify/send'
import { SwarmtagError } from '../core/errors.js'
import { rangeHeader, resolveRange } from '../core/format/byte-range.js'
import { mediaTypeOf } from '../core/format/media-type.js'
import type { FoundFile, ManifestCache } from './manifest-cache.js'

/** Scripts that a site need not copy while it is developed. */
const OVERLAY = new Set(
  ['/swarmtag.js', '/swarmtag-sw.js', '/swarmtag-peers.js', '/swarmtag-hash.js'].flatMap(path => [
    path,
    `${path}.map`,
  ]),
)

const MANIFEST = '.swarm'
const UNKNOWN_TYPE = 'application/octet-stream'

/** Bytes of one read of a file. */
const READ_BYTES = 65_536

/** A folder, and a path in it as in a URL. */
interface Place {
  readonly root: string
  readonly path: string
}

export class SiteFiles {
  constructor(
    readonly root: string,
    readonly distFolder: string,
    readonly manifests: ManifestCache,
  ) {}

  /**
   * Opens what is to be sent for a path, refusals included; the caller destroys the answer's stream.
   *
   * @param path - percent-encoded, without the query
   * @throws SwarmtagError `file-unreadable` where a manifest cannot be made
   */
  async open(request: IncomingMessage, path: string): Promise<SendResult> {
    const place = await this.#place(path)
    const answer = await send(request, place.path, {
      root: place.root,
      cacheControl: false,
      highWaterMark: READ_BYTES,
      onFile: (_, stats) => normalizeRange(request, stats.size),
    })
    // No type where the body has none (304), and never a guess: browsers would sniff.
    if (answer.type === 'file' && 'Content-Length' in answer.headers)
      answer.headers['Content-Type'] =
        mediaTypeOf(answer.metadata.path) ?? answer.headers['Content-Type'] ?? UNKNOWN_TYPE
    return answer
  }

  async #place(path: string): Promise<Place> {
    const own = { root: this.root, path }
    if (OVERLAY.has(path)) return (await find(own)) ? own : { root: this.distFolder, path }
    if (!path.endsWith(MANIFEST)) return own
    const video = await find({ root: this.root, path: path.slice(0, -MANIFEST.length) })
    if (!video || video.sizeBytes === 0 || !mediaTypeOf(video.path)) return own
    const published = await find(own)
    if (published && published.mtimeMs >= video.mtimeMs) return own
    const manifest = await this.manifests.manifestOf(video)
    return { root: dirname(manifest), path: `/${basename(manifest)}` }
  }
}

/** Looks a file up by the rules by which it would be sent: nothing outside the root, no hidden files. */
async function find({ root, path }: Place): Promise<FoundFile | undefined> {
  const asked = Object.assign(new Readable(), { method: 'HEAD', headers: {} })
  const { type, metadata } = await send(asked, path, { root, index: false })
  if (type !== 'file') return undefined
  return { path: metadata.path, sizeBytes: metadata.stat.size, mtimeMs: metadata.stat.mtimeMs }
}

/**
 * Rewrites the range into its plainest form: send answers 416 where a suffix is longer than the file
 * (`bytes=-500` of 100 bytes) and where a header is no range at all.
 */
function normalizeRange(request: IncomingMessage, sizeBytes: number): void {
  const { range } = request.headers
  if (range === undefined) return
  try {
    const span = resolveRange(range, sizeBytes)
    if (span === 'whole') delete request.headers.range
    else request.headers.range = rangeHeader(span)
  } catch (error) {
    // Left as it is, for send to refuse.
    if (!(error instanceof SwarmtagError)) throw error
  }
}
