import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decodeDescriptor, signaturePreimage } from '../../../src/core/format/manifest.js'
import { CHUNK_BYTES, chunk } from '../../../src/core/units.js'
import { digestChunk } from '../../../src/store/digests.js'
import { toHex } from '../../../src/store/hex.js'
import { buildManifest, Manifest } from '../../../src/store/manifest.js'
import { importPublicKey, isSignedBy } from '../../../src/store/signatures.js'
import { verify } from '../../../src/store/verify.js'

interface Vectors {
  rule: { multiply: number; add: number; modulo: number }
  resources: {
    name: string
    type: string
    sizeBytes: number
    chunkDigests: Record<string, string>
    pageRoots: Record<string, string>
    root: string
    descriptor: string
  }[]
  signed: { publicKey: string; issuedAtS: number; expiresAtS: number; descriptor: string }
}

const { rule, resources, signed }: Vectors = JSON.parse(
  readFileSync(new URL('../../vectors/manifest.json', import.meta.url), 'utf8'),
)

function chunkBytes(sizeBytes: number, index: number): Uint8Array<ArrayBuffer> {
  const from = index * CHUNK_BYTES
  return new Uint8Array(Math.min(CHUNK_BYTES, sizeBytes - from)).map(
    (_, at) => ((from + at) * rule.multiply + rule.add) % rule.modulo,
  )
}

async function* chunksOf(sizeBytes: number) {
  for (let index = 0; index * CHUNK_BYTES < sizeBytes; index++) yield chunkBytes(sizeBytes, index)
}

test('there are vectors around every boundary of chunk and page', () => {
  expect(resources.map(each => each.sizeBytes)).toEqual([
    1,
    65_535,
    65_536,
    65_537,
    200_000,
    3,
    1_025 * 65_536 + 1,
  ])
})

test.each(resources)('a manifest of $sizeBytes bytes is built as its vector says', async vector => {
  const { id, bytes } = await buildManifest(vector, chunksOf(vector.sizeBytes))
  const descriptorBytes = vector.descriptor.length / 2
  expect(toHex(bytes.subarray(0, descriptorBytes))).toBe(vector.descriptor)
  expect(id).toBe(vector.root)
  for (const [index, digest] of Object.entries(vector.chunkDigests)) {
    const at = descriptorBytes + Number(index) * 32
    expect(toHex(bytes.subarray(at, at + 32)), `chunk ${index}`).toBe(digest)
  }
  expect(bytes).toHaveLength(descriptorBytes + Math.ceil(vector.sizeBytes / 65_536) * 32)
})

test.each(resources)('the descriptor of $sizeBytes bytes reads as its vector says', vector => {
  const bytes = Uint8Array.from(Buffer.from(vector.descriptor, 'hex'))
  const { descriptor, descriptorBytes } = decodeDescriptor(bytes)
  expect(descriptorBytes).toBe(bytes.length)
  expect(descriptor?.name).toBe(vector.name)
  expect(descriptor?.type).toBe(vector.type)
  expect(descriptor?.sizeBytes).toBe(vector.sizeBytes)
  expect(toHex(descriptor?.root ?? new Uint8Array())).toBe(vector.root)
  expect(descriptor?.pageRoots.map(toHex)).toEqual(Object.values(vector.pageRoots))
})

test.each(resources)('the chunks of $sizeBytes bytes have the digests listed', async vector => {
  const digests = Object.entries(vector.chunkDigests)
  expect(digests.length).toBeGreaterThan(0)
  for (const [index, digest] of digests) {
    const bytes = chunkBytes(vector.sizeBytes, Number(index))
    expect(toHex(await digestChunk(chunk(Number(index)), bytes)), `chunk ${index}`).toBe(digest)
  }
})

test('a manifest put together from a vector alone verifies its chunks', async () => {
  for (const vector of resources.filter(each => each.sizeBytes <= 200_000)) {
    const page = Buffer.from(Object.values(vector.chunkDigests).join(''), 'hex')
    const descriptor = Uint8Array.from(Buffer.from(vector.descriptor, 'hex'))
    const manifest = await Manifest.open(descriptor, async function* () {
      yield Uint8Array.from(page)
    })
    for (let index = 0; index < manifest.map.chunkCount; index++)
      await verify(manifest, chunk(index), chunkBytes(vector.sizeBytes, index))
  }
})

test('a signed descriptor reads as its vector says, and any changed bit of it is noticed', async () => {
  const bytes = Uint8Array.from(Buffer.from(signed.descriptor, 'hex'))
  const { issuedAtS, expiresAtS } = signed
  expect(decodeDescriptor(bytes).descriptor?.signed).toMatchObject({ issuedAtS, expiresAtS })
  const key = await importPublicKey(signed.publicKey)
  const isTrue = async (some: Uint8Array<ArrayBuffer>) =>
    isSignedBy(key, some.slice(-64), signaturePreimage(some))
  expect(await isTrue(bytes)).toBe(true)
  const headerOfSignature = bytes.length - 68
  for (let at = 0; at < bytes.length; at++) {
    if (at >= headerOfSignature && at < headerOfSignature + 4) continue
    const changed = bytes.slice()
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(await isTrue(changed), `byte ${at}`).toBe(false)
  }
})
