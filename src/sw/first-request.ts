/** The first request for a video that is not known to be public: its first bytes come from the origin while that is found out. */

import { FIRST_BYTES } from '../bridge/ahead.js'
import { SwarmtagError } from '../core/errors.js'
import { parseContentRange, rangeHeader, resolveRange } from '../core/format/byte-range.js'
import { fileFacts } from '../core/policy/shareable.js'
import { type ByteSpan, CHUNK_BYTES, run } from '../core/units.js'
import { Manifest } from '../store/manifest.js'
import { headOf } from './answer-head.js'
import { lateSwarmBody } from './late-swarm-body.js'
import { ownRequests } from './origin-request.js'
import { PassedBytes } from './passed-bytes.js'
import { PlainBody } from './plain-body.js'
import { respondRange } from './range-response.js'
import { type Answering, notify, respondFromSwarm, swarmBody } from './swarm-response.js'
import { within } from './within.js'

/** The file is missing. */
const GONE_STATUSES = [404, 410]
/** How long the first bytes wait for the manifest after the origin's response. */
const MANIFEST_GRACE_MS = 250
/** How long the manifest, once it is there, waits for the origin's first bytes before peers are asked. */
const ORIGIN_GRACE_MS = 1_000
/**
 * Answers such a request: the viewer's own request fetches the first bytes from the origin while the manifest is requested.
 * Without one, or if it is late, the origin's bytes go on over plain HTTP.
 *
 * @param known - the manifest, if it was found already
 */
export async function respondToFirst(
  request: Request,
  clientId: string,
  answering: Answering,
  known?: Manifest,
): Promise<Response> {
  const { manifests, mayAskOrigin, notice } = answering
  const name = answering.nameOf(request.url)
  const first = firstSpan(request)
  // `HEAD`, and ranges that depend on the size, do not show what the file is.
  if (!first && mayAskOrigin) return fetch(request)
  const finding = known
    ? Promise.resolve(known)
    : manifests.find(name).catch(error => {
        notice(error)
        return undefined
      })
  if (!first || !mayAskOrigin) {
    const manifest = await finding
    return manifest ? respondFromSwarm(request, clientId, manifest, answering) : fetch(request)
  }
  const origin = ownRequests(request)
  const abort = new AbortController()
  const isPart = request.headers.has('range')
  // A loader that wants all of a file requests all, so that the HTTP cache keeps the same as over plain HTTP.
  const firstRange = isPart ? rangeHeader(first) : undefined
  const ask = () => origin(firstRange, abort.signal)
  const ahead = firstRange && answering.ahead.claimFirst(request, firstRange, clientId, abort)
  const asking = ahead ? ahead.then(answer => answer ?? ask()) : ask()
  const response = await firstAnswer(request, asking, finding)
  if (!(response instanceof Response)) {
    abort.abort()
    return respondFromSwarm(request, clientId, response, answering)
  }
  const range = isPart
    ? parseContentRange(response.headers.get('content-range'))
    : wholeRange(response)
  if (!range && response.status !== 206) {
    // The page may request another file of the folder next.
    if (GONE_STATUSES.includes(response.status)) {
      await finding
      await manifests.notThere(name).catch(() => {})
    }
    if (isPart && response.ok)
      void finding.then(found => found && leaveRangeless(name, clientId, answering))
    return response
  }
  // A 206 without `content-range` fits only if CORS hides that; then the manifest has the size.
  const fitting =
    range || response.type === 'cors'
      ? finding.then(
          found => found && fittingManifest(request, response, found, clientId, answering),
        )
      : undefined
  const manifest = await within(MANIFEST_GRACE_MS, Promise.resolve(fitting), 'late')
  if (manifest instanceof Manifest) {
    const from = Math.floor((range?.span.from ?? first.from) / CHUNK_BYTES)
    const begun = { response, abort, run: run(from, from + FIRST_BYTES / CHUNK_BYTES) }
    return respondFromSwarm(request, clientId, manifest, answering, { begun })
  }
  if (!range) {
    // Nothing can be built from this response: the request is passed on.
    abort.abort()
    return fetch(request)
  }
  if (manifest === undefined && !isPart) return response
  const entity = { sizeBytes: range.bodyBytes, head: headOf(response) }
  return respondRange(request, entity, span => {
    const passed = new PassedBytes(span.from)
    const later = Promise.resolve(fitting).then(found => {
      if (found)
        return (from: number) =>
          swarmBody(request, clientId, found, { from, to: span.to }, answering, { passed })
      passed.drop()
      return undefined
    })
    const plain = new PlainBody(origin, span, response, passed)
    return lateSwarmBody(plain, later, () => answering.left.leave(`${clientId} ${name}`, passed))
  })
}

/** The span of a 200; `undefined` if the origin does not accept ranges, unless CORS may hide that it does. */
function wholeRange(response: Response): { span: ByteSpan; bodyBytes: number } | undefined {
  const { sizeBytes } = fileFacts(response)
  const knowsRanges =
    response.type === 'cors' || response.headers.get('accept-ranges')?.trim() === 'bytes'
  if (response.status !== 200 || !sizeBytes || !knowsRanges) return undefined
  return { span: { from: 0, to: sizeBytes }, bodyBytes: sizeBytes }
}

/** An origin without ranges would send all of the file for each: plain HTTP requests it once. */
function leaveRangeless(name: string, clientId: string, answering: Answering): void {
  const detail = `${name} came whole where a part was asked for; let its server answer ranges`
  void notify(clientId, new SwarmtagError('origin-changed', detail), answering)
  answering.audience.drop(name)
}

/** The manifest, if it describes the file that the viewer got, and nothing marks that private. */
function fittingManifest(
  request: Request,
  response: Response,
  manifest: Manifest,
  clientId: string,
  answering: Answering,
): Manifest | undefined {
  const { audience, nameOf } = answering
  const name = nameOf(request.url)
  try {
    audience.ownAnswered(name, manifest, request, response)
    return manifest
  } catch (error) {
    void notify(clientId, error, answering)
    audience.drop(name)
    return undefined
  }
}

/** The origin's response; the manifest if the origin is away or slow, as store or peers may have the film. */
async function firstAnswer(
  request: Request,
  asking: Promise<Response>,
  finding: Promise<Manifest | undefined>,
): Promise<Response | Manifest> {
  const tooLate = finding.then(manifest => manifest && within(ORIGIN_GRACE_MS, asking, manifest))
  try {
    return await Promise.race([asking, tooLate.then(found => found ?? asking)])
  } catch (error) {
    const manifest = await finding
    // An origin that answers without CORS redirects to where CORS is not allowed: an element without `crossorigin` can go there.
    if (!manifest || (await answersWithoutCors(request))) throw error
    return manifest
  }
}

const answersWithoutCors = ({ url }: Request): Promise<boolean> =>
  fetch(url, {
    method: 'HEAD',
    mode: 'no-cors',
    credentials: 'omit',
    signal: AbortSignal.timeout(ORIGIN_GRACE_MS),
  }).then(
    () => true,
    () => false,
  )

/** The whole chunks at the start of the request; `undefined` if that depends on the size. */
function firstSpan(request: Request): ByteSpan | undefined {
  if (request.method === 'HEAD') return undefined
  const header = request.headers.get('range')
  if (header && /,|=\s*-/.test(header)) return undefined
  const range = resolveRange(header, Number.MAX_SAFE_INTEGER)
  const from = range === 'whole' ? 0 : Math.floor(range.from / CHUNK_BYTES) * CHUNK_BYTES
  const to = range === 'whole' ? FIRST_BYTES : Math.ceil(range.to / CHUNK_BYTES) * CHUNK_BYTES
  return { from, to: Math.min(to, from + FIRST_BYTES) }
}
