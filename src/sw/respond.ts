/** Decides how a request for a video is answered: from its swarm, plainly, or, at the first meeting, by what its manifest says. */

import { WORTH_ASKING_BYTES } from '../core/manifest-questions.js'
import { Manifest } from '../store/manifest.js'
import { meet } from './meet.js'
import { fileFacts } from './origin-request.js'
import { type Answering, respondFromSwarm } from './swarm-response.js'
import { within } from './within.js'

/** A database that does not open in this time is done without. */
const RECALL_MS = 250

/** Answers a request for a video or a sound file. */
export async function respond(
  request: Request,
  clientId: string,
  answering: Answering,
): Promise<Response> {
  const { manifests, told, mayAskOrigin } = answering
  if (request.method === 'HEAD' && mayAskOrigin) return respondToHead(request, clientId, answering)
  const name = answering.nameOf(request.url)
  const known = await within(RECALL_MS, manifests.recall(name), 'unknown')
  if (known === 'unknown') return meet(request, clientId, answering)
  if (known instanceof Manifest) {
    const isMet = manifests.isPublic(name) || told.has(name)
    return isMet
      ? respondFromSwarm(request, clientId, known, answering)
      : meet(request, clientId, answering, known)
  }
  // Not in a response of our own: only what is passed on as it is comes no faster than the film is played.
  const response = await fetch(request)
  const { sizeBytes = 0 } = fileFacts(response)
  if (known === 'doubtful' || (known === 'unlikely' && sizeBytes >= WORTH_ASKING_BYTES))
    void manifests.find(name).catch(answering.notice)
  return response
}

/** The origin alone knows all that it says of a file; where it is away, what is stored can be told. */
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
