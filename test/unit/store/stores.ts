/** Stores to test with, and two films to put into them. */

import { chunk, run } from '../../../src/core/units.js'
import type { BoundedArchiveOptions } from '../../../src/store/bounded-archive.js'
import { ChunkStore } from '../../../src/store/chunk-store.js'
import { type Published, publish } from './resources.js'

export const CHUNKS = 40
export const film = await publish((CHUNKS - 1) * 65_536 + 1_000)
export const other = await publish(12 * 65_536, 4)

export const freshName = () => `test ${crypto.randomUUID()}`

/** A store, and others on the same database, as other tabs and the worker have. */
export function stores(options: BoundedArchiveOptions = {}) {
  const name = freshName()
  return {
    name,
    store: new ChunkStore({ name, ...options }),
    another: () => new ChunkStore({ name }),
  }
}

export async function keep(
  store: ChunkStore,
  { manifest, verified }: Published,
  indices: number[],
) {
  const chunks = await Promise.all(indices.map(verified))
  for (const each of chunks) store.keep(manifest.id, manifest.map.chunkCount, each)
}

export const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, at) => from + at)

/** What a store says it holds, one character a chunk. */
export async function drawn(store: ChunkStore, { manifest }: Published): Promise<string> {
  const { chunkCount } = manifest.map
  const held = await store.holding(manifest.id, chunkCount)
  return upTo(chunkCount)
    .map(index => (held.has(chunk(index)) ? '#' : '.'))
    .join('')
}

/** The indices that a store can really read. */
export const readable = async (store: ChunkStore, { manifest }: Published): Promise<number[]> =>
  (await store.read(manifest.id, run(0, manifest.map.chunkCount))).map(({ index }) => index)
