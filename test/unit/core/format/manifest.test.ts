import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SwarmtagError } from '../../../../src/core/errors.js'
import { CHUNK_ROOM_BYTES, copyOfChunk } from '../../../../src/core/format/chunk-bytes.js'
import {
  chunkPreimage,
  chunkPreimageInPlace,
  decodeDescriptor,
  descriptorBytesOf,
  digestPageSpan,
  digestsInPage,
  encodeDescriptor,
  MAX_DESCRIPTOR_BYTES,
  pageCountOf,
  pageOf,
  pagePreimage,
  rootPreimage,
} from '../../../../src/core/format/manifest.js'
import { chunk } from '../../../../src/core/units.js'
import { holds } from '../../../fuzz/decoder.js'
import { manifest } from '../../../fuzz/manifest.js'
import { changed, descriptorOf, filled, latin, malformed, PAGE_ROOTS_AT } from './descriptors.js'

const PAGE_BYTES = 1_024 * 65_536
test.each([1, 2, 255, 256])('a descriptor of %i pages goes round trip', pageCount => {
  for (const sizeBytes of [
    (pageCount - 1) * PAGE_BYTES + 1,
    pageCount * PAGE_BYTES - 1,
    pageCount * PAGE_BYTES,
  ]) {
    const descriptor = descriptorOf({ sizeBytes })
    const bytes = encodeDescriptor(descriptor)
    expect(descriptor.pageRoots).toHaveLength(pageCount)
    expect(bytes).toHaveLength(descriptorBytesOf(descriptor))
    expect(decodeDescriptor(bytes)).toEqual({ descriptor, descriptorBytes: bytes.length })
  }
})

test('a descriptor of more than 65,536 bytes goes round trip', () => {
  const descriptor = descriptorOf({ sizeBytes: 2_100 * PAGE_BYTES })
  const bytes = encodeDescriptor(descriptor)
  expect(bytes.length).toBeGreaterThan(65_536)
  expect(decodeDescriptor(bytes).descriptor).toEqual(descriptor)
})

test('any name, size and root go round trip', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: 1, max: 4 * PAGE_BYTES }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (name, sizeBytes, root) => {
        const descriptor = descriptorOf({ name, sizeBytes, root: Uint8Array.from(root) })
        expect(decodeDescriptor(encodeDescriptor(descriptor)).descriptor).toEqual(descriptor)
      },
    ),
  )
})

test.each([
  ['a name that no length can tell', { name: 'n'.repeat(65_536) }],
  ['a name that is too long once encoded', { name: '電'.repeat(65_536 / 9 + 1) }],
  ['a name that is no Unicode text', { name: '\ud800' }],
  ['a type that is no media type', { type: 'video' }],
  ['a type with parameters', { type: 'video/mp4; codecs="avc1"' }],
  ['a type that is text', { type: 'text/html' }],
  ['a type that is script', { type: 'application/javascript' }],
  ['no type', { type: '' }],
  ['an empty resource', { sizeBytes: 0 }],
])('%s is refused before it is written', (_what, about) => {
  expect(() => encodeDescriptor(descriptorOf(about))).toThrow(malformed)
})

test('a manifest that no reader would take is not written', () => {
  const sizeBytes = Math.ceil(MAX_DESCRIPTOR_BYTES / 32) * PAGE_BYTES
  expect(() => encodeDescriptor(descriptorOf({ sizeBytes }))).toThrow(malformed)
})

test('the digest pages may follow the descriptor in the same bytes', () => {
  const descriptor = descriptorOf()
  const bytes = encodeDescriptor(descriptor)
  const longer = new Uint8Array(bytes.length + 4 * 32).fill(0xff)
  longer.set(bytes)
  expect(decodeDescriptor(longer)).toEqual({ descriptor, descriptorBytes: bytes.length })
})

test('a descriptor is read where it lies inside a larger buffer', () => {
  const bytes = encodeDescriptor(descriptorOf())
  const buffer = new Uint8Array(bytes.length + 13).fill(0xff)
  buffer.set(bytes, 13)
  expect(decodeDescriptor(buffer.subarray(13)).descriptor).toEqual(descriptorOf())
})

test('a decoded descriptor keeps its own bytes', () => {
  const bytes = encodeDescriptor(descriptorOf())
  const { descriptor } = decodeDescriptor(bytes)
  bytes.fill(0)
  expect(descriptor).toEqual(descriptorOf())
})

test('cut short within its fixed part, a descriptor is refused', () => {
  const bytes = encodeDescriptor(descriptorOf())
  for (let length = 0; length < PAGE_ROOTS_AT; length++)
    expect(() => decodeDescriptor(bytes.slice(0, length)), `${length}`).toThrow(malformed)
})

test('cut short after its fixed part, a descriptor tells how many bytes it takes', () => {
  const bytes = encodeDescriptor(descriptorOf({ sizeBytes: 2 * PAGE_BYTES }))
  for (let length = PAGE_ROOTS_AT; length < bytes.length; length++)
    expect(decodeDescriptor(bytes.slice(0, length)), `${length}`).toEqual({
      descriptorBytes: bytes.length,
    })
})

test('any one changed byte is refused, or leaves a descriptor that agrees with itself', () => {
  const bytes = encodeDescriptor(descriptorOf({ name: 'a%b', sizeBytes: PAGE_BYTES + 1 }))
  const outcomes = new Set<string>()
  for (let at = 0; at < bytes.length; at++)
    for (let value = 0; value < 256; value++)
      outcomes.add(outcomeOf(changed(bytes, at, value), `${value} at ${at}`))
  expect([...outcomes].sort()).toEqual(['decoded', 'refused', 'too short'])
})

function outcomeOf(bytes: Uint8Array, what: string): string {
  let decoded: ReturnType<typeof decodeDescriptor>
  try {
    decoded = decodeDescriptor(bytes)
  } catch (error) {
    if (!(error instanceof SwarmtagError) || error.code !== 'manifest-malformed')
      throw new Error(`${what} fails in another way`, { cause: error })
    return 'refused'
  }
  const { descriptor, descriptorBytes } = decoded
  expect(descriptor === undefined, what).toBe(descriptorBytes > bytes.length)
  if (!descriptor) return 'too short'
  if (descriptor.pageRoots.length !== pageCountOf(descriptor.sizeBytes)) throw new Error(what)
  const again = encodeDescriptor(descriptor)
  if (!isDeepStrictEqual(decodeDescriptor(again).descriptor, descriptor)) throw new Error(what)
  return 'decoded'
}

test('hostile bytes are refused, or read as what would be written again', () => {
  fc.assert(holds(manifest), { numRuns: 10_000 })
})

test.each([
  ['another magic', 0, [0x73]],
  ['a later version', 8, [0, 2]],
  ['version 0', 8, [0, 0]],
  ['reserved bytes in use', 10, [0, 1]],
  ['a descriptor that ends before its fields', 12, [0, 0, 0, PAGE_ROOTS_AT]],
  ['a descriptor above 1 MiB', 12, [0, 0x10, 0, 1]],
  ['a size of 0', 16, [0, 0, 0, 0, 0, 0, 0, 0]],
  ['a size that no number can tell', 16, [0, 0x20, 0, 0, 0, 0, 0, 0]],
  ['a size for other pages', 16, [0, 0, 0, 0, 4, 0, 0, 1]],
  ['another chunk size', 24, [0, 0, 0x80, 0]],
  ['another page size', 28, [0, 0, 8, 0]],
  ['no pages', 64, [0, 0, 0, 0]],
  ['more pages than the size has', 64, [0, 0, 0, 2]],
  ['as many pages as can be said', 64, [0xff, 0xff, 0xff, 0xff]],
])('%s is refused', (_what, at, values) => {
  expect(() => decodeDescriptor(changed(encodeDescriptor(descriptorOf()), at, ...values))).toThrow(
    malformed,
  )
})

test.each([
  { sizeBytes: 1, pages: 1, inLast: 1 },
  { sizeBytes: 65_536, pages: 1, inLast: 1 },
  { sizeBytes: 65_537, pages: 1, inLast: 2 },
  { sizeBytes: PAGE_BYTES - 1, pages: 1, inLast: 1_024 },
  { sizeBytes: PAGE_BYTES, pages: 1, inLast: 1_024 },
  { sizeBytes: PAGE_BYTES + 1, pages: 2, inLast: 1 },
  { sizeBytes: 64 * PAGE_BYTES, pages: 64, inLast: 1_024 },
])(
  'the digests of $sizeBytes bytes fill $pages pages, the last with $inLast',
  ({ sizeBytes, pages, inLast }) => {
    expect(pageCountOf(sizeBytes)).toBe(pages)
    expect(digestsInPage(sizeBytes, pages - 1)).toBe(inLast)
    const { from, to } = digestPageSpan(200, sizeBytes, pages - 1)
    expect(from).toBe(200 + (pages - 1) * 32_768)
    expect(to - from).toBe(inLast * 32)
  },
)

test.each([
  [0, 0],
  [1_023, 0],
  [1_024, 1],
  [2_047, 1],
  [65_535, 63],
  [65_536, 64],
])('the digest of chunk %i lies in page %i', (index, page) => {
  expect(pageOf(chunk(index))).toBe(page)
})

test('what is hashed starts with its kind and its place', () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  for (const made of [chunkPreimage, chunkPreimageInPlace])
    expect(hex(made(chunk(0x01020304), latin('hi')))).toBe('00010203046869')
  expect(hex(pagePreimage(0x0a0b, filled(0xdd)))).toBe(`0100000a0b${'dd'.repeat(32)}`)
  expect(hex(rootPreimage(2 ** 33 + 5, [filled(1), filled(2)]))).toBe(
    `02${'0000000200000005'}0001000000000400${'01'.repeat(32)}${'02'.repeat(32)}`,
  )
})

test('a chunk with room ahead of it is hashed where it is, and its bytes stay what they are', () => {
  const bytes = copyOfChunk(latin('hi'))
  const made = chunkPreimageInPlace(chunk(0x01020304), bytes)
  expect(made).toEqual(chunkPreimage(chunk(0x01020304), latin('hi')))
  expect(made.buffer).toBe(bytes.buffer)
  expect(bytes).toEqual(latin('hi'))
})

test('with too little room ahead of it a chunk is copied, and what is there stays', () => {
  const before = Uint8Array.from({ length: CHUNK_ROOM_BYTES + 1 }, (_, at) => at)
  const bytes = before.slice().subarray(CHUNK_ROOM_BYTES - 1)
  const made = chunkPreimageInPlace(chunk(7), bytes)
  expect(made).toEqual(chunkPreimage(chunk(7), bytes))
  expect(new Uint8Array(bytes.buffer)).toEqual(before)
})
