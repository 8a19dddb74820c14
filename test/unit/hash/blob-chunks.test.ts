import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { CHUNK_BYTES } from '../../../src/core/units.js'
import { blobChunks } from '../../../src/hash/blob-chunks.js'
import { digestChunkInPlace } from '../../../src/store/digests.js'
import { buildManifest } from '../../../src/store/manifest.js'
import { chunksOf, publish } from '../store/resources.js'

/** A read takes 64 chunks. */
const READ = 64 * CHUNK_BYTES

async function blobOf(sizeBytes: number): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  for await (const bytes of chunksOf(sizeBytes)) parts.push(bytes)
  return new Blob(parts)
}

test.each([1, CHUNK_BYTES, CHUNK_BYTES + 1, READ - 1, READ, READ + 1, 2 * READ + 5])(
  'a file of %i bytes comes whole and in order, in chunks, and says how far it is',
  async sizeBytes => {
    const blob = await blobOf(sizeBytes)
    const progress: number[] = []
    const whole = createHash('sha256')
    const lengths: number[] = []
    for await (const bytes of blobChunks(blob, readBytes => progress.push(readBytes))) {
      whole.update(bytes)
      lengths.push(bytes.length)
    }
    const expected = createHash('sha256').update(Buffer.from(await blob.arrayBuffer()))
    expect(whole.digest('hex')).toBe(expected.digest('hex'))
    expect(lengths.slice(0, -1).every(length => length === CHUNK_BYTES)).toBe(true)
    expect(lengths).toHaveLength(Math.ceil(sizeBytes / CHUNK_BYTES))
    expect(progress).toHaveLength(Math.ceil(sizeBytes / READ))
    expect(progress.at(-1)).toBe(sizeBytes)
  },
)

test('hashed where it lies, several chunks at a time, a file has the manifest of its bytes', async () => {
  const sizeBytes = READ + 3 * CHUNK_BYTES + 7
  const about = { name: 'movie.mp4', type: 'video/mp4', sizeBytes }
  const chunks = blobChunks(await blobOf(sizeBytes), () => {})
  const { bytes } = await buildManifest(about, chunks, digestChunkInPlace)
  expect(bytes).toEqual((await publish(sizeBytes)).bytes)
})

test('a file that cannot be read, at first or later, fails', async () => {
  const blob = await blobOf(3 * READ)
  for (const readable of [0, READ]) {
    const file = {
      size: blob.size,
      slice: (from: number, to: number) =>
        from < readable
          ? blob.slice(from, to)
          : { arrayBuffer: () => Promise.reject('unreadable') },
    }
    const chunks = blobChunks(file as Blob, () => {})
    const about = { name: '', type: 'video/mp4', sizeBytes: blob.size }
    await expect(buildManifest(about, chunks, digestChunkInPlace)).rejects.toBe('unreadable')
  }
})

test('a file that is shorter than it was has no manifest', async () => {
  const chunks = blobChunks(await blobOf(READ), () => {})
  const about = { name: 'cut.mp4', type: 'video/mp4', sizeBytes: READ + 1 }
  await expect(buildManifest(about, chunks, digestChunkInPlace)).rejects.toMatchObject({
    code: 'file-unreadable',
  })
})
