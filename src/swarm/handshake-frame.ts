/**
 * What may come on trystero's own data channel: the frames of its handshake and of leaving (docs/protocol.md,
 * section 4.2). trystero itself keeps all others for ever, throws at JSON that is none, and makes a peer's
 * text the key of an object, `__proto__` included.
 */

/** A frame of a handshake is far smaller. */
export const MAX_FRAME_BYTES = 2_048
/** Frames in the life of a connection: a handshake needs five or six, and leaving two. */
export const MAX_FRAMES = 32

/* First octet: a frame of a room, or word that the sender is in one. */
const OF_ROOM = 1
const PRESENCE = 2

/** A token is 64 hexadecimal digits, behind its length. */
const TOKEN = /^\0@[0-9a-f]{64}$/
const TOKEN_BYTES = 66

/** Name of the action, filled up with zeros; number of the message; tag; progress, which is whole. */
const ACTION = /^@_(hsdata|hsready|leave)\0*$/
const ACTION_BYTES = 32
const TAG_AT = ACTION_BYTES + 2
const BODY_AT = TAG_AT + 2
/** The last part of a text, and of JSON. */
const TEXT = 1
const JSON_TEXT = 9

/** Whether a message is one that trystero can be given. */
export function isHandshakeFrame(data: unknown): boolean {
  if (!(data instanceof ArrayBuffer) || data.byteLength > MAX_FRAME_BYTES) return false
  const bytes = new Uint8Array(data)
  if (bytes[0] === PRESENCE) return TOKEN.test(textOf(bytes.subarray(2)))
  return bytes[0] === OF_ROOM && isOfRoom(bytes.subarray(1))
}

function isOfRoom(bytes: Uint8Array): boolean {
  const frame = bytes.subarray(TOKEN_BYTES)
  if (!TOKEN.test(textOf(bytes.subarray(0, TOKEN_BYTES)))) return false
  const [, action] = ACTION.exec(textOf(frame.subarray(0, ACTION_BYTES))) ?? []
  const body = frame.subarray(BODY_AT)
  if (action === 'hsdata') return frame[TAG_AT] === JSON_TEXT && isJson(body)
  return action !== undefined && frame[TAG_AT] === TEXT && body.length === 0
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(textOf(bytes))
    return true
  } catch {
    return false
  }
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
