/**
 * The manifest (the zero chunk): what a resource is and the digests of its chunks, as bytes.
 * The layout is in docs/protocol.md; hashing is done by `store/verify`, from the preimages made here.
 */

import { type ByteSpan, CHUNK_BYTES, type ChunkIndex, DIGEST_BYTES, PAGE_CHUNKS } from '../units.js'
import { CHUNK_ROOM_BYTES, copyOfChunk } from './chunk-bytes.js'
import {
  type DescriptorFields,
  decodeFields,
  encodeFields,
  fieldsBytesOf,
  malformed,
  requireMediaType,
  SIGNATURE_FIELD_BYTES,
} from './descriptor-fields.js'

/** Raised with any change that an older reader would misread. */
export const MANIFEST_VERSION = 1

/** A manifest's descriptor may be no larger: 1 MiB of page roots name 2 TiB of video. */
export const MAX_DESCRIPTOR_BYTES = 1_048_576

/** What a manifest says ahead of its digest pages. */
export interface Descriptor extends DescriptorFields {
  /** Size of the resource. */
  readonly sizeBytes: number
  /** SHA-256 of each digest page. */
  readonly pageRoots: readonly Uint8Array[]
  /** SHA-256 over size and page roots: the resource's identity and the swarm's name. */
  readonly root: Uint8Array
}

/* Offsets of the fixed part, big-endian. */
const MAGIC = [0x53, 0x57, 0x41, 0x52, 0x4d, 0x54, 0x41, 0x47] // SWARMTAG
/* Behind the magic. Not its length, which is no constant to what makes files small, nor is then any offset below. */
const VERSION_AT = 8
const RESERVED_AT = VERSION_AT + 2
const DESCRIPTOR_BYTES_AT = RESERVED_AT + 2
const SIZE_AT = DESCRIPTOR_BYTES_AT + 4
const CHUNK_BYTES_AT = SIZE_AT + 8
const PAGE_CHUNKS_AT = CHUNK_BYTES_AT + 4
const ROOT_AT = PAGE_CHUNKS_AT + 4
const PAGE_COUNT_AT = ROOT_AT + DIGEST_BYTES
const PAGE_ROOTS_AT = PAGE_COUNT_AT + 4

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
export const descriptorBytesOf = (descriptor: Descriptor): number =>
  PAGE_ROOTS_AT + descriptor.pageRoots.length * DIGEST_BYTES + fieldsBytesOf(descriptor)

/** Digests in one page: 1,024, or fewer in the last. */
export const digestsInPage = (sizeBytes: number, page: number): number =>
  Math.min(PAGE_CHUNKS, Math.ceil(sizeBytes / CHUNK_BYTES) - page * PAGE_CHUNKS)

/** The span of a digest page in the manifest. */
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
  requireMediaType(descriptor.type)
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
  bytes.set(encodeFields(descriptor), PAGE_ROOTS_AT + descriptor.pageRoots.length * DIGEST_BYTES)
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
  const pageRoots = Array.from({ length: pageCount }, (_, page) =>
    bytes.slice(PAGE_ROOTS_AT + page * DIGEST_BYTES, PAGE_ROOTS_AT + (page + 1) * DIGEST_BYTES),
  )
  return {
    descriptor: {
      sizeBytes,
      ...fields,
      pageRoots,
      root: bytes.slice(ROOT_AT, ROOT_AT + DIGEST_BYTES),
    },
    descriptorBytes,
  }
}

/** What is hashed to a chunk's digest: 0 ‖ index ‖ bytes. */
export const chunkPreimage = (index: ChunkIndex, bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  chunkPreimageInPlace(index, copyOfChunk(bytes))

/** The same, made where the bytes are if there is room ahead of them, which is written over; a copy otherwise. */
export function chunkPreimageInPlace(
  index: ChunkIndex,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const from = bytes.byteOffset - CHUNK_ROOM_BYTES
  if (from < 0) return chunkPreimage(index, bytes)
  const view = new DataView(bytes.buffer, from)
  view.setUint8(0, LEAF)
  view.setUint32(1, index)
  return new Uint8Array(bytes.buffer, from, CHUNK_ROOM_BYTES + bytes.length)
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
  const end = descriptorBytes.length - SIGNATURE_FIELD_BYTES
  return preimage(SIGNED, [], descriptorBytes.subarray(0, end))
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
