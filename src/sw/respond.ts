/** Decides how a request for a video is answered: from its swarm, over plain HTTP, or as a first request. */

import { WORTH_ASKING_BYTES } from '../core/policy/manifest-questions.js'
import { fileFacts } from '../core/policy/shareable.js'
import { Manifest } from '../store/manifest.js'
import { respondToFirst } from './first-request.js'
import { type Answering, respondFromSwarm } from './swarm-response.js'
import { within } from './within.js'

/** How long to wait for the database. */
const RECALL_MS = 250

/** Answers a request for a video or a sound file. */
export async function respond(
  request: Request,
  clientId: string,
  answering: Answering,
): Promise<Response> {
  const { manifests, audience, mayAskOrigin } = answering
  if (request.method === 'HEAD' && mayAskOrigin) return respondToHead(request, clientId, answering)
  const name = answering.nameOf(request.url)
  const known = await within(RECALL_MS, manifests.recall(name), 'unknown')
  if (known === 'unknown') return respondToFirst(request, clientId, answering)
  if (known instanceof Manifest) {
    return audience.isUnknown(name)
      ? respondToFirst(request, clientId, answering, known)
      : respondFromSwarm(request, clientId, known, answering)
  }
  // Passed on as it is: only the browser's own response has backpressure (docs/decisions/plain-is-native.md).
  const response = await fetch(request)
  const { sizeBytes = 0 } = fileFacts(response)
  if (known === 'doubtful' || (known === 'unlikely' && sizeBytes >= WORTH_ASKING_BYTES))
    void manifests.find(name).catch(answering.notice)
  return response
}

/** Answered by the origin, which alone has all headers; if it is away, from what is stored. */
async function respondToHead(
  request: Request,
  clientId: string,
  answering: Answering,
): Promise<Response> {
  try {
    return await fetch(request)
  } catch (cause) {
    const known = await answering.manifests.recall(answering.nameOf(request.url))
    if (known instanceof Manifest) return respondFromSwarm(request, clientId, known, answering)
    throw cause
  }
}
