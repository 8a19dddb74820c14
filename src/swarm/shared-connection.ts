/** A connection to a peer, and the lanes on it: one for each film that both watch. */

import { SwarmtagError } from '../core/errors.js'
import { FIRST_LANE, type Join, Lane } from './lane.js'
import type { SharedConnections } from './shared-connections.js'

/** A lane has two ids. Lanes of the two sides, counted from 1, take turns: first one of who offered the connection. */
const LANE_STEP = 4
/** Ids stay below 256, as many streams as every browser has. */
const MOST_JOINS = 38
/** A connection that is interrupted for longer has ended. */
const INTERRUPTED_MS = 5_000

export class SharedConnection {
  readonly first: Lane
  readonly #lanes: Set<Lane>
  readonly #theirs = new Set<number>()
  #joins = 0
  #isOver = false
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param isOwn - whether it came by an offer of this viewer's */
  constructor(
    readonly peer: string,
    readonly connection: RTCPeerConnection,
    readonly isOwn: boolean,
    readonly owner: SharedConnections,
  ) {
    this.first = new Lane(this, FIRST_LANE, isOwn)
    this.#lanes = new Set([this.first])
    connection.addEventListener('connectionstatechange', () => this.#look())
  }

  /** Opens a lane for an offer of the other side's, and sends it; `undefined` where that cannot be. */
  join(offerId: string, proof: Uint8Array): Lane | undefined {
    const { say } = [...this.#lanes].find(lane => lane.say) ?? {}
    if (!say || this.#joins >= MOST_JOINS) return undefined
    const lane = new Lane(this, laneOf(this.isOwn, ++this.#joins), false)
    this.#lanes.add(lane)
    say({ offerId, lane: lane.id, proof })
    return lane
  }

  /**
   * The other side has opened a lane.
   *
   * @throws SwarmtagError `peer-protocol` if it is none that it may open
   */
  handleJoin(join: Join): void {
    const number = (join.lane - laneOf(!this.isOwn, 0)) / LANE_STEP
    const isTheirs = Number.isInteger(number) && number >= 1 && number <= MOST_JOINS
    if (!isTheirs || this.#theirs.has(join.lane))
      throw new SwarmtagError('peer-protocol', `the peer opened lane ${join.lane}`)
    this.#theirs.add(join.lane)
    void this.owner.answer(this, join)
  }

  /** A lane that the other side has opened. */
  accept(id: number): Lane | undefined {
    if (this.#isOver) return undefined
    const lane = new Lane(this, id, true)
    this.#lanes.add(lane)
    return lane
  }

  /** A film needs its lane no longer. */
  leave(lane: Lane): void {
    if (!this.#lanes.delete(lane)) return
    lane.shut()
    if (this.#lanes.size === 0 || this.connection.connectionState !== 'connected') this.cut()
  }

  /** Ends it for all films. */
  cut(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    for (const lane of this.#lanes) lane.shut()
    this.#lanes.clear()
    this.owner.forget(this)
    this.connection.close()
  }

  #look(): void {
    clearTimeout(this.#timer)
    const { connectionState } = this.connection
    if (connectionState === 'failed' || connectionState === 'closed') this.cut()
    if (connectionState === 'disconnected')
      this.#timer = setTimeout(() => this.cut(), INTERRUPTED_MS)
  }
}

const laneOf = (isOfferer: boolean, number: number): number =>
  FIRST_LANE + number * LANE_STEP + (isOfferer ? 0 : LANE_STEP / 2)
