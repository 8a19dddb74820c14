/**
 * The manifest (the zero chunk): what a resource is and the digests of its chunks, as bytes.
 * The layout is in docs/protocol.md; hashing is done by `store/verify`, from the preimages made here.
 */

import { SwarmtagError } from './errors.js'
import { type ByteSpan, CHUNK_BYTES, type ChunkIndex, DIGEST_BYTES, PAGE_CHUNKS } from './units.js'

/** Raised with any change that an older reader would misread. */
export const MANIFEST_VERSION = 1

/** A manifest's descriptor may be no larger: 1 MiB of page roots name 2 TiB of video. */
export const MAX_DESCRIPTOR_BYTES = 1_048_576

/** What a manifest says ahead of its digest pages. */
export interface Descriptor {
  /** Size of the resource. */
  readonly sizeBytes: number
  /** File name, for people. */
  readonly name: string
  /** Media type, e.g. `video/mp4`. */
  readonly type: string
  /** SHA-256 of each digest page. */
  readonly pageRoots: readonly Uint8Array[]
  /** SHA-256 over size and page roots: the resource's identity and the swarm's name. */
  readonly root: Uint8Array
  /** The publisher's signature over all of this, where there is one. */
  readonly signed?: Signed
}

/** Times are whole seconds since 1970. */
export interface Signed {
  readonly issuedAtS: number
  /** From then on nobody is to believe it. */
  readonly expiresAtS: number
  /** 64 bytes of Ed25519, or of ECDSA with P-256 and SHA-256. */
  readonly signature: Uint8Array<ArrayBuffer>
}

/* Offsets of the fixed part, big-endian. */
const MAGIC = [0x53, 0x57, 0x41, 0x52, 0x4d, 0x54, 0x41, 0x47] // SWARMTAG
const VERSION_AT = MAGIC.length
const RESERVED_AT = VERSION_AT + 2
const DESCRIPTOR_BYTES_AT = RESERVED_AT + 2
const SIZE_AT = DESCRIPTOR_BYTES_AT + 4
const CHUNK_BYTES_AT = SIZE_AT + 8
const PAGE_CHUNKS_AT = CHUNK_BYTES_AT + 4
const ROOT_AT = PAGE_CHUNKS_AT + 4
const PAGE_COUNT_AT = ROOT_AT + DIGEST_BYTES
const PAGE_ROOTS_AT = PAGE_COUNT_AT + 4

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

const LEAF = 0
const PAGE = 1
const ROOT = 2
const SIGNED = 3

/** Digest pages of a resource. */
export const pageCountOf = (sizeBytes: number): number =>
  Math.ceil(sizeBytes / (CHUNK_BYTES * PAGE_CHUNKS))

/** The digest page that holds a chunk's digest. */
export const pageOf = (index: ChunkIndex): number => Math.floor(index / PAGE_CHUNKS)

/** Bytes of the descriptor's encoding, which is where the first digest page starts. */
export function descriptorBytesOf(descriptor: Descriptor): number {
  const fields = fieldsOf(descriptor).reduce(
    (sum, [, text]) => sum + FIELD_HEADER_BYTES + text.length,
    0,
  )
  return PAGE_ROOTS_AT + descriptor.pageRoots.length * DIGEST_BYTES + fields
}

/** Digests in one page: 1,024, or fewer in the last. */
export const digestsInPage = (sizeBytes: number, page: number): number =>
  Math.min(PAGE_CHUNKS, Math.ceil(sizeBytes / CHUNK_BYTES) - page * PAGE_CHUNKS)

/** Where a digest page lies in the manifest. */
export function digestPageSpan(descriptorBytes: number, sizeBytes: number, page: number): ByteSpan {
  const from = descriptorBytes + page * PAGE_CHUNKS * DIGEST_BYTES
  return { from, to: from + digestsInPage(sizeBytes, page) * DIGEST_BYTES }
}

/**
 * Writes a descriptor.
 *
 * @throws SwarmtagError `manifest-malformed` where no reader would take it: an empty resource, a name
 * or type that the format cannot hold, more pages than a descriptor has room for
 */
export function encodeDescriptor(descriptor: Descriptor): Uint8Array<ArrayBuffer> {
  decodeType(descriptor.type)
  if (descriptor.sizeBytes === 0) throw malformed('size 0')
  const descriptorBytes = descriptorBytesOf(descriptor)
  if (descriptorBytes > MAX_DESCRIPTOR_BYTES)
    throw malformed(`a descriptor of ${descriptorBytes} bytes`)
  const bytes = new Uint8Array(descriptorBytes)
  const view = new DataView(bytes.buffer)
  bytes.set(MAGIC)
  view.setUint16(VERSION_AT, MANIFEST_VERSION)
  view.setUint32(DESCRIPTOR_BYTES_AT, bytes.length)
  view.setBigUint64(SIZE_AT, BigInt(descriptor.sizeBytes))
  view.setUint32(CHUNK_BYTES_AT, CHUNK_BYTES)
  view.setUint32(PAGE_CHUNKS_AT, PAGE_CHUNKS)
  bytes.set(descriptor.root, ROOT_AT)
  view.setUint32(PAGE_COUNT_AT, descriptor.pageRoots.length)
  descriptor.pageRoots.forEach((root, page) => {
    bytes.set(root, PAGE_ROOTS_AT + page * DIGEST_BYTES)
  })
  let at = PAGE_ROOTS_AT + descriptor.pageRoots.length * DIGEST_BYTES
  for (const [tag, text] of fieldsOf(descriptor)) {
    if (text.length > MAX_FIELD_BYTES) throw malformed(`field ${tag} takes ${text.length} bytes`)
    view.setUint16(at, tag)
    view.setUint16(at + 2, text.length)
    for (let i = 0; i < text.length; i++) bytes[at + FIELD_HEADER_BYTES + i] = text.charCodeAt(i)
    at += FIELD_HEADER_BYTES + text.length
  }
  return bytes
}

/**
 * Reads the descriptor at the start of a manifest. That its root fits its page roots is not checked
 * here but by `store/verify`, as it takes hashing.
 *
 * @param bytes - the manifest, or as much of its start as was fetched
 * @returns the descriptor and where the digest pages start; or, where `bytes` end before the
 * descriptor does, how many bytes it takes
 * @throws SwarmtagError `manifest-malformed`
 */
export function decodeDescriptor(
  bytes: Uint8Array,
):
  | { descriptor: Descriptor; descriptorBytes: number }
  | { descriptor?: undefined; descriptorBytes: number } {
  if (bytes.length < PAGE_ROOTS_AT) throw malformed(`${bytes.length} bytes are too few`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (MAGIC.some((byte, at) => bytes[at] !== byte))
    throw malformed('it does not start with SWARMTAG')
  const version = view.getUint16(VERSION_AT)
  if (version !== MANIFEST_VERSION) throw malformed(`version ${version}, not ${MANIFEST_VERSION}`)
  if (view.getUint16(RESERVED_AT) !== 0) throw malformed('reserved bytes are not zero')
  if (view.getUint32(CHUNK_BYTES_AT) !== CHUNK_BYTES) throw malformed('another chunk size')
  if (view.getUint32(PAGE_CHUNKS_AT) !== PAGE_CHUNKS) throw malformed('another page size')
  const size = view.getBigUint64(SIZE_AT)
  if (size === 0n || size > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`size ${size}`)
  const sizeBytes = Number(size)
  const pageCount = view.getUint32(PAGE_COUNT_AT)
  if (pageCount !== pageCountOf(sizeBytes)) throw malformed(`${pageCount} pages for ${size} bytes`)
  const descriptorBytes = view.getUint32(DESCRIPTOR_BYTES_AT)
  const fieldsAt = PAGE_ROOTS_AT + pageCount * DIGEST_BYTES
  if (descriptorBytes < fieldsAt || descriptorBytes > MAX_DESCRIPTOR_BYTES)
    throw malformed(`a descriptor of ${descriptorBytes} bytes`)
  if (bytes.length < descriptorBytes) return { descriptorBytes }
  const fields = decodeFields(bytes.subarray(fieldsAt, descriptorBytes))
  const signed = decodeSigned(fields)
  const pageRoots = Array.from({ length: pageCount }, (_, page) =>
    bytes.slice(PAGE_ROOTS_AT + page * DIGEST_BYTES, PAGE_ROOTS_AT + (page + 1) * DIGEST_BYTES),
  )
  return {
    descriptor: {
      sizeBytes,
      name: decodeName(fields.get(FIELD_NAME) ?? ''),
      type: decodeType(fields.get(FIELD_TYPE) ?? ''),
      pageRoots,
      root: bytes.slice(ROOT_AT, ROOT_AT + DIGEST_BYTES),
      ...(signed && { signed }),
    },
    descriptorBytes,
  }
}

/** What is hashed to a chunk's digest: 0 ‖ index ‖ bytes. */
export function chunkPreimage(index: ChunkIndex, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return preimage(LEAF, [index], bytes)
}

/** What is hashed to a page's root: 1 ‖ page ‖ digests. */
export function pagePreimage(page: number, digests: Uint8Array): Uint8Array<ArrayBuffer> {
  return preimage(PAGE, [page], digests)
}

/** What is hashed to the root: 2 ‖ size ‖ chunk bytes ‖ page chunks ‖ page roots. */
export function rootPreimage(
  sizeBytes: number,
  pageRoots: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pageRoots.length * DIGEST_BYTES)
  pageRoots.forEach((root, page) => {
    joined.set(root, page * DIGEST_BYTES)
  })
  const sizeHigh = Math.floor(sizeBytes / 2 ** 32)
  return preimage(ROOT, [sizeHigh, sizeBytes % 2 ** 32, CHUNK_BYTES, PAGE_CHUNKS], joined)
}

/** What is signed: 3 ‖ the descriptor up to the field of its signature, which is its last. */
export function signaturePreimage(descriptorBytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const end = descriptorBytes.length - SIGNATURE_BYTES - FIELD_HEADER_BYTES
  return preimage(SIGNED, [], descriptorBytes.subarray(0, end))
}

/** Puts a signature into a descriptor that was written with another in its place. */
export function placeSignature(descriptorBytes: Uint8Array, signature: Uint8Array): void {
  descriptorBytes.set(signature, descriptorBytes.length - SIGNATURE_BYTES)
}

/** Each kind of preimage starts with another byte, so that none can pass for one of another kind. */
function preimage(kind: number, numbers: number[], bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(1 + numbers.length * 4 + bytes.length)
  const view = new DataView(joined.buffer)
  joined[0] = kind
  numbers.forEach((value, at) => {
    view.setUint32(1 + at * 4, value)
  })
  joined.set(bytes, 1 + numbers.length * 4)
  return joined
}

/** A name travels percent-encoded, so that the format is ASCII throughout. */
const fieldsOf = (descriptor: Descriptor): [tag: number, text: string][] => [
  [FIELD_NAME, encodeName(descriptor.name)],
  [FIELD_TYPE, descriptor.type],
  ...(descriptor.signed ? signedFieldsOf(descriptor.signed) : []),
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
function decodeSigned(fields: ReadonlyMap<number, string>): Signed | undefined {
  const term = fields.get(FIELD_TERM)
  const signature = fields.get(FIELD_SIGNATURE)
  if (term === undefined && signature === undefined) return undefined
  const isLast = [...fields.keys()].at(-1) === FIELD_SIGNATURE
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

function decodeFields(bytes: Uint8Array): Map<number, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields = new Map<number, string>()
  let at = 0
  while (at < bytes.length) {
    if (at + FIELD_HEADER_BYTES > bytes.length) throw malformed('a field is cut short')
    const tag = view.getUint16(at)
    const end = at + FIELD_HEADER_BYTES + view.getUint16(at + 2)
    if (end > bytes.length) throw malformed('a field is cut short')
    if (tag & FIELD_IS_CRITICAL) throw malformed(`field ${tag} must be understood and is not`)
    if (fields.has(tag)) throw malformed(`field ${tag} appears twice`)
    fields.set(tag, ascii(bytes.subarray(at + FIELD_HEADER_BYTES, end)))
    at = end
  }
  return fields
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

/**
 * A video is served with the type that its manifest names, so none may be script or markup: what ends
 * with `+xml` is markup, whatever comes before.
 */
const MEDIA_TYPE = /^((video|audio)\/[\w.-]+|application\/(mp4|ogg|x-matroska))$/

function decodeType(text: string): string {
  if (!MEDIA_TYPE.test(text)) throw malformed('the type is no media type')
  return text
}

const malformed = (why: string, options?: ErrorOptions) =>
  new SwarmtagError('manifest-malformed', `this is no manifest: ${why}`, options)
