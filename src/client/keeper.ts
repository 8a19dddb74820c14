/** What this browser holds of one video: checks chunks that come, keeps them, reads them back and counts them. */

import { ChunkSet } from '../core/chunk-set.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, chunk, chunksIn } from '../core/units.js'
import type { ChunkStore } from '../store/chunk-store.js'
import type { Manifest } from '../store/manifest.js'
import { type VerifiedChunk, verify } from '../store/verify.js'
import type { Events, Source } from './events.js'
import { Tally } from './stats.js'

/** Fetching ahead leaves this much of the store for what the viewer needs next: 16 MiB. */
const SPARE_BYTES = 256 * CHUNK_BYTES

/** Chunks read at a time for other viewers, and held for their next questions: 1 MiB and 4 MiB. */
const READ_AHEAD_CHUNKS = 16
const MAX_READ_AHEAD_CHUNKS = 64

export interface KeeperOptions {
  readonly url: string
  readonly manifest: Manifest
  readonly store: ChunkStore
  readonly events: Events
  /** What was counted before of this video. @default nothing */
  readonly tally?: Tally
}

export class Keeper {
  readonly tally: Tally
  /** Come from others and not yet given to the video: to count each once. */
  readonly #ahead = new Set<ChunkIndex>()
  /** Readings that other viewers' next questions are about. */
  readonly #readAhead = new Map<ChunkIndex, Promise<VerifiedChunk[]>>()

  private constructor(
    readonly options: KeeperOptions,
    /** Chunks that can be given to the video and to others. */
    readonly held: ChunkSet,
  ) {
    this.tally = options.tally ?? new Tally()
  }

  /** Finds out what earlier visits left; storage that cannot be read has left nothing. */
  static async open(options: KeeperOptions): Promise<Keeper> {
    const { id, map } = options.manifest
    const held = await options.store
      .holding(id, map.chunkCount)
      .catch(() => new ChunkSet(map.chunkCount))
    return new Keeper(options, held)
  }

  /** Whether there is room for chunks that are not needed yet. */
  get hasRoom(): boolean {
    return this.options.store.roomBytes > SPARE_BYTES
  }

  /** Says where the viewer is, so that what lies ahead is kept longest. */
  watch(playhead: ChunkIndex): void {
    this.options.store.use(this.options.manifest.id, playhead)
  }

  /**
   * Takes a chunk that came.
   *
   * @param isForVideo - whether the video gets it now
   * @returns the chunk, and whether it was not held before
   * @throws SwarmtagError as `verify` does; the bytes are then counted as wasted
   */
  async take(
    index: ChunkIndex,
    bytes: Uint8Array<ArrayBuffer>,
    source: Source,
    peer?: string,
  ): Promise<{ verified: VerifiedChunk; isNew: boolean }> {
    const { url, manifest, store, events } = this.options
    const verified = await verify(manifest, index, bytes).catch(error => {
      this.tally.bytes.wasted += bytes.length
      throw error
    })
    this.tally.received(source, bytes.length)
    const isNew = !this.held.has(index)
    if (isNew) {
      this.held.add(index)
      this.#ahead.add(index)
      store.keep(manifest.id, manifest.map.chunkCount, verified)
      events.emit('chunk', { url, index, source, bytes: bytes.length, ...(peer && { peer }) })
    } else if (source === 'peer') this.tally.bytes.wasted += bytes.length
    return { verified, isNew }
  }

  /** The video was given a chunk that came in this visit, or that an earlier one left. */
  handed(index: ChunkIndex): void {
    const { url, manifest, events } = this.options
    const bytes = manifest.map.bytesOf(index)
    this.tally.handedBytes += bytes
    if (this.#ahead.delete(index)) return
    this.tally.received('store', bytes)
    this.held.add(index)
    events.emit('chunk', { url, index, source: 'store', bytes })
  }

  /** Reads what is held of a run; what turns out to be gone or spoilt is no longer held. */
  async readRun(run: ChunkRun): Promise<VerifiedChunk[]> {
    const { store, manifest } = this.options
    const found = await store.read(manifest.id, run).catch(() => [])
    const checked = await Promise.all(
      found.map(({ index, bytes }) => verify(manifest, index, bytes).catch(() => undefined)),
    )
    const good = checked.filter(each => each !== undefined)
    const indices = new Set(good.map(({ index }) => index))
    for (const index of chunksIn([run])) if (!indices.has(index)) this.held.delete(index)
    return good
  }

  /** A chunk that may be given to another viewer; nothing where it is gone. */
  async read(index: ChunkIndex): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const reading = this.#readAhead.get(index) ?? this.#read(index)
    this.#readAhead.delete(index)
    return (await reading).find(each => each.index === index)?.bytes
  }

  /** Nobody is left to ask for what was read ahead. */
  rest(): void {
    this.#readAhead.clear()
  }

  /** Viewers ask for what follows next, and one reading of several chunks costs little more than one of one. */
  #read(index: ChunkIndex): Promise<VerifiedChunk[]> {
    const run = { from: index, to: this.held.next(index, false) }
    const to = chunk(Math.max(index + 1, Math.min(run.to, index + READ_AHEAD_CHUNKS)))
    const reading = this.readRun({ from: index, to })
    for (const each of chunksIn([{ from: index, to }])) this.#readAhead.set(each, reading)
    for (const oldest of this.#readAhead.keys()) {
      if (this.#readAhead.size <= MAX_READ_AHEAD_CHUNKS) break
      this.#readAhead.delete(oldest)
    }
    return reading
  }
}
