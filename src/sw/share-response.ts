/** Answers requests for files that no server has, from what viewers give each other. */

import { registerRoute } from 'workbox-routing'
import { readShareUrl } from '../bridge/share-url.js'
import { asSwarmtagError } from '../core/errors.js'
import { openShared } from '../store/shared-manifests.js'
import { AskedDigests } from './asked-digests.js'
import { findDescriptor } from './descriptor-search.js'
import { HARMLESS, shareHead } from './share-head.js'
import { type Answering, respondFromSwarm } from './swarm-response.js'

declare const self: ServiceWorkerGlobalScope

export interface ShareRoute {
  /** Whether anything is answered at all. */
  isAnswering(): boolean
  readonly answering: Answering
}

/**
 * Routes such requests, of whatever mode: there is no server to leave them to. Also a URL that was cut or changed, if an element
 * wants to play it; other requests may be for files of the site whose folders have names like it.
 */
export function routeShares({ isAnswering, answering }: ShareRoute): void {
  const matches = ({ url, request, sameOrigin }: Matched): boolean => {
    if (!sameOrigin || !isAnswering()) return false
    const share = readShareUrl(url)
    return share === 'malformed' ? isForElement(request) : share !== undefined
  }
  const handler = ({ request, event }: { request: Request; event: ExtendableEvent }) =>
    respondToShare(request, event instanceof FetchEvent ? event.clientId : '', answering)
  for (const method of ['GET', 'HEAD'] as const) registerRoute(matches, handler, method)
}

interface Matched {
  readonly url: URL
  readonly request: Request
  readonly sameOrigin: boolean
}

const isForElement = ({ destination }: Request): boolean =>
  destination === 'video' || destination === 'audio'

async function respondToShare(
  request: Request,
  clientId: string,
  answering: Answering,
): Promise<Response> {
  const share = readShareUrl(new URL(request.url))
  if (typeof share !== 'object') return refuse(404, 'the link to this file is not whole')
  const client = await pageOf(clientId)
  if (!client) return refuse(503, 'no page of this site is open that could receive the file')
  const digests = new AskedDigests()
  try {
    const { root } = share
    const name = answering.nameOf(request.url)
    const descriptor = await findDescriptor(answering.store, client, name, root)
    const manifest = await openShared(answering.store, root, descriptor, digests.candidates)
    const head = shareHead(request, share, manifest.descriptor.type)
    // There is no origin.
    const peersOnly = { ...answering, mayAskOrigin: false }
    return respondFromSwarm(request, client.id, manifest, peersOnly, { head, digests })
  } catch (error) {
    const { code, detail } = asSwarmtagError(error, 'bridge-protocol')
    return refuse(code === 'page-gone' ? 504 : 503, detail)
  }
}

/** The page of a request; for a download, which comes from none, the page that was used last. */
async function pageOf(clientId: string): Promise<Client | undefined> {
  const own = clientId ? await self.clients.get(clientId) : undefined
  return own ?? (await self.clients.matchAll({ type: 'window' }))[0]
}

const refuse = (status: number, why: string): Response =>
  new Response(`${why}\n`, {
    status,
    headers: [['content-type', 'text/plain; charset=utf-8'], ...HARMLESS],
  })
