/**
 * The fields at the end of a manifest's descriptor, as bytes: what people and players are shown, and the
 * publisher's signature. Later releases may add some, and readers pass over those that they do not know.
 */

import { SwarmtagError } from '../errors.js'

/** What a descriptor says in fields. */
export interface DescriptorFields {
  /** File name, for people. */
  readonly name: string
  /** Media type, e.g. `video/mp4`. */
  readonly type: string
  /** The publisher's signature over the whole descriptor, where there is one. */
  readonly signed?: Signed
}

/** Times are whole seconds since 1970. */
export interface Signed {
  readonly issuedAtS: number
  /** Not accepted from then on. */
  readonly expiresAtS: number
  /** 64 bytes of Ed25519, or of ECDSA with P-256 and SHA-256. */
  readonly signature: Uint8Array<ArrayBuffer>
}

/* Fields follow the page roots: tag, length, ASCII value. A tag with the high bit set must be understood. */
const FIELD_HEADER_BYTES = 4
const FIELD_NAME = 1
const FIELD_TYPE = 2
const FIELD_TERM = 3
const FIELD_SIGNATURE = 4
const FIELD_IS_CRITICAL = 0x8000
const MAX_FIELD_BYTES = 0xffff
const TERM_BYTES = 16
const SIGNATURE_BYTES = 64

/** Bytes of the field of a signature, which is the last of a signed descriptor. */
export const SIGNATURE_FIELD_BYTES = FIELD_HEADER_BYTES + SIGNATURE_BYTES

/** Bytes that the fields' encoding takes. */
export const fieldsBytesOf = (about: DescriptorFields): number =>
  fieldsOf(about).reduce((sum, [, text]) => sum + FIELD_HEADER_BYTES + text.length, 0)

/**
 * Writes the fields.
 *
 * @throws SwarmtagError `manifest-malformed` where a value is longer than a field can be, or the name no Unicode text
 */
export function encodeFields(about: DescriptorFields): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(fieldsBytesOf(about))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [tag, text] of fieldsOf(about)) {
    if (text.length > MAX_FIELD_BYTES) throw malformed(`field ${tag} takes ${text.length} bytes`)
    view.setUint16(at, tag)
    view.setUint16(at + 2, text.length)
    for (let i = 0; i < text.length; i++) bytes[at + FIELD_HEADER_BYTES + i] = text.charCodeAt(i)
    at += FIELD_HEADER_BYTES + text.length
  }
  return bytes
}

/**
 * Reads the fields.
 *
 * @param bytes - the descriptor from the end of its page roots on
 * @throws SwarmtagError `manifest-malformed`
 */
export function decodeFields(bytes: Uint8Array): DescriptorFields {
  const texts = textsIn(bytes)
  const signed = decodeSigned(texts)
  return {
    name: decodeName(texts.get(FIELD_NAME) ?? ''),
    type: requireMediaType(texts.get(FIELD_TYPE) ?? ''),
    ...(signed && { signed }),
  }
}

/** Puts a signature into a descriptor that was written with another in its place. */
export function placeSignature(descriptorBytes: Uint8Array, signature: Uint8Array): void {
  descriptorBytes.set(signature, descriptorBytes.length - SIGNATURE_BYTES)
}

/** A name travels percent-encoded, so that the format is ASCII throughout. */
const fieldsOf = ({ name, type, signed }: DescriptorFields): [tag: number, text: string][] => [
  [FIELD_NAME, encodeName(name)],
  [FIELD_TYPE, type],
  ...(signed ? signedFieldsOf(signed) : []),
]

function signedFieldsOf({ issuedAtS, expiresAtS, signature }: Signed): [number, string][] {
  const term = new DataView(new ArrayBuffer(TERM_BYTES))
  term.setBigUint64(0, BigInt(issuedAtS))
  term.setBigUint64(8, BigInt(expiresAtS))
  return [
    [FIELD_TERM, ascii(new Uint8Array(term.buffer))],
    [FIELD_SIGNATURE, ascii(signature)],
  ]
}

/** Term and signature go together, and nothing follows that the signature would not cover. */
function decodeSigned(texts: ReadonlyMap<number, string>): Signed | undefined {
  const term = texts.get(FIELD_TERM)
  const signature = texts.get(FIELD_SIGNATURE)
  if (term === undefined && signature === undefined) return undefined
  const isLast = [...texts.keys()].at(-1) === FIELD_SIGNATURE
  if (term?.length !== TERM_BYTES || signature?.length !== SIGNATURE_BYTES || !isLast)
    throw malformed('its signature is no whole one at its end')
  const view = new DataView(bytesOf(term).buffer)
  const [issuedAtS, expiresAtS] = [0, 8].map(at => Number(view.getBigUint64(at))) as [
    number,
    number,
  ]
  return { issuedAtS, expiresAtS, signature: bytesOf(signature) }
}

const bytesOf = (text: string) => Uint8Array.from(text, character => character.charCodeAt(0))

/** Values by tag, in their order. */
function textsIn(bytes: Uint8Array): Map<number, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const texts = new Map<number, string>()
  let at = 0
  while (at < bytes.length) {
    if (at + FIELD_HEADER_BYTES > bytes.length) throw malformed('a field is cut short')
    const tag = view.getUint16(at)
    const end = at + FIELD_HEADER_BYTES + view.getUint16(at + 2)
    if (end > bytes.length) throw malformed('a field is cut short')
    if (tag & FIELD_IS_CRITICAL) throw malformed(`field ${tag} must be understood and is not`)
    if (texts.has(tag)) throw malformed(`field ${tag} appears twice`)
    texts.set(tag, ascii(bytes.subarray(at + FIELD_HEADER_BYTES, end)))
    at = end
  }
  return texts
}

/** Text of a field that this release knows; those of later releases may hold any bytes. */
const ascii = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => String.fromCharCode(byte)).join('')

function encodeName(name: string): string {
  try {
    return encodeURIComponent(name)
  } catch (cause) {
    throw malformed('the name is no Unicode text', { cause })
  }
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw malformed('the name is no percent-encoded text', { cause })
  }
}

/** For files that are no media: browsers save such a file instead of showing it. */
export const OTHER_TYPE = 'application/octet-stream'

/**
 * A video is served with the type that its manifest names, so none may be script or markup: what ends
 * with `+xml` is markup, whatever comes before.
 */
const MEDIA_TYPE = /^((video|audio)\/[\w.-]+|application\/(mp4|ogg|x-matroska|octet-stream))$/

/**
 * Refuses a type that no video may be served with.
 *
 * @throws SwarmtagError `manifest-malformed`
 */
export function requireMediaType(text: string): string {
  if (!MEDIA_TYPE.test(text)) throw malformed('the type is no media type')
  return text
}

/** Names what is wrong with a manifest, in any of its parts. */
export const malformed = (why: string, options?: ErrorOptions) =>
  new SwarmtagError('manifest-malformed', `this is no manifest: ${why}`, options)
