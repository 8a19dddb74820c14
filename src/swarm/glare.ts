/**
 * Two viewers who offer each other a connection at the same moment settle on one of the two: else each
 * would keep the one that it saw first, without a remote end. The offer of the lesser id wins
 * (docs/decisions/tracker-strategy.md).
 */

/** A connection that is not made within this time may be tried anew. */
const SETTLE_MS = 10_000

export class Glare {
  /** When this viewer last answered another's offer, and last accepted another's answer, by the other's name. */
  readonly #answeredAtMs = new Map<string, number>()
  readonly #tookAtMs = new Map<string, number>()

  constructor(readonly ownId: string) {}

  /** Whether to answer a peer's offer: not if its answer to an offer of ours was accepted. */
  answers(peerId: string, nowMs: number): boolean {
    if (isRecent(this.#tookAtMs, peerId, nowMs)) return false
    this.#answeredAtMs.set(peerId, nowMs)
    return true
  }

  /** Whether to accept a peer's answer: not if we answered its offer, and its id is the lesser. */
  takes(peerId: string, nowMs: number): boolean {
    if (this.ownId > peerId && isRecent(this.#answeredAtMs, peerId, nowMs)) return false
    this.#tookAtMs.set(peerId, nowMs)
    return true
  }

  /** A peer's offer that was answered came to nothing. */
  forget(peerId: string): void {
    this.#answeredAtMs.delete(peerId)
  }
}

/** Looks a peer up, and forgets those that are settled. */
function isRecent(times: Map<string, number>, peerId: string, nowMs: number): boolean {
  for (const [id, atMs] of times) if (nowMs - atMs >= SETTLE_MS) times.delete(id)
  return times.has(peerId)
}
