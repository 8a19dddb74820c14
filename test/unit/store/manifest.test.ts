import { expect, test } from 'vitest'
import { decodeDescriptor } from '../../../src/core/format/manifest.js'
import { type ByteSpan, chunk } from '../../../src/core/units.js'
import { sameDigest } from '../../../src/store/digests.js'
import { toHex } from '../../../src/store/hex.js'
import { buildManifest, Manifest, type PageCandidates } from '../../../src/store/manifest.js'
import { chunkBytes, chunksOf, inventedDigest, publish, publishInvented } from './resources.js'

const { bytes, manifest: published } = await publish(200_000)
const truePage = (span: ByteSpan) => bytes.slice(span.from, span.to)
const falsePage = (span: ByteSpan) => new Uint8Array(span.to - span.from)

/** A manifest and how often its pages were asked for. */
async function opened(pageCandidates: PageCandidates) {
  const asked: number[] = []
  const manifest = await Manifest.open(bytes, (page, span) => {
    asked.push(page)
    return pageCandidates(page, span)
  })
  return { manifest, asked }
}

test('a good page gives the digests of its chunks and is asked for once', async () => {
  const { manifest, asked } = await opened(async function* (_page, span) {
    yield truePage(span)
  })
  const digests = await Promise.all([0, 1, 2, 3, 0].map(at => manifest.digestOf(chunk(at))))
  expect(digests.map(toHex)).toEqual(
    await Promise.all([0, 1, 2, 3, 0].map(async at => toHex(await published.digestOf(chunk(at))))),
  )
  expect(new Set(digests.map(toHex)).size).toBe(4)
  expect(asked).toEqual([0])
})

test('after a false page the next candidate is taken', async () => {
  let isSecondAsked = false
  const { manifest } = await opened(async function* (_page, span) {
    yield falsePage(span)
    yield truePage(span)
    isSecondAsked = true
  })
  expect(await manifest.digestOf(chunk(1))).toEqual(await published.digestOf(chunk(1)))
  expect(isSecondAsked).toBe(false)
})

test.each<[string, (span: ByteSpan) => Uint8Array<ArrayBuffer>]>([
  ['of zeros', falsePage],
  ['that lacks a digest', span => truePage(span).slice(0, -32)],
  ['that lacks a byte', span => truePage(span).slice(0, -1)],
  ['with a digest too many', span => new Uint8Array([...truePage(span), ...new Uint8Array(32)])],
  ['without any digest', () => new Uint8Array(0)],
  ['with one bit changed', span => truePage(span).map((byte, at) => (at === 40 ? byte ^ 1 : byte))],
])('a page %s alone is a mismatch', async (_what, page) => {
  const { manifest } = await opened(async function* (_page, span) {
    yield page(span)
  })
  await expect(manifest.digestOf(chunk(0))).rejects.toMatchObject({
    name: 'SwarmtagError',
    code: 'manifest-mismatch',
  })
})

test('a page that nobody has is unavailable', async () => {
  const { manifest } = await opened(async function* () {})
  await expect(manifest.digestOf(chunk(0))).rejects.toMatchObject({ code: 'manifest-unavailable' })
})

test('a page that failed is asked for again with the next chunk', async () => {
  let tries = 0
  const { manifest, asked } = await opened(async function* (_page, span) {
    if (tries++ === 0) yield falsePage(span)
    else yield truePage(span)
  })
  await expect(manifest.digestOf(chunk(0))).rejects.toMatchObject({ code: 'manifest-mismatch' })
  expect(await manifest.digestOf(chunk(0))).toEqual(await published.digestOf(chunk(0)))
  expect(asked).toEqual([0, 0])
})

test('a failure of the candidates themselves reaches whoever asked', async () => {
  const cause = new Error('no network')
  // biome-ignore lint/correctness/useYield: this source fails before it has anything
  const { manifest } = await opened(async function* () {
    throw cause
  })
  await expect(manifest.digestOf(chunk(0))).rejects.toBe(cause)
})

test('each page is asked for at its place, when a chunk of it is needed', async () => {
  const long = await publishInvented(3)
  const asked: [number, ByteSpan][] = []
  const manifest = await Manifest.open(long.bytes, async function* (page, span) {
    asked.push([page, span])
    yield long.bytes.slice(span.from, span.to)
  })
  for (const index of [2_048, 1_023, 1_024, 2_047, 0].map(chunk))
    expect(toHex(await manifest.digestOf(index))).toBe(inventedDigest(index))
  const at = long.descriptorBytes
  expect(asked).toEqual([
    [2, { from: at + 65_536, to: at + 98_304 }],
    [0, { from: at, to: at + 32_768 }],
    [1, { from: at + 32_768, to: at + 65_536 }],
  ])
})

test('a page is bound to its place', async () => {
  const long = await publishInvented(2)
  const manifest = await Manifest.open(long.bytes, async function* (_page) {
    yield long.bytes.slice(long.descriptorBytes, long.descriptorBytes + 32_768)
  })
  await expect(manifest.digestOf(chunk(0))).resolves.toHaveLength(32)
  await expect(manifest.digestOf(chunk(1_024))).rejects.toMatchObject({ code: 'manifest-mismatch' })
})

test('an opened manifest names its resource by its root and keeps its descriptor alone', async () => {
  expect(published.id).toMatch(/^[0-9a-f]{64}$/)
  expect(published.map.chunkCount).toBe(4)
  expect(published.descriptor).toMatchObject({ name: 'movie.mp4', type: 'video/mp4' })
  const { descriptorBytes } = decodeDescriptor(bytes)
  expect(published.descriptorBytes).toEqual(bytes.slice(0, descriptorBytes))
})

test.each([
  ['size', 23],
  ['root', 32],
  ['page roots', 68],
])('a descriptor whose %s were changed is a mismatch', async (_what, at) => {
  const forged = bytes.slice()
  forged[at] = (forged[at] ?? 0) ^ 1
  await expect(Manifest.open(forged, async function* () {})).rejects.toMatchObject({
    code: 'manifest-mismatch',
  })
})

test('part of a descriptor is malformed', async () => {
  const { descriptorBytes } = decodeDescriptor(bytes)
  await expect(
    Manifest.open(bytes.slice(0, descriptorBytes - 1), async function* () {}),
  ).rejects.toMatchObject({ code: 'manifest-malformed' })
})

const about = (sizeBytes: number) => ({ name: 'movie.mp4', type: 'video/mp4', sizeBytes })

test('a built manifest is its descriptor followed by its digests', async () => {
  const { id, bytes } = await buildManifest(about(65_537), chunksOf(65_537))
  const { descriptorBytes } = decodeDescriptor(bytes)
  expect(bytes).toHaveLength(descriptorBytes + 2 * 32)
  const manifest = await Manifest.open(bytes, async function* (_page, { from, to }) {
    yield bytes.slice(from, to)
  })
  expect(manifest.id).toBe(id)
  expect(sameDigest(await manifest.digestOf(chunk(1)), bytes.slice(-32))).toBe(true)
})

test('name and type do not change which resource it is, the bytes do', async () => {
  const { id } = await buildManifest(about(70_000), chunksOf(70_000))
  const renamed = { name: 'other.webm', type: 'video/webm', sizeBytes: 70_000 }
  expect((await buildManifest(renamed, chunksOf(70_000))).id).toBe(id)
  expect((await buildManifest(about(70_000), chunksOf(70_000, 4))).id).not.toBe(id)
})

async function* given(...chunks: Uint8Array[]) {
  yield* chunks
}
const full = () => chunkBytes(65_536, 0)

test.each<[string, number, () => AsyncIterable<Uint8Array>]>([
  ['shrinks by a byte', 65_537, () => given(full())],
  ['shrinks to nothing', 65_537, () => given()],
  ['grows within its last chunk', 65_537, () => given(full(), new Uint8Array(2))],
  ['grows by a chunk after a full one', 65_536, () => given(full(), new Uint8Array(1))],
  ['grows by a chunk after a short one', 65_537, () => given(full(), full().slice(0, 1), full())],
  ['comes in chunks of another size', 131_072, () => given(new Uint8Array(131_072))],
  ['has a short chunk in its middle', 131_073, () => given(full().slice(1), full(), full())],
  [
    'has short chunks that add up',
    131_072,
    () => given(full().slice(1), full(), new Uint8Array(1)),
  ],
])('a file that %s while it is read gets no manifest', async (_what, sizeBytes, chunks) => {
  await expect(buildManifest(about(sizeBytes), chunks())).rejects.toMatchObject({
    name: 'SwarmtagError',
    code: 'file-unreadable',
  })
})

test('a file that cannot be read fails as it did', async () => {
  const cause = new Error('EIO')
  // biome-ignore lint/correctness/useYield: this file fails at its first byte
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    throw cause
  }
  await expect(buildManifest(about(1), broken())).rejects.toBe(cause)
})

test('an empty file gets no manifest', async () => {
  await expect(buildManifest(about(0), given())).rejects.toMatchObject({
    code: 'manifest-malformed',
  })
})

test('its file is read as far as it is verified here', async () => {
  const { manifest, asked } = await opened(async function* (_page, span) {
    yield truePage(span)
  })
  const descriptorBytes = manifest.descriptorBytes.length
  expect(manifest.fileBytes).toBe(bytes.length)
  const whole = { from: 0, to: 1_000_000 }
  expect(await manifest.read(whole)).toEqual(bytes.slice(0, descriptorBytes))
  expect(await manifest.read({ from: descriptorBytes, to: bytes.length })).toHaveLength(0)
  expect(asked).toEqual([])
  await manifest.digestOf(chunk(0))
  expect(await manifest.read(whole)).toEqual(bytes)
  for (const [from, to] of [
    [3, 9],
    [descriptorBytes - 5, descriptorBytes + 5],
    [descriptorBytes + 7, bytes.length],
    [bytes.length - 1, bytes.length + 1],
  ] as const)
    expect(await manifest.read({ from, to })).toEqual(bytes.slice(from, to))
  expect(await manifest.read({ from: bytes.length, to: bytes.length + 9 })).toHaveLength(0)
})

test('of a long file pages are read that are there, and others only where they may be fetched', async () => {
  const long = await publishInvented(3)
  const manifest = await Manifest.open(long.bytes, async function* (_page, { from, to }) {
    yield long.bytes.slice(from, to)
  })
  const second = { from: long.descriptorBytes + 32_768, to: long.descriptorBytes + 2 * 32_768 }
  expect(await manifest.read(second)).toHaveLength(0)
  await manifest.digestPage(0)
  expect(await manifest.read({ from: 100, to: second.to })).toEqual(
    long.bytes.slice(100, second.from),
  )
  expect(await manifest.read(second, true)).toEqual(long.bytes.slice(second.from, second.to))
  expect(await manifest.read({ from: 0, to: second.to })).toEqual(long.bytes.slice(0, second.to))
})

test('a page that there is not is not asked for', async () => {
  const { manifest } = await opened(async function* () {})
  await expect(manifest.digestPage(7)).rejects.toMatchObject({ code: 'manifest-unavailable' })
})
