/** Meets a video of which no manifest is known to be for all: its first bytes come from the origin while that is found out. */

import { FIRST_BYTES } from '../bridge/ahead.js'
import { parseContentRange, rangeHeader, resolveRange } from '../core/byte-range.js'
import { SwarmtagError } from '../core/errors.js'
import { type ByteSpan, CHUNK_BYTES, run } from '../core/units.js'
import { Manifest } from '../store/manifest.js'
import { headOf } from './answer-head.js'
import { lateSwarmBody } from './late-swarm-body.js'
import {
  fileFacts,
  isPublicRequest,
  notPublic,
  ownRequests,
  whyNotForAll,
} from './origin-request.js'
import { PlainBody } from './plain-body.js'
import { respondRange } from './range-response.js'
import { type Answering, notify, respondFromSwarm, swarmBody } from './swarm-response.js'
import { within } from './within.js'

/** These say that a file is not there. */
const GONE_STATUSES = [404, 410]
/** The first bytes wait for the manifest this long after the origin's answer, then they go on without. */
const MANIFEST_GRACE_MS = 250
/** With the manifest at hand, the origin's first bytes are waited for this long before others are asked. */
const ORIGIN_GRACE_MS = 1_000
/**
 * Answers a request for such a video: the viewer's own request gets its first bytes from the origin while its
 * manifest is looked for. Where there is none, or not soon, the origin's bytes go on plainly.
 *
 * @param known - the manifest, where it was found already
 */
export async function meet(
  request: Request,
  clientId: string,
  answering: Answering,
  known?: Manifest,
): Promise<Response> {
  const { manifests, mayAskOrigin, notice } = answering
  const name = answering.nameOf(request.url)
  const first = firstSpan(request)
  // What is not an ordinary question is none to get to know the file by.
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
  // A loader that wants all of a file asks for all: what the HTTP cache keeps of it, it keeps as over plain HTTP.
  const firstRange = isPart ? rangeHeader(first) : undefined
  const ask = () => origin(firstRange, abort.signal)
  const ahead = firstRange && answering.ahead.takeFirst(request, firstRange, clientId, abort)
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
    // Its page may ask for another file of the folder next.
    if (GONE_STATUSES.includes(response.status)) {
      await finding
      await manifests.notThere(name).catch(() => {})
    }
    if (isPart && response.ok)
      void finding.then(found => found && leaveRangeless(name, clientId, answering))
    return response
  }
  // A part that does not say which, unless CORS hides it: then the manifest tells the size.
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
    return respondFromSwarm(request, clientId, manifest, answering, begun)
  }
  if (!range) {
    // Only the page's own question has an answer.
    abort.abort()
    return fetch(request)
  }
  if (manifest === undefined && !isPart) return response
  const entity = { sizeBytes: range.bodyBytes, head: headOf(response) }
  return respondRange(request, entity, span => {
    const later = Promise.resolve(fitting).then(
      found =>
        found &&
        ((from: number) => swarmBody(request, clientId, found, { from, to: span.to }, answering)),
    )
    return lateSwarmBody(new PlainBody(origin, span, response), later)
  })
}

/** What an answer without a range holds; nothing where its origin does not say that it knows ranges, as CORS may hide. */
function wholeRange(response: Response): { span: ByteSpan; bodyBytes: number } | undefined {
  const { sizeBytes } = fileFacts(response)
  const knowsRanges =
    response.type === 'cors' || response.headers.get('accept-ranges')?.trim() === 'bytes'
  if (response.status !== 200 || !sizeBytes || !knowsRanges) return undefined
  return { span: { from: 0, to: sizeBytes }, bodyBytes: sizeBytes }
}

/** An origin that does not know ranges would send all of the file for each: plain HTTP asks for it once. */
function leaveRangeless(name: string, clientId: string, answering: Answering): void {
  const detail = `${name} came whole where a part was asked for; let its server answer ranges`
  void notify(clientId, new SwarmtagError('origin-changed', detail), answering)
  void answering.manifests.drop(name)
}

/** Only a manifest of the very file that the viewer got is one for it, and only where that may be for all. */
async function fittingManifest(
  request: Request,
  response: Response,
  manifest: Manifest,
  clientId: string,
  answering: Answering,
): Promise<Manifest | undefined> {
  const { manifests, nameOf, told } = answering
  const name = nameOf(request.url)
  const facts = fileFacts(response)
  const { sizeBytes = manifest.descriptor.sizeBytes } = facts
  const why = whyNotForAll(response)
  if (why || sizeBytes !== manifest.descriptor.sizeBytes) {
    const detail = `${name} has ${sizeBytes} bytes, and others by its manifest; make a new one`
    const error = why ? notPublic(name, why) : new SwarmtagError('origin-changed', detail)
    void notify(clientId, error, answering)
    void manifests.drop(name)
    return undefined
  }
  const head = headOf(response)
  // What a page handed over does not say all.
  if (response.type !== 'default') manifests.heads.set(name, head)
  if (isPublicRequest(request)) void manifests.confirmPublic(name, head)
  else told.set(name, facts)
  return manifest
}

/** The origin's answer; the manifest where the origin is away or slow, and store or others may have the film. */
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
    // An origin that answers, only not to us, redirects to where CORS is not allowed: an element without CORS can go there.
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
