/** Two swarms with real WebRTC between them; how they would have met, in a room of trackers, is done by hand. */

import { Bans } from '../../src/swarm/bans.js'
import type { RoomOptions } from '../../src/swarm/room.js'
import { SharedConnections } from '../../src/swarm/shared-connections.js'
import { Swarm } from '../../src/swarm/swarm.js'
import { connected } from './connected.js'
import type { Join, Pair } from './swarm-port.js'

const BUDGET = { isOpen: true, take: () => 0, refund: () => {} }

/** Rooms that were joined, in order: what stands in for `joinRoom` puts them here. */
export const rooms: RoomOptions[] = []

export async function webRtcPair(PeerConnection: typeof RTCPeerConnection): Promise<Pair> {
  rooms.length = 0
  const connections: RTCPeerConnection[] = []
  const join: Join = (shared, listener) => {
    const swarm = new Swarm({
      ...{ ...shared, listener, budget: BUDGET, bans: new Bans(), role: 'provider' },
      connections: new SharedConnections(),
      ...{ trackers: [], iceServers: [], isRelayed: false },
    })
    swarm.join()
    if (rooms.length === 2) void meet()
    return swarm
  }
  const meet = async () => {
    const [near, far] = await connected(PeerConnection)
    connections.push(near, far)
    const laneOf = (peer: string, connection: RTCPeerConnection, isOwn: boolean) =>
      new SharedConnections().add(peer, connection, isOwn).first
    rooms[0]?.onPeer('far', laneOf('far', near, true))
    rooms[1]?.onPeer('near', laneOf('near', far, false))
  }
  return {
    joins: [join, join],
    pass: () => new Promise(resolve => setTimeout(resolve, 10)),
    end: async () => {
      for (const each of connections) each.close()
    },
  }
}
