/** Decides how a request for a video is answered: from its swarm, plainly, or, at the first meeting, by what its manifest says. */

import { FIRST_BYTES } from '../bridge/ahead.js'
import { parseContentRange, rangeHeader, resolveRange } from '../core/byte-range.js'
import { SwarmtagError } from '../core/errors.js'
import { type ByteSpan, CHUNK_BYTES, run } from '../core/units.js'
import { Manifest } from '../store/manifest.js'
import { lateSwarmBody } from './late-swarm-body.js'
import {
  fileFacts,
  isPublicRequest,
  notPublic,
  ownRequests,
  whyNotForAll,
} from './origin-request.js'
import { PlainBody } from './plain-body.js'
import { entityHeaders, respondRange, rewrap } from './range-response.js'
import { type Answering, notify, respondFromSwarm, swarmBody } from './swarm-response.js'

/** The first bytes wait for the manifest this long after the origin's answer, then they go on without. */
const MANIFEST_GRACE_MS = 250
/** With the manifest at hand, the origin's first bytes are waited for this long before others are asked. */
const ORIGIN_GRACE_MS = 1_000
/** A database that does not open in this time is done without. */
const RECALL_MS = 250

/** Answers a request for a video or a sound file. */
export async function respond(
  request: Request,
  clientId: string,
  answering: Answering,
): Promise<Response> {
  const name = answering.nameOf(request.url)
  const known = await within(RECALL_MS, answering.manifests.recall(name), 'unknown')
  if (known === 'absent') return rewrap(await fetch(request))
  if (known !== 'unknown') return respondFromSwarm(request, clientId, known, answering)
  return meet(request, clientId, answering)
}

/**
 * Meets a video for the first time: the viewer's own request gets its first bytes from the origin while its
 * manifest is looked for. Where there is none, or not soon, the origin's bytes go on plainly.
 */
async function meet(request: Request, clientId: string, answering: Answering): Promise<Response> {
  const name = answering.nameOf(request.url)
  const first = firstSpan(request)
  // What is not an ordinary question is none to get to know the file by.
  if (!first && answering.mayAskOrigin) return rewrap(await fetch(request))
  const finding = answering.manifests.find(name).catch(error => {
    answering.notice(error)
    return undefined
  })
  if (!first || !answering.mayAskOrigin) {
    const manifest = await finding
    return manifest
      ? respondFromSwarm(request, clientId, manifest, answering)
      : rewrap(await fetch(request))
  }
  const origin = ownRequests(request)
  const abort = new AbortController()
  const firstRange = rangeHeader(first)
  const ask = () => origin(firstRange, abort.signal)
  const ahead = answering.ahead.takeFirst(request, firstRange, clientId, abort)
  const asking = ahead ? ahead.then(answer => answer ?? ask()) : ask()
  const response = await firstAnswer(request, asking, finding)
  if (!(response instanceof Response)) {
    abort.abort()
    return respondFromSwarm(request, clientId, response, answering)
  }
  const range = parseContentRange(response.headers.get('content-range'))
  if (!range && response.status !== 206) return rewrap(response)
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
    return rewrap(await fetch(request))
  }
  const entity = { sizeBytes: range.bodyBytes, headers: entityHeaders(response) }
  return respondRange(request, entity, span => {
    const later = Promise.resolve(fitting).then(
      found =>
        found &&
        ((from: number) => swarmBody(request, clientId, found, { from, to: span.to }, answering)),
    )
    return lateSwarmBody(new PlainBody(origin, span, response), later)
  })
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
    void manifests.disown(name)
    return undefined
  }
  if (isPublicRequest(request)) void manifests.vouch(name)
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

/** A value, or another one if it takes too long. */
function within<Value, const Other>(
  ms: number,
  value: Promise<Value>,
  other: Other,
): Promise<Value | Other> {
  return Promise.race([value, new Promise<Other>(resolve => setTimeout(resolve, ms, other))])
}
