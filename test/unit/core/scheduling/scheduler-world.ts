/**
 * A viewer of a film on a virtual clock: an origin at the end of a line, a video that plays what it has been given, neighbours
 * that do as they please, and between them the real scheduler and its book.
 */

import { ChunkSet } from '../../../../src/core/chunk-set.js'
import { plan } from '../../../../src/core/scheduling/scheduler.js'
import type { Demand } from '../../../../src/core/scheduling/situation.js'
import { SourceBook } from '../../../../src/core/scheduling/source-book.js'
import { type ChunkIndex, type ChunkRun, chunk, run } from '../../../../src/core/units.js'

export interface World {
  readonly chunkCount: number
  /** Playing time of a chunk on the average. */
  readonly chunkMs: number
  /** How far the playing time of a chunk is from that, e.g. 0.5: half to one and a half of it, scene by scene. */
  readonly variation: number
  /** From a request to the origin to its first byte, and from chunk to chunk. */
  readonly latencyMs: number
  readonly originChunkMs: number
  /** Where the viewer goes, and when. */
  readonly seek?: { readonly atMs: number; readonly to: number } | undefined
  readonly peers: readonly Peer[]
  /** When peers that have been true are no longer. */
  readonly changesAtMs: number
}

/** What a neighbour does with what it is asked for; `give` delivers a chunk, or a part of one, after a time. */
export interface Peer {
  asked(indices: readonly ChunkIndex[], says: Says, nowMs: number): void
  cancelled?(indices: readonly ChunkIndex[]): void
  /** What it says that it has. @default the whole film */
  readonly has?: (index: number) => boolean
  readonly maxWants?: number
  readonly about?: string
  readonly joinsAtMs?: number
}

export interface Says {
  /** Gives a chunk after a time, unless `unless` is so by then. */
  give(index: ChunkIndex, afterMs: number, unless?: () => boolean): void
  /** Gives a part of a chunk after a time. */
  part(afterMs: number): void
  busy(indices: readonly ChunkIndex[], retryMs: number): void
  later(afterMs: number, act: () => void): void
  /** When those that were true until then are no longer. */
  readonly changesAtMs: number
}

export interface Outcome {
  /** Time that the film stood still, its start and the seek included. */
  readonly stallMs: number
  readonly originChunks: number
  readonly originRequests: number
  /** Chunks of each neighbour that were of use, and that came in vain. */
  readonly used: readonly number[]
  readonly wasted: readonly number[]
}

/** Given ahead to the video at most. */
const AHEAD_MS = 30_000
const PLAN_PAUSE_MS = 20
const PREFETCH_CHUNKS = 64
const END_MS = 200_000

export function watch(world: World): Outcome {
  return new Viewing(world).watch()
}

class Viewing {
  readonly #queue: { atMs: number; act: () => void }[] = []
  readonly #book: SourceBook
  readonly #held: ChunkSet
  readonly #used: number[]
  readonly #wasted: number[]
  #nowMs = 0
  #stallMs = 0
  #originChunks = 0
  #originRequests = 0
  /* The response: what it is of, what the video takes next, what was asked for, and how far ahead that may be. */
  #run: ChunkRun
  #cursor = 0
  #askedTo = 0
  #window = 4
  #missing = new Set<ChunkIndex>()
  #demandId = 0
  /* The video: the chunk that it plays and how much of that is left. */
  #playing = 0
  #leftMs = 0
  #origin: ChunkRun | undefined
  /** The fetch under way; another takes its place. */
  #fetch = 0
  #isDue = false
  #plannedAtMs = Number.NEGATIVE_INFINITY
  #againAt = 0

  constructor(readonly world: World) {
    const { chunkCount, peers } = world
    this.#book = new SourceBook(chunkCount)
    this.#held = new ChunkSet(chunkCount)
    this.#run = run(0, chunkCount)
    this.#used = peers.map(() => 0)
    this.#wasted = peers.map(() => 0)
  }

  watch(): Outcome {
    const { seek, peers, chunkCount } = this.world
    for (const [at, peer] of peers.entries())
      this.#at(peer.joinsAtMs ?? 0, () => {
        this.#book.join(String(at), peer.maxWants ?? 64, this.#nowMs)
        const has = this.#book.get(String(at))?.has
        for (let index = 0; index < chunkCount; index++)
          if (peer.has?.(index) ?? true) has?.add(chunk(index))
        this.#hurry()
      })
    const tick = () => {
      // As browsers tell of the time, while it goes on.
      if (this.#playing < this.#cursor) this.#request()
      this.#at(this.#nowMs + 250, tick)
    }
    tick()
    if (seek) this.#at(seek.atMs, () => this.#seek(seek.to))
    this.#leftMs = this.#durationMs(0)
    this.#askAhead()
    while (this.#playing < chunkCount && this.#nowMs < END_MS) {
      const next = this.#queue.pop()
      this.#playUntil(Math.min(next?.atMs ?? END_MS, END_MS))
      next?.act()
      this.#handOver()
    }
    return {
      stallMs: this.#stallMs,
      originChunks: this.#originChunks,
      originRequests: this.#originRequests,
      used: this.#used,
      wasted: this.#wasted,
    }
  }

  #at(ms: number, act: () => void): void {
    const atMs = Math.max(ms, this.#nowMs)
    // The next one is the last; of those at the same time, the one that was put in first.
    let [from, to] = [0, this.#queue.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#queue[middle]?.atMs ?? 0) > atMs) from = middle + 1
      else to = middle
    }
    this.#queue.splice(from, 0, { atMs, act })
  }

  /** Scenes of eight chunks, by turns richer and poorer than the average. */
  #durationMs(index: number): number {
    const { chunkMs, variation } = this.world
    return chunkMs * (1 + variation * ((index >> 3) % 2 === 0 ? 1 : -1))
  }

  #playUntil(atMs: number): void {
    while (this.#nowMs < atMs && this.#playing < this.world.chunkCount) {
      if (this.#playing >= this.#cursor) {
        this.#stallMs += atMs - this.#nowMs
        this.#nowMs = atMs
        return
      }
      const ms = Math.min(this.#leftMs, atMs - this.#nowMs)
      this.#nowMs += ms
      this.#leftMs -= ms
      if (this.#leftMs > 0) continue
      this.#playing++
      this.#leftMs = this.#durationMs(this.#playing)
      // What was played makes room for what is taken.
      this.#handOver()
    }
  }

  #seek(to: number): void {
    this.#demandId++
    this.#run = run(to, this.world.chunkCount)
    this.#cursor = to
    this.#askedTo = to
    this.#window = 4
    this.#missing.clear()
    this.#playing = to
    this.#leftMs = this.#durationMs(to)
    this.#origin = undefined
    this.#fetch++
    this.#askAhead()
  }

  get #aheadMs(): number {
    let ms = 0
    for (let index = this.#playing; index < this.#cursor; index++) ms += this.#durationMs(index)
    return ms
  }

  #handOver(): void {
    let isMoved = false
    while (this.#cursor < this.#askedTo && this.#held.has(chunk(this.#cursor))) {
      if (this.#aheadMs > AHEAD_MS) break
      this.#cursor++
      this.#window = Math.min(this.#window + 1, 32)
      isMoved = true
      this.#askAhead()
    }
    if (isMoved) this.#request()
  }

  #askAhead(): void {
    const to = Math.min(this.#cursor + this.#window, this.world.chunkCount)
    const isStride = to - this.#askedTo >= this.#window / 4 || to === this.world.chunkCount
    if (to <= this.#askedTo || !isStride) return
    for (let index = this.#askedTo; index < to; index++)
      if (!this.#held.has(chunk(index))) this.#missing.add(chunk(index))
    this.#askedTo = to
    this.#hurry()
  }

  #request(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#at(this.#plannedAtMs + PLAN_PAUSE_MS, () => this.#plan())
  }

  #hurry(): void {
    this.#isDue = true
    this.#at(this.#nowMs, () => this.#plan())
  }

  #demand(): Demand {
    const { chunkMs } = this.world
    const playedMs = (this.#playing - this.#run.from) * chunkMs
    const givenMs = (this.#cursor - this.#run.from) * chunkMs
    const isStarved = this.#playing >= this.#cursor
    return {
      id: this.#demandId,
      run: this.#run,
      cursor: chunk(this.#cursor),
      missing: new Set([...this.#missing].sort((a, b) => a - b)),
      isPlayed: true,
      bufferedMs: isStarved ? 0 : Math.max(0, givenMs - playedMs),
      chunkMs,
      origin: this.#origin,
    }
  }

  #plan(): void {
    if (!this.#isDue && this.#nowMs < this.#againAt) return
    this.#isDue = false
    this.#plannedAtMs = this.#nowMs
    const { peers, chunkCount } = this.world
    const from = chunk(this.#cursor)
    const decided = plan({
      nowMs: this.#nowMs,
      book: this.#book,
      held: this.#held,
      arriving: new Set(),
      demands: [this.#demand()],
      swarm: peers.length > 0 ? 'over' : 'off',
      handedChunks: this.#cursor,
      jumps: 1,
      isOriginOpen: true,
      line: { latencyMs: this.world.latencyMs, chunkMs: this.world.originChunkMs },
      prefetch: { from, to: chunk(Math.min(from + PREFETCH_CHUNKS, chunkCount)) },
    })
    for (const [id, indices] of decided.cancels) {
      for (const index of indices) this.#book.get(id)?.cancelled(index, this.#nowMs)
      peers[Number(id)]?.cancelled?.(indices)
    }
    for (const [id, indices] of decided.wants) {
      for (const index of indices) this.#book.get(id)?.asked(index, this.#nowMs)
      peers[Number(id)]?.asked(indices, this.#says(id), this.#nowMs)
    }
    this.#book.letDown(decided.letDownSinceMs)
    if (decided.origin.has(this.#demandId)) this.#grantOrigin(decided.origin.get(this.#demandId))
    if (decided.againAtMs === undefined) return
    this.#againAt = Math.max(decided.againAtMs, this.#nowMs + PLAN_PAUSE_MS)
    this.#at(this.#againAt, () => this.#plan())
  }

  #says(id: string): Says {
    return {
      changesAtMs: this.world.changesAtMs,
      give: (index, afterMs, unless) =>
        this.#at(this.#nowMs + afterMs, () => {
          if (!unless?.()) this.#deliver(id, index)
        }),
      part: afterMs =>
        this.#at(this.#nowMs + afterMs, () => this.#book.get(id)?.progressed(this.#nowMs)),
      busy: (indices, retryMs) => {
        const runs = indices.map(index => run(index, index + 1))
        this.#book.get(id)?.refused(runs, retryMs, this.#nowMs)
        this.#request()
      },
      later: (afterMs, act) => this.#at(this.#nowMs + afterMs, act),
    }
  }

  #deliver(id: string, index: ChunkIndex): void {
    const neighbour = this.#book.get(id)
    if (!neighbour) return
    neighbour.delivered(index, this.#nowMs)
    const isNew = !this.#held.has(index)
    const counts = isNew ? this.#used : this.#wasted
    counts[Number(id)] = (counts[Number(id)] ?? 0) + 1
    const isFirst = !neighbour.isProven
    neighbour.checked(index, true, { isNew, nowMs: this.#nowMs })
    if (neighbour.isWasteful) this.#book.leave(id)
    this.#take(index)
    if (isFirst) this.#hurry()
    else this.#request()
  }

  #take(index: ChunkIndex): void {
    this.#held.add(index)
    this.#missing.delete(index)
  }

  #grantOrigin(given: ChunkRun | undefined): void {
    const before = this.#origin
    this.#origin = given
    if (given && before && before.from === given.from) return
    this.#fetch++
    if (!given) return
    this.#originRequests++
    const fetch = this.#fetch
    this.#at(this.#nowMs + this.world.latencyMs + this.world.originChunkMs, () =>
      this.#fetched(fetch),
    )
  }

  #fetched(fetch: number): void {
    const index = this.#origin?.from
    if (fetch !== this.#fetch || index === undefined || !this.#origin) return
    this.#originChunks++
    this.#take(index)
    const from = chunk(index + 1)
    this.#origin = from < this.#origin.to ? { from, to: this.#origin.to } : undefined
    this.#request()
    this.#goOn(fetch)
  }

  /** The origin is read no faster than the video wants it. */
  #goOn(fetch: number): void {
    if (!this.#origin || fetch !== this.#fetch) return
    if (this.#origin.from < this.#askedTo)
      this.#at(this.#nowMs + this.world.originChunkMs, () => this.#fetched(fetch))
    else this.#at(this.#nowMs + PLAN_PAUSE_MS, () => this.#goOn(fetch))
  }
}
