/** The response to a request for a video whose manifest is known: head, body, and who supplies it. */

import { chunksOf } from '../core/chunk-map.js'
import type { SwarmtagError } from '../core/errors.js'
import type { FileFacts } from '../core/shareable.js'
import { type ByteSpan, type ChunkRun, chunk } from '../core/units.js'
import { chunkId, LogGroup } from '../log/log.js'
import type { ChunkArchive } from '../store/chunk-archive.js'
import type { Manifest } from '../store/manifest.js'
import type { Manifests } from '../store/manifests.js'
import type { Ahead } from './ahead.js'
import { headOf, headOfType } from './answer-head.js'
import type { Berths } from './berth.js'
import { ChunkStream } from './chunk-stream.js'
import { ownRequests, publicRequests } from './origin-request.js'
import { openPage, sendDropped } from './page-channel.js'
import { PlainBody } from './plain-body.js'
import { respondRange } from './range-response.js'
import { Supply } from './supply.js'

declare const self: ServiceWorkerGlobalScope

export interface Answering {
  /** What was asked of the origin before a page's own request. */
  readonly ahead: Ahead
  readonly manifests: Manifests
  readonly store: ChunkArchive
  /** What viewers' own requests were told of videos for which nothing vouches yet, by name. */
  readonly told: Map<string, FileFacts>
  /** What a response leaves for the next. */
  readonly berths: Berths
  /** Whether the origin may give chunks. */
  readonly mayAskOrigin: boolean
  /** The name of a video, by its URL. */
  nameOf(url: string): string
  /** Tells the site's owner something. */
  notice(error: unknown): void
}

/** A begun answer to the viewer's own request that the swarm's response goes on with. */
export interface Begun {
  readonly response: Response
  readonly abort: AbortController
  /** The chunks that it gives, as far as what is asked for reaches. */
  readonly run: ChunkRun
}

/** Answers a request for a video whose manifest is known. */
export function respondFromSwarm(
  request: Request,
  clientId: string,
  manifest: Manifest,
  answering: Answering,
  begun?: Begun,
): Response {
  const { sizeBytes, type } = manifest.descriptor
  const head = answering.manifests.heads.get(answering.nameOf(request.url)) ?? headOfType(type)
  return respondRange(request, { sizeBytes, head }, span =>
    swarmBody(request, clientId, manifest, span, answering, begun),
  )
}

/** The bytes of a span: from store, neighbours and origin, and plainly where these fail. */
export function swarmBody(
  request: Request,
  clientId: string,
  manifest: Manifest,
  span: ByteSpan,
  answering: Answering,
  begun?: Begun,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { manifests, told } = answering
  const name = answering.nameOf(request.url)
  const run = chunksOf(span)
  const log = new LogGroup(`${request.method} ${request.headers.get('range') ?? ''} ${name}`, () =>
    performance.now(),
  )
  const stream = new ChunkStream(manifest, span, {
    need: (cursor, runs) => {
      log.line(`asks for ${runs.map(({ from, to }) => `${from} to ${to}`)}`)
      void supply.need(cursor, runs)
    },
    done: () => {
      log.end('is over')
      supply.close()
    },
  })
  const goOnPlainly = () => {
    log.line('goes on plainly')
    stream.succeed(from => new PlainBody(ownRequests(request), { from, to: span.to }))
  }
  const supply: Supply = new Supply({
    manifest,
    store: answering.store,
    run,
    mayAskOrigin: answering.mayAskOrigin,
    isVouched: !told.has(name),
    // What is kept and given on is asked for as anybody could ask for it, whatever the viewer may read.
    request: publicRequests(request, {
      isSigned: isSigned(request, name),
      get own() {
        return told.get(name)
      },
    }),
    untilWanted: index => stream.untilWanted(index),
    // Of the page that asks: another has not heard of what this one was given.
    berth: answering.berths.of(`${clientId} ${manifest.id} ${name}`),
    notice: error => void notify(clientId, error, answering),
    openPage: async (onMessage, fetching) => {
      const client = await clientOf(clientId)
      const isPlayed = request.destination === 'video' || request.destination === 'audio'
      const descriptor = manifest.descriptorBytes
      const opening = { url: name, descriptor, run, isPlayed, origin: fetching }
      return client && openPage(client, opening, onMessage)
    },
    events: {
      arrived: (verified, source) => {
        log.line(`${chunkId(name, verified.index)} from ${source}`)
        stream.put(verified)
      },
      // Plain HTTP has the last word, also where only requests without cookies fail.
      failed: error => (answering.mayAskOrigin ? goOnPlainly() : stream.fail(error)),
      vouched: response => {
        const head = headOf(response)
        told.delete(name)
        if (!manifests.heads.has(name)) manifests.heads.set(name, head)
        void manifests.confirmPublic(name, head)
      },
      disowned: () => {
        told.delete(name)
        void manifests.drop(name)
        goOnPlainly()
      },
      unverifiable: () => goOnPlainly(),
    },
  })
  if (begun) {
    const { response, abort } = begun
    const to = chunk(Math.min(begun.run.to, run.to))
    supply.goOnWith(response, abort, { from: begun.run.from, to })
  }
  return stream.body
}

/** Whether a URL holds more than the name of its video: what only signs it. */
const isSigned = ({ url }: Request, name: string): boolean => url.split('#', 1)[0] !== name

const clientOf = async (id: string): Promise<Client | undefined> =>
  id ? self.clients.get(id) : undefined

/** Says why a video left its swarm where the site's owner looks: in the page's console, or in the worker's. */
export async function notify(
  clientId: string,
  error: SwarmtagError,
  answering: Answering,
): Promise<void> {
  const { code, detail } = error
  const client = await clientOf(clientId)
  if (client && (code === 'not-public' || code === 'origin-changed'))
    sendDropped(client, { code, detail })
  else answering.notice(error)
}
