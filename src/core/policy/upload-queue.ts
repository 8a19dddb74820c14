/** What neighbours wait for: so many chunks each, in the order in which they were asked for, and none its fill of everybody's upload. */

import { type ChunkIndex, type ChunkRun, chunksIn, runsOf } from '../units.js'

/** Chunks that a neighbour may wait for at a time. */
export const MAX_WANTS = 64
/** A neighbour is given a film so many times at most, counted in bytes: its store may be small. */
const GIVEN_TIMES = 2

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
    const waiting = this.#waiting.get(peer) ?? []
    for (const index of waiting)
      if (runs.some(({ from, to }) => index >= from && index < to))
        this.#waiting.get(peer)?.delete(index)
  }

  forget(peer: Peer): void {
    this.#waiting.delete(peer)
    this.#givenBytes.delete(peer)
  }

  /** The chunk that a neighbour is to be given next. */
  next(peer: Peer): ChunkIndex | undefined {
    return this.#waiting.get(peer)?.values().next().value
  }

  /** Takes a chunk off; whether it was still wanted. */
  settle(peer: Peer, index: ChunkIndex): boolean {
    return this.#waiting.get(peer)?.delete(index) ?? false
  }

  gave(peer: Peer, bytes: number): void {
    this.#givenBytes.set(peer, (this.#givenBytes.get(peer) ?? 0) + bytes)
  }

  /** Whether a neighbour was given as much as one may be. */
  isOverQuota(peer: Peer): boolean {
    return (this.#givenBytes.get(peer) ?? 0) >= GIVEN_TIMES * this.sizeBytes
  }

  /** Takes off all that a neighbour waits for. */
  refuse(peer: Peer): ChunkRun[] {
    const refused = [...(this.#waiting.get(peer) ?? [])].sort((a, b) => a - b)
    this.#waiting.delete(peer)
    return runsOf(refused)
  }
}
