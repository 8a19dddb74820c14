/**
 * The messages between worker and page: a table for each direction, and a guard that validates what arrives.
 * docs/protocol.md has their order.
 */

import { type ChunkIndex, type ChunkRun, run } from '../core/units.js'
import { isLogLevel, type LogLevel } from '../log/log.js'

/** Raised with any change of shape. Ends that differ do not talk, and the origin serves. */
export const BRIDGE_VERSION = 5

/** Opens a response: posted by the worker to the page of the request, with a port of its own. */
export interface Opening {
  readonly type: 'swarmtag:open'
  readonly version: number
  /** Differs each time the worker is started: a worker that is stopped closes none of its ports. */
  readonly workerId: string
  /** The video's name: its absolute URL, without fragment and without what only signs it. */
  readonly url: string
  /** The manifest's descriptor, as it was read. */
  readonly descriptor: Uint8Array<ArrayBuffer>
  /** Chunks of the response. */
  readonly run: ChunkRun
  /** Whether a media element made the request, and not a loader of the page's own. */
  readonly isPlayed: boolean
  /** What the worker fetches from the origin already. */
  readonly origin: ChunkRun | undefined
}

/** Why a video was dropped from the swarm: the origin serves another file, or the video is not public. */
export type DropCode = 'origin-changed' | 'not-public'

export const isDropCode = (code: unknown): code is DropCode =>
  code === 'origin-changed' || code === 'not-public'

/** Sent to a page when a video that was not opened there is dropped from the swarm. */
export interface Dropped {
  readonly type: 'swarmtag:disowned'
  readonly code: DropCode
  readonly detail: string
}

/** Messages of the worker about one response. */
export type WorkerSays =
  /** It needs these chunks, which the store does not have; `cursor` is the first one not handed to the video. */
  | { readonly type: 'need'; readonly cursor: ChunkIndex; readonly runs: readonly ChunkRun[] }
  /** It found these chunks in the store. */
  | { readonly type: 'stored'; readonly runs: readonly ChunkRun[] }
  /** It received this chunk from the origin; the page keeps and shares it. */
  | {
      readonly type: 'fetched'
      readonly index: ChunkIndex
      readonly bytes: Uint8Array<ArrayBuffer>
    }
  /** The origin sent bytes of no use. */
  | { readonly type: 'wasted'; readonly bytes: number }
  /** It has fetched all that it was granted from the origin. */
  | { readonly type: 'origin-ended' }
  /** The origin does not answer; `detail` is for people. */
  | { readonly type: 'origin-failed'; readonly detail: string }
  /** The origin serves another file than the manifest describes, or the video is not public. */
  | { readonly type: DropCode; readonly detail: string }
  /** It needs a digest page, and there is no site that has the manifest. */
  | { readonly type: 'ask-digests'; readonly page: number }
  /** The response has ended, or nobody wants it any more. */
  | { readonly type: 'close' }

/** Messages of the page. */
export type PageSays =
  /** It will supply this response; sent at once, so that a page that is gone is noticed. `logLevel` is for the worker. */
  | { readonly type: 'accept'; readonly logLevel?: LogLevel }
  /** It holds back what is needed, as the video has enough for now; its next message comes within `forMs`. */
  | { readonly type: 'hold'; readonly forMs: number }
  /** It will not supply this response: another release, or switched off. */
  | { readonly type: 'decline' }
  /** A chunk that was needed. */
  | { readonly type: 'chunk'; readonly index: ChunkIndex; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Grants a run from the origin in place of the last one; without a run fetching stops. */
  | { readonly type: 'origin'; readonly run?: ChunkRun }
  /** The granted run is to be read up to this chunk even if this video does not want it yet: another response waits. */
  | { readonly type: 'read-on'; readonly to: ChunkIndex }
  /** A digest page that was asked for. */
  | { readonly type: 'digests'; readonly page: number; readonly bytes: Uint8Array<ArrayBuffer> }
  /** No source is left for what is needed. */
  | { readonly type: 'exhausted' }

/** Asks whether a worker speaks this version; answered with the same message through the port. */
export interface Greeting {
  readonly type: 'swarmtag:hello'
  readonly version: number
}

type Fields = Record<string, unknown>

export const fieldsOf = (data: unknown): Fields | undefined =>
  typeof data === 'object' && data !== null ? (data as Fields) : undefined

/** Reads an `Opening`; `undefined` if invalid or of another version. */
export function readOpening(data: unknown): Opening | undefined {
  const { type, version, workerId, url, descriptor, run, isPlayed, origin } = fieldsOf(data) ?? {}
  const chunks = readRun(run)
  if (type !== 'swarmtag:open' || version !== BRIDGE_VERSION || !chunks) return undefined
  if (typeof workerId !== 'string' || typeof url !== 'string') return undefined
  if (!isBytes(descriptor) || typeof isPlayed !== 'boolean') return undefined
  return {
    type,
    version,
    workerId,
    url,
    descriptor,
    run: chunks,
    isPlayed,
    origin: readRun(origin),
  }
}

export function readDropped(data: unknown): Dropped | undefined {
  const { type, code, detail } = fieldsOf(data) ?? {}
  if (type !== 'swarmtag:disowned' || typeof detail !== 'string') return undefined
  return isDropCode(code) ? { type, code, detail } : undefined
}

/** Reads a `Greeting` of any version. */
export function readGreeting(data: unknown): Greeting | undefined {
  const { type, version } = fieldsOf(data) ?? {}
  return type === 'swarmtag:hello' && typeof version === 'number' ? { type, version } : undefined
}

export function readWorkerSays(data: unknown): WorkerSays | undefined {
  const fields = fieldsOf(data) ?? {}
  const runs = readRuns(fields.runs)
  switch (fields.type) {
    case 'need':
      return runs && isIndex(fields.cursor)
        ? { type: 'need', cursor: fields.cursor, runs }
        : undefined
    case 'stored':
      return runs && { type: 'stored', runs }
    case 'fetched':
      return readChunk('fetched', fields)
    case 'wasted':
      return isAmount(fields.bytes) ? { type: 'wasted', bytes: fields.bytes } : undefined
    case 'ask-digests':
      return isIndex(fields.page) ? { type: 'ask-digests', page: fields.page } : undefined
    case 'origin-failed':
    case 'origin-changed':
    case 'not-public':
      return typeof fields.detail === 'string'
        ? { type: fields.type, detail: fields.detail }
        : undefined
    case 'origin-ended':
    case 'close':
      return { type: fields.type }
    default:
      return undefined
  }
}

export function readPageSays(data: unknown): PageSays | undefined {
  const fields = fieldsOf(data) ?? {}
  switch (fields.type) {
    case 'accept':
      return isLogLevel(fields.logLevel)
        ? { type: 'accept', logLevel: fields.logLevel }
        : { type: 'accept' }
    case 'decline':
    case 'exhausted':
      return { type: fields.type }
    case 'hold':
      return isAmount(fields.forMs) ? { type: 'hold', forMs: fields.forMs } : undefined
    case 'chunk':
      return readChunk('chunk', fields)
    case 'digests':
      return isIndex(fields.page) && isBytes(fields.bytes)
        ? { type: 'digests', page: fields.page, bytes: fields.bytes }
        : undefined
    case 'read-on':
      return isIndex(fields.to) ? { type: 'read-on', to: fields.to } : undefined
    case 'origin': {
      // An invalid run must not be read as the order to stop.
      if (fields.run === undefined) return { type: 'origin' }
      const run = readRun(fields.run)
      return run && { type: 'origin', run }
    }
    default:
      return undefined
  }
}

function readChunk<Type extends 'fetched' | 'chunk'>(type: Type, { index, bytes }: Fields) {
  return isIndex(index) && isBytes(bytes) ? { type, index, bytes } : undefined
}

function readRuns(data: unknown): ChunkRun[] | undefined {
  if (!Array.isArray(data)) return undefined
  const runs: ChunkRun[] = []
  // Ends at the first hole of a sparse array, whose length may be huge at no cost to its sender.
  for (const each of data) {
    const run = readRun(each)
    if (!run) return undefined
    runs.push(run)
  }
  return runs
}

function readRun(data: unknown): ChunkRun | undefined {
  const { from, to } = fieldsOf(data) ?? {}
  return isIndex(from) && isIndex(to) && from < to ? run(from, to) : undefined
}

const isIndex = (data: unknown): data is ChunkIndex =>
  typeof data === 'number' && Number.isSafeInteger(data) && data >= 0

const isAmount = (data: unknown): data is number =>
  typeof data === 'number' && Number.isFinite(data) && data >= 0

/** Not a shared buffer, which could change while it is verified. */
export const isBytes = (data: unknown): data is Uint8Array<ArrayBuffer> =>
  data instanceof Uint8Array && data.buffer instanceof ArrayBuffer
