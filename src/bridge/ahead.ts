/**
 * The message of a page on its first visit to the worker that is being installed: which video will be requested first, and
 * the origin's responses if the page has requested them already.
 */

import { rangeHeader } from '../core/format/byte-range.js'
import { FIRST_GRANT_CHUNKS } from '../core/policy/first-grant.js'
import { CHUNK_BYTES } from '../core/units.js'
import { BRIDGE_VERSION } from './messages.js'

/** A video's first request fetches this much from the origin while its manifest is looked for: 512 KiB. */
export const FIRST_BYTES = FIRST_GRANT_CHUNKS * CHUNK_BYTES
export const FIRST_RANGE = rangeHeader({ from: 0, to: FIRST_BYTES })

/** A response of the origin that the page transfers to the worker. */
export interface HandedAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
}

export interface AheadMessage {
  readonly type: 'swarmtag:ahead'
  readonly version: number
  /** As the element will request it, without fragment. */
  readonly url: string
  /** The page has requested both by itself: its responses follow in another message. */
  readonly isAsked?: true
  /** Its first bytes and its manifest; without them the worker requests them. */
  readonly first?: HandedAnswer
  readonly manifest?: HandedAnswer
}

/** Reads an `AheadMessage`; `undefined` if invalid or of another version. */
export function readAhead(data: unknown): AheadMessage | undefined {
  if (!isFields(data) || data.type !== 'swarmtag:ahead' || data.version !== BRIDGE_VERSION)
    return undefined
  const { type, version, url } = data
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined
  const first = readHanded(data.first)
  const manifest = readHanded(data.manifest)
  return {
    ...{ type, version, url },
    ...(data.isAsked === true && { isAsked: true }),
    ...(first && { first }),
    ...(manifest && { manifest }),
  }
}

function readHanded(data: unknown): HandedAnswer | undefined {
  if (!isFields(data)) return undefined
  const { status, headers, body } = data
  if (typeof status !== 'number' || !(body instanceof ReadableStream)) return undefined
  if (!isFields(headers) || !isTexts(headers)) return undefined
  return { status, headers, body }
}

const isFields = (data: unknown): data is Record<string, unknown> =>
  typeof data === 'object' && data !== null

const isTexts = (fields: Record<string, unknown>): fields is Record<string, string> =>
  Object.values(fields).every(each => typeof each === 'string')
