/** Whom of those who want chunks to serve: each in the order in which it asked, and none its fill of everybody's upload. */

import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, chunksIn, isInRun, runsOf } from '../units.js'

/** Chunks that a neighbour may wait for at a time. */
export const MAX_WANTS = 64
/** A neighbour that was refused may ask again after this time. */
export const RETRY_MS = 1_000
/** The retry time for a peer that asks one that gives nothing any more. */
export const NEVER_MS = 3_600_000
/** What must wait longer than this for the upload limits is refused: others may give it sooner. */
const MOST_WAIT_MS = 500
/** A neighbour is given a film so many times at most, counted in bytes: its store may be small. */
const GIVEN_TIMES = 2

/** What is done next for a neighbour that waits for something. */
export type Serving =
  /** What a chunk takes was taken from the upload limits. */
  | { readonly type: 'give'; readonly index: ChunkIndex }
  | { readonly type: 'wait'; readonly forMs: number }
  /** It waits for nothing any more. */
  | { readonly type: 'refuse'; readonly runs: readonly ChunkRun[]; readonly retryMs: number }

/**
 * Takes bytes from the upload limits.
 *
 * @returns 0 where they were taken, or the time until they can be; `Infinity`: not in this visit
 */
export type TakeUpload = (bytes: number) => number

export class UploadQueue<Peer> {
  readonly #waiting = new Map<Peer, Set<ChunkIndex>>()
  readonly #givenBytes = new Map<Peer, number>()

  /** @param sizeBytes - size of the whole resource */
  constructor(readonly sizeBytes: number) {}

  /** A neighbour wants chunks; returns those for which there is no place. */
  want(peer: Peer, runs: readonly ChunkRun[]): ChunkRun[] {
    const waiting = this.#waiting.get(peer) ?? new Set<ChunkIndex>()
    this.#waiting.set(peer, waiting)
    const refused: ChunkIndex[] = []
    for (const index of chunksIn(runs)) {
      if (waiting.size < MAX_WANTS) waiting.add(index)
      else refused.push(index)
      if (refused.length > MAX_WANTS) break
    }
    return runsOf(refused)
  }

  cancel(peer: Peer, runs: readonly ChunkRun[]): void {
    const waiting = this.#waiting.get(peer)
    for (const index of waiting ?? [])
      if (runs.some(each => isInRun(index, each))) waiting?.delete(index)
  }

  forget(peer: Peer): void {
    this.#waiting.delete(peer)
    this.#givenBytes.delete(peer)
  }

  /** Says what to do for a neighbour now; `undefined` where it waits for nothing. */
  serve(peer: Peer, take: TakeUpload): Serving | undefined {
    const waiting = this.#waiting.get(peer)
    const index = waiting?.values().next().value
    if (!waiting || index === undefined) return undefined
    const waitMs = this.#isOverQuota(peer) ? NEVER_MS : take(CHUNK_BYTES)
    if (waitMs === 0) return { type: 'give', index }
    if (waitMs <= MOST_WAIT_MS) return { type: 'wait', forMs: waitMs }
    this.#waiting.delete(peer)
    const runs = runsOf([...waiting].sort((a, b) => a - b))
    return { type: 'refuse', runs, retryMs: Math.min(Math.ceil(waitMs), NEVER_MS) }
  }

  /** Takes a chunk off; whether it was still wanted. */
  settle(peer: Peer, index: ChunkIndex): boolean {
    return this.#waiting.get(peer)?.delete(index) ?? false
  }

  gave(peer: Peer, bytes: number): void {
    this.#givenBytes.set(peer, (this.#givenBytes.get(peer) ?? 0) + bytes)
  }

  /** Whether a neighbour was given as much as one may be. */
  #isOverQuota(peer: Peer): boolean {
    return (this.#givenBytes.get(peer) ?? 0) >= GIVEN_TIMES * this.sizeBytes
  }
}
