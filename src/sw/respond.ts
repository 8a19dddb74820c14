/** Decides how a request for a video is answered: from its swarm, plainly, or, at the first meeting, by what its manifest says. */

import type { Channel } from '../bridge/channel.js'
import type { PageSays, WorkerSays } from '../bridge/messages.js'
import { parseContentRange, rangeHeader, resolveRange } from '../core/byte-range.js'
import { SwarmtagError } from '../core/errors.js'
import { type ByteSpan, CHUNK_BYTES, type ChunkRun, chunk } from '../core/units.js'
import type { ChunkArchive } from '../store/chunk-archive.js'
import { Manifest } from '../store/manifest.js'
import type { Manifests } from '../store/manifests.js'
import { ChunkStream } from './chunk-stream.js'
import { lateSwarmBody } from './late-swarm-body.js'
import { originRequests } from './origin-request.js'
import { openPage } from './page-source.js'
import { PlainBody } from './plain-body.js'
import { entityHeaders, respondRange, rewrap } from './range-response.js'
import { Supply } from './supply.js'

declare const self: ServiceWorkerGlobalScope

/** At the first meeting this much is asked of the origin while its manifest is looked for: 512 KiB. */
const FIRST_BYTES = 8 * CHUNK_BYTES
/** The first bytes wait for the manifest this long after the origin's answer, then they go on without. */
const MANIFEST_GRACE_MS = 250
/** With the manifest at hand, the origin's first bytes are waited for this long before others are asked. */
const ORIGIN_GRACE_MS = 1_000
/** A database that does not open in this time is done without. */
const RECALL_MS = 250

export interface Answering {
  readonly manifests: Manifests
  readonly store: ChunkArchive
  /** Whether the origin may give chunks. */
  readonly mayAskOrigin: boolean
  /** Tells the site's owner something. */
  notice(error: unknown): void
}

/** Answers a request for a video or a sound file. */
export async function respond(
  request: Request,
  clientId: string,
  answering: Answering,
): Promise<Response> {
  // What needs a secret to be read is nobody else's.
  if (request.headers.has('authorization')) return rewrap(await fetch(request))
  const known = await within(RECALL_MS, answering.manifests.recall(videoUrl(request)), 'unknown')
  if (known === 'absent') return rewrap(await fetch(request))
  if (known !== 'unknown') return respondFromSwarm(request, clientId, known, answering)
  return meet(request, clientId, answering)
}

/** A begun answer of the origin that the swarm's response goes on with. */
interface Begun {
  readonly response: Response
  readonly abort: AbortController
  readonly from: number
}

function respondFromSwarm(
  request: Request,
  clientId: string,
  manifest: Manifest,
  answering: Answering,
  begun?: Begun,
): Response {
  const { sizeBytes, type } = manifest.descriptor
  const headers = begun ? entityHeaders(begun.response) : { 'content-type': type }
  return respondRange(request, { sizeBytes, headers }, span =>
    swarmBody(request, clientId, manifest, span, answering, begun),
  )
}

function swarmBody(
  request: Request,
  clientId: string,
  manifest: Manifest,
  span: ByteSpan,
  answering: Answering,
  begun?: Begun,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const url = videoUrl(request)
  const run = manifest.map.runOf(span)
  const origin = originRequests(request)
  const stream = new ChunkStream(manifest, span, {
    need: (cursor, runs) => void supply.need(cursor, runs),
    done: () => supply.close(),
  })
  const goOnPlainly = () =>
    stream.succeed(nextByte => new PlainBody(origin, { from: nextByte, to: span.to }))
  const supply: Supply = new Supply({
    manifest,
    store: answering.store,
    run,
    mayAskOrigin: answering.mayAskOrigin,
    request: origin,
    untilWanted: index => stream.untilWanted(index),
    notice: answering.notice,
    openPage: onMessage => openClient(request, clientId, manifest, run, onMessage),
    events: {
      arrived: verified => stream.put(verified),
      failed: error => stream.fail(error),
      changed: () => {
        void answering.manifests.disown(url)
        goOnPlainly()
      },
      unverifiable: () => goOnPlainly(),
    },
  })
  if (begun) {
    const first = Math.floor(begun.from / CHUNK_BYTES)
    const to = Math.min(first + FIRST_BYTES / CHUNK_BYTES, run.to)
    supply.origin.adopt(begun.response, begun.abort, { from: chunk(first), to: chunk(to) })
  }
  return stream.body
}

async function openClient(
  request: Request,
  clientId: string,
  manifest: Manifest,
  run: ChunkRun,
  onMessage: (message: PageSays) => void,
): Promise<Channel<WorkerSays> | undefined> {
  const client = clientId ? await self.clients.get(clientId) : undefined
  if (!client) return undefined
  const isPlayed = request.destination === 'video' || request.destination === 'audio'
  const opening = { url: videoUrl(request), descriptor: manifest.descriptorBytes, run, isPlayed }
  return openPage(client, opening, onMessage)
}

/**
 * Meets a video for the first time: its first bytes come from the origin while its manifest is looked
 * for. Where there is none, or not soon, the origin's bytes go on plainly.
 */
async function meet(request: Request, clientId: string, answering: Answering): Promise<Response> {
  const finding = answering.manifests.find(videoUrl(request)).catch(error => {
    answering.notice(error)
    return undefined
  })
  const first = answering.mayAskOrigin ? firstSpan(request) : undefined
  if (!first) {
    const manifest = await finding
    return manifest
      ? respondFromSwarm(request, clientId, manifest, answering)
      : rewrap(await fetch(request))
  }
  const origin = originRequests(request)
  const abort = new AbortController()
  const asking = origin(rangeHeader(first), abort.signal)
  const response = await firstAnswer(asking, finding)
  if (!(response instanceof Response)) {
    abort.abort()
    return respondFromSwarm(request, clientId, response, answering)
  }
  const range = parseContentRange(response.headers.get('content-range'))
  if (response.status === 206 && !range) {
    // A part that does not say which: only the page's own question has an answer.
    abort.abort()
    return rewrap(await fetch(request))
  }
  if (!range) return rewrap(response)
  // Only a manifest of this very file is one for it.
  const fitting = finding.then(found => {
    if (!found || found.descriptor.sizeBytes === range.bodyBytes) return found
    const { sizeBytes } = found.descriptor
    const why = `the manifest is of a file of ${sizeBytes} bytes, not ${range.bodyBytes}`
    answering.notice(new SwarmtagError('origin-changed', `${why}; make it anew`))
    void answering.manifests.disown(videoUrl(request))
    return undefined
  })
  const manifest = await within(MANIFEST_GRACE_MS, fitting, 'late')
  if (manifest instanceof Manifest) {
    const begun = { response, abort, from: range.span.from }
    return respondFromSwarm(request, clientId, manifest, answering, begun)
  }
  const entity = { sizeBytes: range.bodyBytes, headers: entityHeaders(response) }
  return respondRange(request, entity, span => {
    const later = fitting.then(
      found =>
        found &&
        ((from: number) => swarmBody(request, clientId, found, { from, to: span.to }, answering)),
    )
    return lateSwarmBody(new PlainBody(origin, span, response), later)
  })
}

/** The origin's answer; the manifest where the origin is away or slow, and store or others may have the film. */
async function firstAnswer(
  asking: Promise<Response>,
  finding: Promise<Manifest | undefined>,
): Promise<Response | Manifest> {
  const tooLate = finding.then(manifest => manifest && within(ORIGIN_GRACE_MS, asking, manifest))
  try {
    return await Promise.race([asking, tooLate.then(found => found ?? asking)])
  } catch (error) {
    const manifest = await finding
    if (manifest) return manifest
    throw error
  }
}

/** The whole chunks at the start of what is asked; nothing where that depends on the size. */
function firstSpan(request: Request): ByteSpan | undefined {
  if (request.method === 'HEAD') return undefined
  const header = request.headers.get('range')
  if (header && /,|=\s*-/.test(header)) return undefined
  const range = resolveRange(header, Number.MAX_SAFE_INTEGER)
  const from = range === 'whole' ? 0 : Math.floor(range.from / CHUNK_BYTES) * CHUNK_BYTES
  const to = range === 'whole' ? FIRST_BYTES : Math.ceil(range.to / CHUNK_BYTES) * CHUNK_BYTES
  return { from, to: Math.min(to, from + FIRST_BYTES) }
}

/** The name of a video: its URL without the part that only the page reads. */
function videoUrl(request: Request): string {
  const url = new URL(request.url)
  url.hash = ''
  return url.href
}

/** A value, or another one if it takes too long. */
function within<Value, const Other>(
  ms: number,
  value: Promise<Value>,
  other: Other,
): Promise<Value | Other> {
  return Promise.race([value, new Promise<Other>(resolve => setTimeout(resolve, ms, other))])
}
