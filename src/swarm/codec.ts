/** The wire between viewers as bytes, big-endian. Anything that is not exactly as described is rejected. */

import { ID_CHARACTERS, isId } from '../core/peers/peer-name.js'
import { chunk, DIGEST_BYTES } from '../core/units.js'
import { type ByeReason, MOST_MANIFEST_BYTES, type PeerMessage, type Role } from './messages.js'
import { RUN_BYTES, readRuns, refused, requireLength, writeRuns } from './runs-codec.js'

/** Bytes of a `data` message ahead of the chunk's bytes. */
export const DATA_HEADER_BYTES = 12

const TYPES = [
  'hello',
  'have',
  'lost',
  'want',
  'cancel',
  'busy',
  'data',
  'position',
  'bye',
  'join',
  'ask-manifest',
  'manifest',
] as const
const CHUNKLESS: ReadonlySet<string> = new Set(['hello', 'bye', 'join', 'ask-manifest', 'manifest'])
const ROLES: readonly Role[] = ['provider', 'receiver']
const REASONS: readonly ByeReason[] = ['leaving', 'protocol', 'corrupt', 'crowded']

/* Every message: type, an octet and a 16-bit number whose meaning depends on the type, then the body. */
const DETAIL_AT = 1
const COUNT_AT = 2
const BODY_AT = 4

/* hello: version, role ‖ max wants, then */
const MAX_MESSAGE_BYTES_AT = BODY_AT
const HELLO_ROLE_AT = MAX_MESSAGE_BYTES_AT + 4
const ROOT_AT = HELLO_ROLE_AT + 4
const HELLO_BYTES = ROOT_AT + DIGEST_BYTES

/* ask-manifest, manifest */
const LENGTH_AT = BODY_AT + 4
const QUESTION_BYTES = LENGTH_AT + 4
const MANIFEST_AT = BODY_AT + 4

/* data */
const INDEX_AT = BODY_AT
const OFFSET_AT = INDEX_AT + 4

/* join */
const PROOF_AT = BODY_AT + ID_CHARACTERS
const JOIN_BYTES = PROOF_AT + DIGEST_BYTES

/** Writes a message. Lists of more than 1,024 runs must be split by the caller (`splitRuns`). */
export function encode(message: PeerMessage): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'hello': {
      const view = start(message.type, HELLO_BYTES, message.version, message.maxWants)
      view.setUint32(MAX_MESSAGE_BYTES_AT, message.maxMessageBytes)
      view.setUint32(HELLO_ROLE_AT, ROLES.indexOf(message.role))
      return withBytes(view, ROOT_AT, message.root)
    }
    case 'have':
    case 'lost':
    case 'want':
    case 'cancel': {
      const view = start(
        message.type,
        BODY_AT + message.runs.length * RUN_BYTES,
        0,
        message.runs.length,
      )
      return writeRuns(view, BODY_AT, message.runs)
    }
    case 'busy': {
      const bytes = BODY_AT + 4 + message.runs.length * RUN_BYTES
      const view = start(message.type, bytes, 0, message.runs.length)
      view.setUint32(BODY_AT, message.retryMs)
      return writeRuns(view, BODY_AT + 4, message.runs)
    }
    case 'data': {
      const view = start(message.type, DATA_HEADER_BYTES + message.bytes.length, 0, 0)
      view.setUint32(INDEX_AT, message.index)
      view.setUint32(OFFSET_AT, message.offset)
      return withBytes(view, DATA_HEADER_BYTES, message.bytes)
    }
    case 'position': {
      const view = start(message.type, BODY_AT + 4, 0, 0)
      view.setUint32(BODY_AT, message.index)
      return new Uint8Array(view.buffer)
    }
    case 'bye':
      return new Uint8Array(start(message.type, BODY_AT, REASONS.indexOf(message.reason), 0).buffer)
    case 'join': {
      const view = start(message.type, JOIN_BYTES, 0, message.lane)
      withBytes(view, BODY_AT, new TextEncoder().encode(message.offerId))
      return withBytes(view, PROOF_AT, message.proof)
    }
    case 'ask-manifest': {
      const view = start(message.type, QUESTION_BYTES, 0, 0)
      view.setUint32(BODY_AT, message.offset)
      view.setUint32(LENGTH_AT, message.length)
      return new Uint8Array(view.buffer)
    }
    case 'manifest': {
      const view = start(message.type, MANIFEST_AT + message.bytes.length, 0, 0)
      view.setUint32(BODY_AT, message.offset)
      return withBytes(view, MANIFEST_AT, message.bytes)
    }
  }
}

/**
 * Reads a message. The bytes of a `data` message are a view of `buffer`, not a copy.
 *
 * @param chunkCount - chunks of the resource; a message that names others is rejected
 * @throws SwarmtagError `peer-protocol` for anything that `encode` would not have written
 */
export function decode(buffer: ArrayBuffer, chunkCount: number): PeerMessage {
  if (buffer.byteLength < BODY_AT) throw refused(`a message of ${buffer.byteLength} bytes`)
  const view = new DataView(buffer)
  const type = TYPES[view.getUint8(0) - 1]
  const detail = view.getUint8(DETAIL_AT)
  const count = view.getUint16(COUNT_AT)
  if (type !== 'hello' && type !== 'bye' && detail !== 0)
    throw refused('a reserved octet is not zero')
  switch (type) {
    case 'hello': {
      requireLength(view, HELLO_BYTES)
      const role = ROLES[view.getUint32(HELLO_ROLE_AT)]
      if (!role) throw refused('an unknown role')
      return {
        type,
        version: detail,
        role,
        maxWants: count,
        maxMessageBytes: view.getUint32(MAX_MESSAGE_BYTES_AT),
        root: new Uint8Array(buffer, ROOT_AT, DIGEST_BYTES),
      }
    }
    case 'have':
    case 'lost':
    case 'want':
    case 'cancel':
      return { type, runs: readRuns(view, BODY_AT, count, chunkCount) }
    case 'busy': {
      const runs = readRuns(view, BODY_AT + 4, count, chunkCount)
      return { type, retryMs: view.getUint32(BODY_AT), runs }
    }
    case 'data': {
      if (count !== 0 || buffer.byteLength <= DATA_HEADER_BYTES) throw refused('data without bytes')
      const index = readIndex(view, INDEX_AT, chunkCount)
      const bytes = new Uint8Array(buffer, DATA_HEADER_BYTES)
      return { type, index, offset: view.getUint32(OFFSET_AT), bytes }
    }
    case 'position':
      requireLength(view, BODY_AT + 4)
      if (count !== 0) throw refused('a reserved number is not zero')
      return { type, index: readIndex(view, BODY_AT, chunkCount) }
    case 'bye': {
      requireLength(view, BODY_AT)
      const reason = REASONS[detail]
      if (!reason || count !== 0) throw refused('an unknown reason')
      return { type, reason }
    }
    case 'join': {
      requireLength(view, JOIN_BYTES)
      const offerId = String.fromCharCode(...new Uint8Array(buffer, BODY_AT, ID_CHARACTERS))
      if (!isId(offerId)) throw refused('a join of no offer')
      return { type, offerId, lane: count, proof: new Uint8Array(buffer, PROOF_AT, DIGEST_BYTES) }
    }
    case 'ask-manifest': {
      requireLength(view, QUESTION_BYTES)
      const length = view.getUint32(LENGTH_AT)
      if (count !== 0 || length === 0 || length > MOST_MANIFEST_BYTES)
        throw refused(`a question for ${length} bytes of the manifest`)
      return { type, offset: view.getUint32(BODY_AT), length }
    }
    case 'manifest': {
      if (count !== 0 || buffer.byteLength < MANIFEST_AT) throw refused('no part of a manifest')
      const bytes = new Uint8Array(buffer, MANIFEST_AT)
      if (bytes.length > MOST_MANIFEST_BYTES) throw refused(`${bytes.length} bytes of a manifest`)
      return { type, offset: view.getUint32(BODY_AT), bytes }
    }
    default:
      throw refused(`a message of type ${view.getUint8(0)}`)
  }
}

/** Whether a message cannot be read without the number of chunks, which whoever has only the root does not know yet. */
export const isAboutChunks = (buffer: ArrayBuffer): boolean => {
  const type = TYPES[(new Uint8Array(buffer)[0] ?? 0) - 1]
  return type !== undefined && !CHUNKLESS.has(type)
}

function start(
  type: (typeof TYPES)[number],
  bytes: number,
  detail: number,
  count: number,
): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(bytes))
  view.setUint8(0, TYPES.indexOf(type) + 1)
  view.setUint8(DETAIL_AT, detail)
  view.setUint16(COUNT_AT, count)
  return view
}

function withBytes(
  view: DataView<ArrayBuffer>,
  at: number,
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(view.buffer)
  message.set(bytes, at)
  return message
}

function readIndex(view: DataView, at: number, chunkCount: number) {
  const index = view.getUint32(at)
  if (index >= chunkCount) throw refused(`chunk ${index} of ${chunkCount}`)
  return chunk(index)
}
