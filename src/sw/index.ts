/** `swarmtag/sw`: the worker side, for Swarmtag's own worker and for a site's that imports it. */

import { clientsClaim } from 'workbox-core'
import { BRIDGE_VERSION, readGreeting } from '../bridge/messages.js'
import { readShareUrl } from '../bridge/share-url.js'
import { compileNameOf, compileParticipation } from '../bridge/video-url.js'
import { readWorkerQuery, type SwarmWorkerOptions } from '../bridge/worker-options.js'
import { SwarmtagError } from '../core/errors.js'
import { ChunkArchive } from '../store/chunk-archive.js'
import { Manifests } from '../store/manifests.js'
import { Ahead } from './ahead.js'
import { Audience } from './audience.js'
import { LeftBytes } from './left-bytes.js'
import { routeMedia } from './media-route.js'
import { respond } from './respond.js'
import { Retirement } from './retirement.js'
import { routeShares } from './share-response.js'
import { TransferCaches } from './transfer-cache.js'

export type { SwarmWorkerOptions }

declare const self: ServiceWorkerGlobalScope

/**
 * Makes this worker answer the site's videos. Call it while the worker's script is first run, before its other
 * handlers are added. In a worker of the site's own those go first for media that `match` does not name and that is not
 * known to have a manifest.
 */
export function registerSwarm(options: SwarmWorkerOptions = {}): void {
  const store = new ChunkArchive()
  const retirement = new Retirement(store)
  const participation = compileParticipation(options, location.href)
  const nameOf = compileNameOf(options.ignoreQuery)
  const mayAskOrigin = options.origin !== 'never'
  const ahead = new Ahead({
    mayAsk: url =>
      mayAskOrigin &&
      !readShareUrl(url) &&
      participation.isMatched(url) &&
      !participation.signatureOf(url),
    nameOf,
    // Opens the database meanwhile.
    onAhead: name => void manifests.recall(name),
  })
  const manifests = new Manifests(store, { key: options.key, fetch: ahead.fetch })
  const answering = {
    ahead,
    store,
    manifests,
    nameOf,
    audience: new Audience(manifests),
    transferCaches: new TransferCaches(),
    left: new LeftBytes(),
    mayAskOrigin,
    notice: (error: unknown) =>
      console.warn(`[swarmtag] ${error instanceof SwarmtagError ? error.message : String(error)}`),
  }
  const sharing = {
    takesPart: ({ url }: Request) => !!options.match?.length || manifests.isExpected(nameOf(url)),
    look: ({ url }: Request) => manifests.look(nameOf(url)).catch(answering.notice),
  }
  const isOurs = readWorkerQuery(location.search) !== undefined
  if (!isOurs) void manifests.recallNames()
  const isAnswering = () => !retirement.isBegun
  routeShares({ isAnswering, answering })
  routeMedia({
    participation,
    isAnswering,
    answer: (request, clientId) => respond(request, clientId, answering),
    ...(!isOurs && { sharing }),
  })
  addEventListener('message', event => {
    if (readGreeting(event.data))
      event.ports[0]?.postMessage({ type: 'swarmtag:hello', version: BRIDGE_VERSION })
  })
}

/** Activates at once and claims all pages: for a worker that is Swarmtag's alone. */
export function takeOver(): void {
  addEventListener('install', () => void self.skipWaiting())
  clientsClaim()
  // A page that was loaded past the worker (Shift-reload) greets it to be claimed.
  self.addEventListener('message', event => {
    if (readGreeting(event.data)) event.waitUntil(self.clients.claim())
  })
}
