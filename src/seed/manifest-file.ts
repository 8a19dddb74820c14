/** Manifests for seeding: from a file, whose digest pages are read when they are needed, or just made. */

import { type FileHandle, open } from 'node:fs/promises'
import { SwarmtagError } from '../core/errors.js'
import { roomForChunk } from '../core/format/chunk-bytes.js'
import { decodeDescriptor, MAX_DESCRIPTOR_BYTES } from '../core/format/manifest.js'
import { type ByteSpan, chunk, run } from '../core/units.js'
import { Manifest } from '../store/manifest.js'
import { verify } from '../store/verify.js'
import { fill } from './read-file.js'

/** The first read of a manifest's file: the descriptor of a film of 100 GiB. */
const HEAD_BYTES = 65_536

/**
 * Opens a manifest's file.
 *
 * @returns `undefined` if there is none
 * @throws SwarmtagError as `Manifest.open` does; what the file system throws
 */
export async function openManifest(path: string): Promise<Manifest | undefined> {
  const head = await readHead(path)
  return head && Manifest.open(head, (_page, span) => readSpan(path, span))
}

/** Whether a manifest is that of a file, as far as size, first and last chunk show: each chunk is verified before it is given. */
export async function describes(manifest: Manifest, file: FileHandle): Promise<boolean> {
  const { map, descriptor } = manifest
  if ((await file.stat()).size !== descriptor.sizeBytes) return false
  for (const index of [chunk(0), chunk(map.chunkCount - 1)]) {
    const bytes = roomForChunk(map.bytesOf(index))
    if (!(await fill(file, bytes, map.spanOf(run(index, index + 1)).from))) return false
    const isTrue = await verify(manifest, index, bytes).then(
      () => true,
      () => false,
    )
    if (!isTrue) return false
  }
  return true
}

async function readHead(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = await open(path, 'r').catch(error => {
    if (error.code !== 'ENOENT') throw error
  })
  if (!file) return undefined
  try {
    const { size } = await file.stat()
    const read = async (bytes: number) => {
      const head = new Uint8Array(Math.min(bytes, size, MAX_DESCRIPTOR_BYTES))
      if (await fill(file, head, 0)) return head
      throw new SwarmtagError('manifest-malformed', `${path} changed while it was read`)
    }
    const head = await read(HEAD_BYTES)
    const { descriptorBytes } = decodeDescriptor(head)
    return descriptorBytes > head.length ? await read(descriptorBytes) : head
  } finally {
    await file.close()
  }
}

/** Opened for each page: nothing is held of a hundred manifests that nobody asks for. */
async function* readSpan(
  path: string,
  { from, to }: ByteSpan,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  // A page that cannot be read is not there.
  const file = await open(path, 'r').catch(() => undefined)
  if (!file) return
  try {
    const bytes = new Uint8Array(to - from)
    if (await fill(file, bytes, from).catch(() => false)) yield bytes
  } finally {
    await file.close()
  }
}
