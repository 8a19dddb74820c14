/**
 * The connections of a page, which its films share (docs/decisions/one-connection-a-viewer.md). Viewers meet film by film, in
 * the room of each. Two who have a connection by then open a lane on it for one film more.
 */

import type { Join, Lane } from './lane.js'
import { SharedConnection } from './shared-connection.js'

/** A connection under way is waited for no longer, where it might serve another film. */
const UNDER_WAY_MS = 3_000

/** The room of one film, as far as neighbours of other films are concerned. */
export interface Joinable {
  /** Takes a join as the answer to an offer of the room's, if it is one. */
  takes(peer: string, join: Join): Promise<boolean>
  meet(peer: string, lane: Lane): void
}

/** What a room does to reach a peer. */
interface UnderWay {
  readonly room: Joinable
  readonly over: Promise<void>
  end(): void
}

/** The connections of a page, and its rooms. */
export class SharedConnections {
  readonly rooms = new Set<Joinable>()
  readonly #all = new Map<RTCPeerConnection, SharedConnection>()
  /** Peers that rooms are connecting to. */
  readonly #underWay = new Map<string, UnderWay>()

  /** A room is connecting to a peer, until they talk, or it gives up. */
  begin(peer: string, room: Joinable): void {
    if (this.#underWay.has(peer)) return
    let end = () => {}
    const over = new Promise<void>(resolve => {
      const timer = setTimeout(() => end(), UNDER_WAY_MS)
      end = () => {
        clearTimeout(timer)
        this.#underWay.delete(peer)
        resolve()
      }
    })
    this.#underWay.set(peer, { room, over, end })
  }

  /** A connection that a room has made for its film. */
  add(peer: string, connection: RTCPeerConnection, isOwn: boolean): SharedConnection {
    const shared = new SharedConnection(peer, connection, isOwn, this)
    this.#all.set(connection, shared)
    return shared
  }

  /** Whoever wants the peer for another film need wait no longer. */
  giveUp(peer: string): void {
    this.#underWay.get(peer)?.end()
  }

  /** The connection to a peer, where there is one, or is in a moment; otherwise the caller begins to make one. */
  async findOrBegin(peer: string, room: Joinable): Promise<SharedConnection | undefined> {
    const ofAnother = () => {
      const underWay = this.#underWay.get(peer)
      return underWay?.room === room ? undefined : underWay
    }
    for (let other = ofAnother(); other; other = ofAnother()) await other.over
    const found = [...this.#all.values()].find(
      shared => shared.peer === peer && shared.connection.connectionState === 'connected',
    )
    if (!found) this.begin(peer, room)
    return found
  }

  /** The room that made a connection needs it no longer; whether it is to be closed, as no other film uses it. */
  letGo(connection: RTCPeerConnection): boolean {
    const shared = this.#all.get(connection)
    shared?.leave(shared.first)
    return !this.#all.has(connection)
  }

  forget({ connection }: SharedConnection): void {
    this.#all.delete(connection)
  }

  /** Gives a lane that a peer has opened to the room whose offer it answers. */
  async answer(shared: SharedConnection, join: Join): Promise<void> {
    for (const room of this.rooms) {
      if (!(await room.takes(shared.peer, join))) continue
      const lane = shared.accept(join.lane)
      if (lane) room.meet(shared.peer, lane)
      return
    }
  }
}
