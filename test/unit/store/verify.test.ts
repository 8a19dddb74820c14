import { expect, test } from 'vitest'
import { chunk } from '../../../src/core/units.js'
import { digestChunk, requireDigest, sameDigest } from '../../../src/store/digests.js'
import { Manifest } from '../../../src/store/manifest.js'
import { verify } from '../../../src/store/verify.js'
import { publish } from './resources.js'

const { manifest, bytesOf, bytes: manifestBytes } = await publish(200_000)
const LAST = 3

const corrupt = { name: 'SwarmtagError', code: 'chunk-corrupt' }

test.each([0, 1, 2, LAST])('accepts the bytes of chunk %i and holds them, not a copy', async at => {
  const bytes = bytesOf(at)
  const verified = await verify(manifest, chunk(at), bytes)
  expect(verified.index).toBe(at)
  expect(verified.bytes).toBe(bytes)
})

test.each([
  ['first', 0],
  ['middle', 32_768],
  ['last', 65_535],
])('refuses a flipped bit in the %s byte', async (_where, at) => {
  for (const bit of [0x01, 0x80]) {
    const bytes = bytesOf(1)
    bytes[at] = (bytes[at] ?? 0) ^ bit
    await expect(verify(manifest, chunk(1), bytes)).rejects.toMatchObject(corrupt)
  }
})

test('refuses the bytes of another chunk', async () => {
  await expect(verify(manifest, chunk(0), bytesOf(1))).rejects.toMatchObject(corrupt)
})

test('equal bytes at two places have two digests', async () => {
  const [first, second] = await Promise.all(
    [0, 1].map(index => digestChunk(chunk(index), bytesOf(0))),
  )
  expect(first).not.toEqual(second)
})

test('refuses the same place of another resource', async () => {
  const other = await publish(200_000, 4)
  await expect(verify(manifest, chunk(0), other.bytesOf(0))).rejects.toMatchObject(corrupt)
})

test.each([
  ['nothing', 0, 0],
  ['a chunk that lacks its last byte', 0, 65_535],
  ['a last chunk that lacks its last byte', LAST, 200_000 - LAST * 65_536 - 1],
])('refuses %s', async (_what, at, length) => {
  const bytes = bytesOf(at).slice(0, length)
  await expect(verify(manifest, chunk(at), bytes)).rejects.toMatchObject(corrupt)
})

test('refuses a chunk with bytes after its end', async () => {
  const bytes = new Uint8Array(65_536)
  bytes.set(bytesOf(LAST))
  await expect(verify(manifest, chunk(LAST), bytes)).rejects.toMatchObject(corrupt)
})

test.each([-1, LAST + 1, 2 ** 32, 0.5, Number.NaN])('refuses an index outside: %d', async index => {
  for (const bytes of [bytesOf(0), new Uint8Array(0)])
    await expect(verify(manifest, chunk(index), bytes)).rejects.toMatchObject(corrupt)
})

test('fails as its digest page does where that cannot be had', async () => {
  const pageless = await Manifest.open(manifestBytes, async function* () {})
  await expect(verify(pageless, chunk(0), bytesOf(0))).rejects.toMatchObject({
    code: 'manifest-unavailable',
  })
})

test('digests of different lengths differ', () => {
  const digest = new Uint8Array(32).fill(7)
  expect(sameDigest(digest, digest.slice())).toBe(true)
  expect(sameDigest(digest, digest.slice(0, 31))).toBe(false)
  expect(sameDigest(digest.slice(0, 31), digest)).toBe(false)
  expect(sameDigest(new Uint8Array(0), digest)).toBe(false)
})

test('a digest that is not the expected one is refused with the code that the caller names', () => {
  const digest = new Uint8Array(32)
  expect(() => requireDigest(digest, digest.slice(), 'chunk-corrupt', 'it')).not.toThrow()
  expect(() => requireDigest(digest, new Uint8Array(32).fill(1), 'origin-changed', 'it')).toThrow(
    expect.objectContaining({ code: 'origin-changed' }),
  )
})
