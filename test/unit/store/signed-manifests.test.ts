import 'fake-indexeddb/auto'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { publicKeyOf, Signer } from '../../../src/cli/signing.js'
import { ChunkStore } from '../../../src/store/chunk-store.js'
import { buildManifest } from '../../../src/store/manifest.js'
import { Manifests } from '../../../src/store/manifests.js'
import { importPublicKey } from '../../../src/store/signatures.js'
import { chunksOf } from './resources.js'

const VIDEO = 'https://site.example/movie.mp4'
const DAY_MS = 86_400_000
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const ed25519 = generateKeyPairSync('ed25519').privateKey
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A manifest of a film; `seed` makes another film. */
async function manifestBy(key?: KeyObject, { days = 30, seed = 3, nowS = 0 } = {}) {
  const about = { name: 'movie.mp4', type: 'video/mp4', sizeBytes: 100_000 }
  const signer = key && new Signer(key, days)
  const signed = signer && { signed: signer.signed(Math.floor(nowS || Date.now() / 1_000)) }
  const { id, bytes } = await buildManifest({ ...about, ...signed }, chunksOf(100_000, seed))
  signer?.sign(bytes)
  return { id, bytes }
}

/** Manifests of one browser, from an origin whose file can be exchanged; each call is another visit. */
function browser() {
  const name = `test ${crypto.randomUUID()}`
  const origin = { file: new Uint8Array() as Uint8Array<ArrayBuffer> }
  const visit = (key?: string) =>
    new Manifests(new ChunkStore({ name }), {
      key,
      fetch: async () => new Response(origin.file, { status: 200 }),
    })
  return { origin, visit }
}

/** Finds the manifest and confirms the video public. */
async function keep(manifests: Manifests) {
  const found = await manifests.find(VIDEO)
  await manifests.confirmPublic(VIDEO)
  return found
}

test.each([
  ['P-256', p256],
  ['Ed25519', ed25519],
])('a manifest that the key of the page signed is accepted: %s', async (_name, key) => {
  const { origin, visit } = browser()
  const { id, bytes } = await manifestBy(key)
  origin.file = bytes
  expect((await keep(visit(publicKeyOf(key))))?.id).toBe(id)
  const recalled = await visit(publicKeyOf(key)).recall(VIDEO)
  expect(recalled).toMatchObject({ id })
})

test('a key is read bare, as SubjectPublicKeyInfo and in either alphabet', async () => {
  for (const { privateKey } of [
    generateKeyPairSync('ed25519'),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ]) {
    const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
    const bare = publicKeyOf(privateKey)
    for (const text of [bare, spki.toString('base64'), spki.toString('base64url'), ` ${bare}\n`])
      expect((await importPublicKey(text)).type).toBe('public')
  }
})

test('without a key in the page, signed manifests are as good as others', async () => {
  const { origin, visit } = browser()
  const { id, bytes } = await manifestBy(p256)
  origin.file = bytes
  expect((await visit().find(VIDEO))?.id).toBe(id)
})

const refusals: readonly (readonly [string, () => Promise<Uint8Array<ArrayBuffer>>, string])[] = [
  ['is not signed', async () => (await manifestBy()).bytes, 'not signed'],
  ['another key signed', async () => (await manifestBy(other)).bytes, 'another key'],
  ['a key of another kind signed', async () => (await manifestBy(ed25519)).bytes, 'another key'],
  [
    'was changed after it was signed',
    async () => {
      const { bytes } = await manifestBy(p256)
      const at = Buffer.from(bytes).indexOf('movie')
      bytes[at] = 'M'.charCodeAt(0)
      return bytes
    },
    'it was changed',
  ],
  [
    "has another film's signature",
    async () => {
      const { bytes } = await manifestBy(p256)
      const { bytes: unlike } = await manifestBy(p256, { seed: 4 })
      const end = new DataView(bytes.buffer).getUint32(12)
      bytes.set(unlike.subarray(end - 64, end), end - 64)
      return bytes
    },
    'it was changed',
  ],
  [
    'has expired',
    async () => (await manifestBy(p256, { days: 1, nowS: Date.now() / 1_000 - 90_000 })).bytes,
    'expired',
  ],
]

test.each(refusals)(
  'a manifest that %s is refused, and not asked for at once again',
  async (_what, make, why) => {
    const { origin, visit } = browser()
    origin.file = await make()
    const manifests = visit(publicKeyOf(p256))
    await expect(manifests.find(VIDEO)).rejects.toMatchObject({
      code: 'manifest-untrusted',
      detail: expect.stringContaining(why),
    })
    expect(await manifests.recall(VIDEO)).toBe('absent')
  },
)

test.each(refusals.slice(0, 4))(
  'a page takes none from its worker either that %s',
  async (_what, make) => {
    const { visit } = browser()
    await expect(visit(publicKeyOf(p256)).adopt(VIDEO, await make())).rejects.toMatchObject({
      code: 'manifest-untrusted',
    })
  },
)

test('what was kept before the page named a key is not accepted then', async () => {
  const { origin, visit } = browser()
  origin.file = (await manifestBy()).bytes
  await keep(visit())
  expect(await visit(publicKeyOf(p256)).recall(VIDEO)).toBe('unknown')
})

test('a browser that knows a newer one refuses an older one until that expires', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const { origin, visit } = browser()
  const key = publicKeyOf(p256)
  const older = await manifestBy(p256, { seed: 4, days: 300 })
  vi.setSystemTime(Date.now() + DAY_MS)
  const newer = await manifestBy(p256, { days: 30 })
  origin.file = newer.bytes
  await keep(visit(key))
  origin.file = older.bytes
  for (let time = 0; time < 2; time++)
    await expect(visit(key).find(VIDEO)).rejects.toMatchObject({
      code: 'manifest-untrusted',
      detail: expect.stringContaining('newer'),
    })
  vi.setSystemTime(Date.now() + 31 * DAY_MS)
  expect((await visit(key).find(VIDEO))?.id).toBe(older.id)
})

test('a new key of the site is not bound by what the old one signed', async () => {
  const { origin, visit } = browser()
  origin.file = (await manifestBy(p256, { nowS: Date.now() / 1_000 + 1_000 })).bytes
  await keep(visit(publicKeyOf(p256)))
  const { id, bytes } = await manifestBy(other)
  origin.file = bytes
  expect((await visit(publicKeyOf(other)).find(VIDEO))?.id).toBe(id)
})

test.each(['', 'no key', 'AAAA', Buffer.alloc(65).toString('base64')])(
  'with an invalid key every manifest is rejected: %j',
  async key => {
    const { origin, visit } = browser()
    origin.file = (await manifestBy(p256)).bytes
    await expect(visit(key).find(VIDEO)).rejects.toMatchObject({ code: 'option-invalid' })
  },
)

test('a browser without Ed25519 rejects every manifest, and says so', async () => {
  const { origin, visit } = browser()
  origin.file = (await manifestBy(ed25519)).bytes
  const lacking = vi
    .spyOn(crypto.subtle, 'importKey')
    .mockRejectedValue(new DOMException('Unrecognized name.', 'NotSupportedError'))
  await expect(visit(publicKeyOf(ed25519)).find(VIDEO)).rejects.toMatchObject({
    code: 'unsupported',
  })
  lacking.mockRestore()
})
