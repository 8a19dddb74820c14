/** What is held of one resource: checks chunks that come, keeps them, reads them back and counts them. */

import type { ChunkSet } from '../core/chunk-set.js'
import { SwarmtagError } from '../core/errors.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, chunk, chunksIn } from '../core/units.js'
import type { ChunkStorage } from '../store/chunk-storage.js'
import type { Manifest } from '../store/manifest.js'
import { type VerifiedChunk, verify } from '../store/verify.js'
import type { Emit, Source } from './events.js'
import type { Tally } from './tally.js'

/** Fetching ahead leaves this much of the store for what the viewer needs next: 16 MiB. */
const SPARE_BYTES = 256 * CHUNK_BYTES

/** Chunks read at a time for other viewers, and held for their next questions: 1 MiB and 4 MiB. */
const READ_AHEAD_CHUNKS = 16
const MAX_READ_AHEAD_CHUNKS = 64

export interface ResourceStoreOptions {
  readonly url: string
  readonly manifest: Manifest
  readonly storage: ChunkStorage
  readonly emit: Emit
  readonly tally: Tally
}

export class ResourceStore {
  readonly tally: Tally
  /** Come from others and not yet given to the video: to count each once. */
  readonly #ahead = new Set<ChunkIndex>()
  /** Readings that other viewers' next questions are about. */
  readonly #readAhead = new Map<ChunkIndex, Promise<VerifiedChunk[]>>()

  constructor(
    readonly options: ResourceStoreOptions,
    /** Chunks that can be given to the video and to others; kept by the viewer's policy. */
    readonly held: ChunkSet,
  ) {
    this.tally = options.tally
  }

  /** Whether there is room for chunks that are not needed yet. */
  get hasRoom(): boolean {
    return this.options.storage.roomBytes > SPARE_BYTES
  }

  /** Sets where the viewer is, so that what lies ahead is kept longest. */
  watch(playhead: ChunkIndex): void {
    this.options.storage.use(this.options.manifest.id, playhead)
  }

  /**
   * Checks bytes that came.
   *
   * @throws SwarmtagError as `verify` does; the bytes are then counted as wasted
   */
  async verify(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): Promise<VerifiedChunk> {
    try {
      return await verify(this.options.manifest, index, bytes)
    } catch (error) {
      this.tally.bytes.wasted += bytes.length
      throw error
    }
  }

  /** Counts a chunk that came, and keeps it if it is not held. */
  keep(verified: VerifiedChunk, source: Source, peer?: string): void {
    const { url, manifest, storage, emit } = this.options
    const { index } = verified
    const bytes = verified.bytes.length
    this.tally.received(source, bytes)
    if (!this.held.has(index)) {
      this.#ahead.add(index)
      storage.keep(manifest.id, manifest.map.chunkCount, verified)
      emit('chunk', { url, index, source, bytes, ...(peer && { peer }) })
    } else if (source === 'peer') this.tally.bytes.wasted += bytes
  }

  /** The video was given a chunk that came in this visit, or that an earlier one left. */
  handed(index: ChunkIndex): void {
    const { url, manifest, emit } = this.options
    const bytes = manifest.map.bytesOf(index)
    this.tally.handedBytes += bytes
    if (this.#ahead.delete(index)) return
    this.tally.received('store', bytes)
    emit('chunk', { url, index, source: 'store', bytes })
  }

  /** Reads and verifies what is there of a run; storage that cannot be read has nothing. */
  readRun(run: ChunkRun): Promise<VerifiedChunk[]> {
    return this.#verifiedOf(run).catch(() => [])
  }

  async #verifiedOf(run: ChunkRun): Promise<VerifiedChunk[]> {
    const { storage, manifest } = this.options
    const found = await storage.read(manifest.id, run)
    const checked = await Promise.all(
      found.map(({ index, bytes }) => verify(manifest, index, bytes).catch(() => undefined)),
    )
    return checked.filter(each => each !== undefined)
  }

  /**
   * A chunk that may be given to another viewer; `undefined` where it is gone.
   *
   * @throws SwarmtagError `origin-failed` where whoever keeps it cannot give it now
   */
  async read(index: ChunkIndex): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const find = (chunks: readonly VerifiedChunk[] = []) =>
      chunks.find(each => each.index === index)?.bytes
    const ahead = this.#readAhead.get(index)
    this.#readAhead.delete(index)
    // What was not there when the one ahead of it was read may be there by now.
    return find(await ahead?.catch(() => [])) ?? find(await this.#read(index))
  }

  /** Nobody is left to ask for what was read ahead. */
  rest(): void {
    this.#readAhead.clear()
  }

  /** Viewers ask for what follows next, and one reading of several chunks costs little more than one of one. */
  #read(index: ChunkIndex): Promise<VerifiedChunk[]> {
    const heldTo = this.held.next(index, false)
    const to = chunk(Math.max(index + 1, Math.min(heldTo, index + READ_AHEAD_CHUNKS)))
    const reading = this.#verifiedOf({ from: index, to }).catch(error => {
      if (error instanceof SwarmtagError && error.code === 'origin-failed') throw error
      return []
    })
    for (const each of chunksIn([{ from: index, to }])) this.#readAhead.set(each, reading)
    for (const oldest of this.#readAhead.keys()) {
      if (this.#readAhead.size <= MAX_READ_AHEAD_CHUNKS) break
      this.#readAhead.delete(oldest)
    }
    return reading
  }
}
