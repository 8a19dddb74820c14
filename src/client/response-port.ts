/** One response of the worker: translates between its messages and the session's calls. */

import type { Channel } from '../bridge/channel.js'
import type { PageSays, WorkerSays } from '../bridge/messages.js'
import type { ChunkIndex, ChunkRun } from '../core/units.js'
import type { ResponseSink } from '../engine/response-sink.js'
import type { Session } from '../engine/session.js'
import type { Manifest } from '../store/manifest.js'
import type { DeferredVerification } from './deferred-verification.js'

/** Sends what the engine decides to the worker. */
export class ResponsePort implements ResponseSink {
  constructor(readonly channel: Channel<PageSays>) {}

  chunk(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void {
    this.channel.send({ type: 'chunk', index, bytes }, [bytes.buffer])
  }

  grant(run: ChunkRun | undefined): void {
    this.channel.send(run ? { type: 'origin', run } : { type: 'origin' })
  }

  readOn(to: ChunkIndex): void {
    this.channel.send({ type: 'read-on', to })
  }

  hold(forMs: number): void {
    this.channel.send({ type: 'hold', forMs })
  }

  exhausted(): void {
    this.channel.send({ type: 'exhausted' })
  }

  decline(): void {
    this.channel.send({ type: 'decline' })
  }

  close(): void {
    this.channel.close()
  }
}

export interface Listening {
  readonly session: Session
  /** The response's number. */
  readonly demand: number
  readonly isPlayed: boolean
  readonly deferred: DeferredVerification
  /** The origin serves another file, or not to everybody. */
  onDropped(message: Extract<WorkerSays, { type: 'origin-changed' | 'not-public' }>): void
  onClosed(): void
}

/** Sends the worker a digest page of a film whose manifest no site has; what there is not is not answered. */
export async function sendDigests(
  channel: Channel<PageSays>,
  manifest: Manifest,
  page: number,
): Promise<void> {
  if (page >= manifest.descriptor.pageRoots.length) return
  const digests = await manifest.digestPage(page).catch(() => undefined)
  if (digests) channel.send({ type: 'digests', page, bytes: digests.slice() })
}

/** Passes a message of the worker to the session. */
export function handleWorker(listening: Listening, message: WorkerSays): void {
  const { session, demand, isPlayed, deferred, onDropped, onClosed } = listening
  switch (message.type) {
    case 'need':
      session.need(demand, message.cursor, message.runs)
      if (session.isArrivingAwaited) deferred.clear()
      return
    case 'stored':
      return session.stored(message.runs)
    case 'fetched': {
      const { index, bytes } = message
      session.fetched(demand, index)
      deferred.add(() => void session.receive(index, bytes))
      // A loader of the page's own renders nothing; and another response may wait for the same chunk.
      if (!isPlayed || session.isArrivingAwaited) deferred.clear()
      return
    }
    case 'wasted':
      return session.wasted(message.bytes)
    case 'origin-ended':
      return session.originEnded(demand)
    case 'origin-failed':
      return session.originFailed(demand, message.detail)
    case 'origin-changed':
    case 'not-public':
      return onDropped(message)
    case 'close':
      return onClosed()
  }
}
