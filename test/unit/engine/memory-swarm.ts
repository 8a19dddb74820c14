/** Swarms without a network: those who join under one name are neighbours, and receive from each other a moment later. */

import type { SwarmtagError } from '../../../src/core/errors.js'
import { type ChunkIndex, type ChunkRun, runsOf } from '../../../src/core/units.js'
import type { Clock } from '../../../src/engine/clock.js'
import type { Shared } from '../../../src/engine/engine.js'
import type { SwarmListener, SwarmPort } from '../../../src/engine/swarm-port.js'

/** From one to another. */
const LATENCY_MS = 5
const MAX_WANTS = 64
/** What is not there may be asked for again after so long. */
const RETRY_MS = 1_000

type Deliver = (swarm: MemorySwarm, from: string) => void

/** Where they meet. */
export class MemoryRoom {
  readonly members = new Map<string, MemorySwarm>()

  constructor(readonly clock: Clock) {}

  join(name: string, shared: Shared, listener: SwarmListener): SwarmPort {
    const swarm = new MemorySwarm(name, this, shared, listener)
    for (const each of this.members.values()) {
      swarm.meet(each)
      each.meet(swarm)
    }
    this.members.set(name, swarm)
    return swarm
  }
}

class MemorySwarm implements SwarmPort {
  readonly #neighbours = new Set<string>()
  readonly #wanted = new Map<string, Set<ChunkIndex>>()
  /** What each neighbour gave, one after the other: nothing is read behind what is still looked at. */
  readonly #reading = new Map<string, Promise<void>>()

  constructor(
    readonly name: string,
    readonly room: MemoryRoom,
    readonly shared: Shared,
    readonly listener: SwarmListener,
  ) {}

  meet({ name, shared }: MemorySwarm): void {
    this.room.clock.after(LATENCY_MS, () => {
      if (!this.room.members.has(name) || !this.room.members.has(this.name)) return
      this.#neighbours.add(name)
      this.listener.handle({ type: 'joined', peer: name, maxWants: MAX_WANTS })
      const runs = shared.held.runs()
      if (runs.length > 0) this.listener.handle({ type: 'have', peer: name, runs })
    })
  }

  leave(): void {
    if (this.room.members.get(this.name) !== this) return
    for (const each of [...this.#neighbours]) this.#part(each)
    this.room.members.delete(this.name)
  }

  want(peer: string, indices: readonly ChunkIndex[]): void {
    const wanted = this.#wanted.get(peer) ?? new Set()
    this.#wanted.set(peer, wanted)
    for (const index of indices) wanted.add(index)
    this.#send(peer, swarm => void swarm.#give(this.name, indices))
  }

  cancel(peer: string, indices: readonly ChunkIndex[]): void {
    for (const index of indices) this.#wanted.get(peer)?.delete(index)
  }

  sendHave(index: ChunkIndex): void {
    const runs = runsOf([index])
    this.#sendAll((swarm, peer) => swarm.listener.handle({ type: 'have', peer, runs }))
  }

  sendLost(runs: readonly ChunkRun[]): void {
    this.#sendAll((swarm, peer) => swarm.listener.handle({ type: 'no-longer-has', peer, runs }))
  }

  letGo(peer: string, error: SwarmtagError): void {
    if (!this.#neighbours.has(peer)) return
    this.#part(peer)
    this.listener.failed(error)
  }

  ban(peer: string, error: SwarmtagError): void {
    this.letGo(peer, error)
  }

  async #give(to: string, indices: readonly ChunkIndex[]): Promise<void> {
    for (const index of indices) {
      const bytes = await this.shared.read(index)
      if (!bytes) {
        const runs = runsOf([index])
        const said = { peer: this.name, runs }
        this.#send(to, swarm => swarm.listener.handle({ type: 'no-longer-has', ...said }))
        this.#send(to, swarm => swarm.listener.handle({ type: 'busy', ...said, retryMs: RETRY_MS }))
        continue
      }
      if (!this.#neighbours.has(to)) return
      this.listener.uploaded(to, index, bytes.length)
      this.#send(to, swarm => swarm.#take(this.name, index, bytes.slice()))
    }
  }

  #take(from: string, index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void {
    const before = this.#reading.get(from) ?? Promise.resolve()
    const reading = before.then(async () => {
      if (this.#neighbours.has(from) && this.#wanted.get(from)?.delete(index))
        await this.listener.arrived(from, index, bytes)
    })
    this.#reading.set(from, reading)
  }

  /** Ends with a neighbour, who learns of it. */
  #part(peer: string): void {
    this.#send(peer, (swarm, from) => swarm.#gone(from))
    this.#gone(peer)
  }

  #gone(peer: string): void {
    if (!this.#neighbours.delete(peer)) return
    this.#wanted.delete(peer)
    this.listener.handle({ type: 'left', peer })
  }

  #sendAll(deliver: Deliver): void {
    for (const each of this.#neighbours) this.#send(each, deliver)
  }

  #send(peer: string, deliver: Deliver): void {
    const swarm = this.room.members.get(peer)
    if (!swarm || !this.#neighbours.has(peer)) return
    this.room.clock.after(LATENCY_MS, () => {
      if (swarm.#neighbours.has(this.name)) deliver(swarm, this.name)
    })
  }
}
