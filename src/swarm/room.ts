/** Meets other viewers of the same resource through trystero and any WebTorrent tracker. */

import { selfId } from 'trystero'
import { SwarmtagError } from '../core/errors.js'
import { Connections } from './connections.js'
import { Glare } from './glare.js'
import { Joins } from './joins.js'
import type { Lane } from './lane.js'
import { WIRE_VERSION } from './messages.js'
import type { SharedConnections } from './shared-connections.js'
import { joinTrackers } from './tracker-strategy.js'
import { withoutUnload } from './unload.js'

/** trystero's name for the room, in each film's app. */
const ROOM_ID = 'viewers'

/** What browsers have, and Node must be given. */
export interface Platform {
  readonly PeerConnection: typeof RTCPeerConnection
  readonly Socket: typeof WebSocket
}

/** This viewer's id for others, for the life of the page. */
export const ownId: string = selfId

export interface RoomOptions {
  /** The resource's root. */
  root: string
  /** WebSocket URLs of WebTorrent trackers; all are used. */
  trackers: readonly string[]
  /** STUN and TURN servers. None means that only the viewer's own addresses are offered. */
  iceServers: readonly RTCIceServer[]
  /** Whether connections go through TURN servers only, so that no peer learns this viewer's address. */
  isRelayed: boolean
  /** @default the browser's own */
  platform?: Platform | undefined
  /** Connections at a time, those under way included. */
  mostConnections: number
  /** How many more neighbours are wanted now. */
  wanted(): number
  /** Called with how many viewers a tracker knows, this one included. */
  counted(viewers: number): void
  /** The connections of all rooms of the page. */
  shared: SharedConnections
  /** Whether there is room, and this certificate is not banned. */
  admits(certificate: string): boolean
  isNeighbour(peerId: string): boolean
  onPeer(peerId: string, lane: Lane): void
  onPeerGone(peerId: string): void
  /** A peer sent what nobody asked for; its connection is closed next. */
  onOffence(connection: RTCPeerConnection, error: SwarmtagError): void
}

export interface Room {
  /** A neighbour has gone: looks for others, where they are wanted. */
  lookForMore(): void
  /** Sends a goodbye to peers and trackers, and closes every connection, at once. */
  leave(): void
}

/**
 * Joins the room of a resource. Each resource has a room under an app id of its own: trystero would else share one connection
 * among rooms by itself, and close it for all of them when one lets go.
 */
export function joinRoom(options: RoomOptions): Room {
  const glare = new Glare(ownId)
  const { root, mostConnections, onOffence, platform, shared } = options
  const appId = `swarmtag/${WIRE_VERSION}/${root}`
  const connections = new Connections(
    mostConnections,
    options,
    glare,
    onOffence,
    shared,
    platform?.PeerConnection,
  )
  const joins: Joins = new Joins(shared, {
    secret: `${root}:${appId}:${ROOM_ID}`,
    glare,
    hasRoom: () => options.admits(''),
    isNeighbour: options.isNeighbour,
    isOffered: offerId => isOffered(offerId),
    withdraw: offerId => withdraw(offerId),
    onPeer: options.onPeer,
  })
  const { room, lookForMore, isOffered, withdraw, leave } = withoutUnload(() =>
    joinTrackers(
      {
        appId,
        // Encrypts the signalling: only peers with the manifest can connect.
        password: root,
        trackers: options.trackers,
        Socket: options.platform?.Socket,
        wanted: options.wanted,
        counted: options.counted,
        connections,
        joins,
        // The tracker carries whole offers: candidates one by one would be a message each.
        trickleIce: false,
        // Keeps trystero from announcing this viewer by itself.
        passive: true,
        rtcPolyfill: connections.Connection,
        rtcConfig: {
          iceServers: [...options.iceServers],
          iceTransportPolicy: options.isRelayed ? 'relay' : 'all',
        },
      },
      ROOM_ID,
      {
        onPeerHandshake: async (_peerId, send, receive) => {
          if (!options.admits('')) throw new SwarmtagError('peer-protocol', 'no room for this peer')
          const [, hello] = await Promise.all([send({ version: WIRE_VERSION }), receive()])
          if (!isHello(hello.data)) throw new SwarmtagError('peer-protocol', 'another version')
        },
      },
    ),
  )
  room.onPeerJoin = peerId => {
    const connection = room.getPeers()[peerId]
    if (connection) options.onPeer(peerId, connections.settle(connection, peerId))
  }
  room.onPeerLeave = options.onPeerGone
  return {
    lookForMore,
    leave: () => {
      // Its goodbye is sent before this returns; then it waits for a tenth of a second.
      void room.leave().catch(() => {})
      joins.leave()
      leave()
      connections.close()
    },
  }
}

const isHello = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'version' in data && data.version === WIRE_VERSION
