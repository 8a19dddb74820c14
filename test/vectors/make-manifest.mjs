/**
 * Makes manifest.json: resources small enough to be made by a rule, and what their manifests must hold.
 * Written from docs/protocol.md with node:crypto alone, so that it shares no fault with `src`.
 *
 *   node test/vectors/make-manifest.mjs > test/vectors/manifest.json
 */

import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'

const CHUNK = 65_536
const PAGE = 1_024

const u16 = number => Buffer.from([number >> 8, number & 255])
const u32 = number => Buffer.concat([u16(Math.floor(number / 65_536)), u16(number % 65_536)])
const u64 = number => Buffer.concat([u32(Math.floor(number / 2 ** 32)), u32(number % 2 ** 32)])
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
const field = (tag, text) => Buffer.concat([u16(tag), u16(text.length), Buffer.from(text, 'ascii')])

const RULE = { multiply: 7, add: 3, modulo: 251 }

function chunkBytes(index, sizeBytes) {
  const bytes = Buffer.alloc(Math.min(CHUNK, sizeBytes - index * CHUNK))
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = ((index * CHUNK + i) * RULE.multiply + RULE.add) % RULE.modulo
  return bytes
}

/** The private key of the signed vector: 32 bytes of 7, in the PKCS#8 of RFC 8410. */
const KEY = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
})

function termField({ issuedAtS, expiresAtS }) {
  return Buffer.concat([u16(3), u16(16), u64(issuedAtS), u64(expiresAtS)])
}

function signatureField(descriptor) {
  const signature = sign(null, Buffer.concat([Buffer.from([3]), descriptor]), KEY)
  return Buffer.concat([u16(4), u16(64), signature])
}

/** `listed` picks the chunks whose digests are written out. */
function vectorOf({ name, type, sizeBytes, listed = () => true, term }) {
  const digests = []
  for (let index = 0; index * CHUNK < sizeBytes; index++)
    digests.push(sha256(Buffer.from([0]), u32(index), chunkBytes(index, sizeBytes)))
  const pageRoots = []
  for (let page = 0; page * PAGE < digests.length; page++)
    pageRoots.push(
      sha256(Buffer.from([1]), u32(page), ...digests.slice(page * PAGE, (page + 1) * PAGE)),
    )
  const root = sha256(Buffer.from([2]), u64(sizeBytes), u32(CHUNK), u32(PAGE), ...pageRoots)
  const about = [field(1, encodeURIComponent(name)), field(2, type)]
  const fields = Buffer.concat([...about, ...(term ? [termField(term)] : [])])
  const unsigned = Buffer.concat([
    Buffer.from('SWARMTAG', 'ascii'),
    u16(1),
    u16(0),
    u32(68 + pageRoots.length * 32 + fields.length + (term ? 4 + 64 : 0)),
    u64(sizeBytes),
    u32(CHUNK),
    u32(PAGE),
    root,
    u32(pageRoots.length),
    ...pageRoots,
    fields,
  ])
  const descriptor = term ? Buffer.concat([unsigned, signatureField(unsigned)]) : unsigned
  const hexByIndex = list => Object.fromEntries(list.map((each, at) => [at, each.toString('hex')]))
  const chunkDigests = Object.fromEntries(
    Object.entries(hexByIndex(digests)).filter(([index]) => listed(Number(index), digests.length)),
  )
  return {
    name,
    type,
    sizeBytes,
    chunkDigests,
    pageRoots: hexByIndex(pageRoots),
    root: root.toString('hex'),
    descriptor: descriptor.toString('hex'),
  }
}

const term = { issuedAtS: 1_767_225_600, expiresAtS: 4_102_444_800 }

const vectors = {
  about:
    'Byte i of a resource is (i * multiply + add) mod modulo. Numbers in keys are chunk and page indices.',
  rule: RULE,
  resources: [
    { name: 'one.mp4', type: 'video/mp4', sizeBytes: 1 },
    { name: 'short.webm', type: 'video/webm', sizeBytes: 65_535 },
    { name: 'exact.mp4', type: 'video/mp4', sizeBytes: 65_536 },
    { name: 'Über & über 電影.mp4', type: 'video/mp4', sizeBytes: 65_537 },
    { name: '', type: 'audio/ogg', sizeBytes: 200_000 },
    { name: 'notes.pdf', type: 'application/octet-stream', sizeBytes: 3 },
    {
      name: 'two-pages.mp4',
      type: 'video/mp4',
      sizeBytes: (PAGE + 1) * CHUNK + 1,
      listed: (index, count) => [0, 1, PAGE - 1, PAGE, count - 1].includes(index),
    },
  ].map(vectorOf),
  signed: {
    publicKey: createPublicKey(KEY)
      .export({ type: 'spki', format: 'der' })
      .subarray(-32)
      .toString('base64'),
    ...term,
    ...vectorOf({ name: 'one.mp4', type: 'video/mp4', sizeBytes: 1, term }),
  },
}
process.stdout.write(`${JSON.stringify(vectors, null, 2)}\n`)
