/** The response to a request for a video whose manifest is known: head, body, and its supply. */

import { isDropCode } from '../bridge/messages.js'
import { SwarmtagError } from '../core/errors.js'
import { chunksOf } from '../core/format/chunk-map.js'
import { type ByteSpan, type ChunkRun, chunk } from '../core/units.js'
import { chunkId, LogGroup } from '../log/log.js'
import type { ChunkArchive } from '../store/chunk-archive.js'
import type { Manifest } from '../store/manifest.js'
import type { Manifests } from '../store/manifests.js'
import type { Ahead } from './ahead.js'
import { type AnswerHead, headOfType } from './answer-head.js'
import type { AskedDigests } from './asked-digests.js'
import type { Audience } from './audience.js'
import { ChunkStream } from './chunk-stream.js'
import { type LeftBytes, leftChunks } from './left-bytes.js'
import { ownRequests, publicRequests } from './origin-request.js'
import { openPage, sendDropped } from './page-channel.js'
import type { PassedBytes } from './passed-bytes.js'
import { PlainBody } from './plain-body.js'
import { respondRange } from './range-response.js'
import { Supply } from './supply.js'
import type { TransferCaches } from './transfer-cache.js'

declare const self: ServiceWorkerGlobalScope

export interface Answering {
  readonly ahead: Ahead
  readonly manifests: Manifests
  readonly store: ChunkArchive
  readonly audience: Audience
  /** What responses leave for the next ones. */
  readonly transferCaches: TransferCaches
  /** What responses gave and the page was not sent, for the next ones to send. */
  readonly left: LeftBytes
  /** Whether the origin may give chunks. */
  readonly mayAskOrigin: boolean
  nameOf(url: string): string
  /** Reports something to the site's owner. */
  notice(error: unknown): void
}

/** What is known of a response beforehand. */
interface Before {
  /** Its head, where that is not the origin's. */
  readonly head?: AnswerHead
  /** Through which digest pages are asked of its page. */
  readonly digests?: AskedDigests
  /** What the viewer's own request has given already. */
  readonly begun?: Begun
  /** What went to the video before the manifest came. */
  readonly passed?: PassedBytes
}

/** A response to the viewer's own request that the swarm's response goes on with. */
interface Begun {
  readonly response: Response
  readonly abort: AbortController
  /** The chunks in it. */
  readonly run: ChunkRun
}

/** Answers a request for a video whose manifest is known. */
export function respondFromSwarm(
  request: Request,
  clientId: string,
  manifest: Manifest,
  answering: Answering,
  before?: Before,
): Response {
  const { sizeBytes, type } = manifest.descriptor
  const { heads } = answering.manifests
  const head = before?.head ?? heads.get(answering.nameOf(request.url)) ?? headOfType(type)
  return respondRange(request, { sizeBytes, head }, span =>
    swarmBody(request, clientId, manifest, span, answering, before),
  )
}

/** The bytes of a span: from store, neighbours and origin, and over plain HTTP if these fail. */
export function swarmBody(
  request: Request,
  clientId: string,
  manifest: Manifest,
  span: ByteSpan,
  answering: Answering,
  { begun, passed, digests }: Before = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { audience } = answering
  const name = answering.nameOf(request.url)
  const key = `${clientId} ${name}`
  const run = chunksOf(span)
  const title = `${request.method} ${request.headers.get('range') ?? ''} ${name}`
  const log = new LogGroup('response', title, () => performance.now())
  const stream = new ChunkStream(manifest, span, {
    need: (cursor, runs) => {
      log.info(`asks for ${runs.map(({ from, to }) => `${from} to ${to}`)}`)
      void supply.need(cursor, runs)
    },
    done: () => {
      log.end('is over')
      digests?.close()
      supply.close()
    },
  })
  const goOnOverPlainHttp = () => {
    log.info('goes on over plain HTTP')
    stream.succeed(from => new PlainBody(ownRequests(request), { from, to: span.to }))
  }
  const supply: Supply = new Supply({
    manifest,
    store: answering.store,
    run,
    mayAskOrigin: answering.mayAskOrigin,
    isPublic: !audience.ownFacts(name),
    // What is stored and shared is requested without cookies, whatever the viewer may read.
    request: publicRequests(request, {
      isSigned: isSigned(request, name),
      get own() {
        return audience.ownFacts(name)
      },
    }),
    untilWanted: index => stream.untilWanted(index),
    // By page: another one was not sent these chunks.
    transferCache: answering.transferCaches.of(`${clientId} ${manifest.id} ${name}`),
    notice: error => void notify(clientId, error, answering),
    leave: chunks => answering.left.leave(key, leftChunks(chunks)),
    openPage: async (onMessage, fetching) => {
      const client = await clientOf(clientId)
      const isPlayed = request.destination === 'video' || request.destination === 'audio'
      const descriptor = manifest.descriptorBytes
      const opening = { url: name, descriptor, run, isPlayed, origin: fetching }
      const channel =
        client &&
        openPage(client, opening, message => {
          if (message.type !== 'digests') return onMessage(message)
          digests?.receive(message.page, message.bytes)
        })
      digests?.open(page => channel?.send({ type: 'ask-digests', page }))
      return channel
    },
    events: {
      arrived: (verified, source) => {
        log.debug(`${chunkId(name, verified.index)} from ${source}`)
        stream.put(verified)
      },
      // Plain HTTP has the last word, also where only requests without cookies fail.
      failed: error => (answering.mayAskOrigin ? goOnOverPlainHttp() : stream.fail(error)),
      confirmedPublic: response => audience.confirm(name, response),
      dropped: () => {
        audience.drop(name)
        goOnOverPlainHttp()
        answering.left.take(key)
      },
      unverifiable: () => goOnOverPlainHttp(),
    },
  })
  if (begun) {
    const { response, abort } = begun
    const to = chunk(Math.min(begun.run.to, run.to))
    supply.goOnWith(response, abort, { from: begun.run.from, to })
  }
  for (const each of [...(passed ? [passed] : []), ...answering.left.take(key)])
    for (const { index, bytes } of each.take(manifest.map)) void supply.keep(index, bytes)
  return stream.body
}

/** Whether a URL has parameters that its video's name has not: those that only sign it. */
const isSigned = ({ url }: Request, name: string): boolean => url.split('#', 1)[0] !== name

const clientOf = async (id: string): Promise<Client | undefined> =>
  id ? self.clients.get(id) : undefined

/** Reports why a video was dropped from the swarm: in the page's console, or in the worker's. */
export async function notify(
  clientId: string,
  error: unknown,
  answering: Answering,
): Promise<void> {
  const client = await clientOf(clientId)
  if (client && error instanceof SwarmtagError && isDropCode(error.code))
    sendDropped(client, { code: error.code, detail: error.detail })
  else answering.notice(error)
}
