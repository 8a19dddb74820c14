import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { chunk } from '../../../src/core/units.js'
import { ChunkStore } from '../../../src/store/chunk-store.js'
import { type ManifestSource, SharedManifests } from '../../../src/store/shared-manifests.js'
import { publish, publishInvented } from './resources.js'
import { freshName } from './stores.js'

const film = await publish(200_000)
const other = await publish(200_000, 4)
const { id: root } = film.manifest

/** Gives one file after the other; notes which were said to be false. */
function sourceOf(...files: Uint8Array<ArrayBuffer>[]) {
  const refused: number[] = []
  const asked: number[] = []
  const source: ManifestSource = {
    async *ask({ from, to }, leastBytes = to - from) {
      asked.push(to)
      for (const [at, file] of files.entries()) {
        const bytes = file.slice(from, to)
        if (bytes.length < leastBytes) continue
        yield bytes
        refused.push(at)
      }
      throw new Error('nobody else has it')
    },
  }
  return { source, refused, asked }
}

const manifests = (name = freshName()) => new SharedManifests(new ChunkStore({ name }))

test('a descriptor is received that has the root that was asked for', async () => {
  const { source, refused } = sourceOf(film.bytes)
  const manifest = await manifests().receive(root, source)
  expect(manifest.id).toBe(root)
  expect(await manifest.digestOf(chunk(1))).toEqual(await film.manifest.digestOf(chunk(1)))
  expect(refused).toEqual([])
})

test.each<[string, Uint8Array<ArrayBuffer>]>([
  ['of another file', other.bytes],
  ['cut short', film.bytes.slice(0, 100)],
  ['that is noise', new Uint8Array(500).fill(7)],
  ['of one byte', new Uint8Array(1)],
  ['with another size', film.bytes.map((byte, at) => (at === 23 ? byte ^ 1 : byte))],
  [
    'with the root that is asked for, and the pages of another',
    withRootOf(film.bytes, other.bytes),
  ],
])('a descriptor %s is refused, and the next one taken', async (_what, hostile) => {
  const { source, refused } = sourceOf(hostile, film.bytes)
  expect((await manifests().receive(root, source)).id).toBe(root)
  expect(refused).toEqual([0])
})

function withRootOf(
  { buffer }: Uint8Array<ArrayBuffer>,
  forged: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const bytes = forged.slice()
  bytes.set(new Uint8Array(buffer, 32, 32), 32)
  return bytes
}

test('a long descriptor is asked for as a whole, and no longer than there may be one', async () => {
  const long = await publishInvented(600)
  const { source, asked } = sourceOf(long.bytes)
  const manifest = await manifests().receive(long.id, source)
  expect(manifest.descriptorBytes).toHaveLength(long.descriptorBytes)
  expect(asked).toEqual([16_376, long.descriptorBytes])
  // One that claims to be longer than a descriptor can be.
  const claimed = film.bytes.map((byte, at) => (at === 12 ? 0xff : byte))
  const greedy = sourceOf(claimed, film.bytes)
  expect((await manifests().receive(root, greedy.source)).id).toBe(root)
  expect(greedy.asked).toEqual([16_376])
})

test('descriptor and digest pages are kept for the next visit', async () => {
  const name = freshName()
  const first = await manifests(name).receive(root, sourceOf(film.bytes).source)
  await first.digestOf(chunk(0))
  const nobody = async function* () {}
  await expect.poll(() => manifests(name).recall(root, nobody)).toBeDefined()
  const again = await manifests(name).recall(root, nobody)
  await expect.poll(() => again?.digestOf(chunk(0)).catch(() => undefined)).toBeDefined()
  expect(await manifests(name).recall(other.manifest.id, nobody)).toBeUndefined()
})

test('a descriptor from the worker must have the root as well', async () => {
  const nobody = async function* () {}
  await expect(manifests().adopt(root, other.bytes, nobody)).rejects.toMatchObject({
    code: 'manifest-mismatch',
  })
})
