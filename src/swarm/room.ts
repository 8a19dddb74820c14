/** Meets other viewers of the same resource through trystero and any WebTorrent tracker. */

import { selfId } from 'trystero'
import { SwarmtagError } from '../core/errors.js'
import { Glare } from './glare.js'
import { WIRE_VERSION } from './messages.js'
import { joinTrackers } from './tracker.js'

/** Who this viewer is to others, until the page is left. */
export const ownId: string = selfId

export interface RoomOptions {
  /** The resource's root. */
  root: string
  /** WebSocket URLs of WebTorrent trackers; all are used. */
  trackers: readonly string[]
  /** STUN and TURN servers. None means that only the viewer's own addresses are offered. */
  iceServers: readonly RTCIceServer[]
  /** How many more neighbours are wanted now. */
  wanted(): number
  /** Told how many viewers a tracker knows, this one included. */
  counted(viewers: number): void
  /** Whether this peer may come in. */
  admits(peerId: string): boolean
  onPeer(peerId: string, connection: RTCPeerConnection): void
  onPeerGone(peerId: string): void
}

export interface Room {
  leave(): Promise<void>
}

/**
 * Joins the room of a resource. Each resource has a room under an app id of its own: trystero would
 * else share one connection among rooms, and a neighbour dropped in one would be gone from all.
 */
export function joinRoom(options: RoomOptions): Room {
  const room = joinTrackers(
    {
      appId: `swarmtag/${WIRE_VERSION}/${options.root}`,
      // Encrypts the signalling: only who has the manifest can meet its viewers.
      password: options.root,
      trackers: options.trackers,
      wanted: options.wanted,
      counted: options.counted,
      glare: new Glare(ownId),
      // The tracker carries whole offers: candidates one by one would be a message each.
      trickleIce: false,
      // Keeps trystero from making 20 connections ahead of any need.
      passive: true,
      rtcConfig: { iceServers: [...options.iceServers] },
    },
    'viewers',
    {
      onPeerHandshake: async (peerId, send, receive) => {
        if (!options.admits(peerId))
          throw new SwarmtagError('peer-protocol', 'no room for this peer')
        const [, hello] = await Promise.all([send({ version: WIRE_VERSION }), receive()])
        if (!isHello(hello.data)) throw new SwarmtagError('peer-protocol', 'another version')
      },
    },
  )
  room.onPeerJoin = peerId => {
    const connection = room.getPeers()[peerId]
    if (connection) options.onPeer(peerId, connection)
  }
  room.onPeerLeave = options.onPeerGone
  return { leave: () => room.leave() }
}

const isHello = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'version' in data && data.version === WIRE_VERSION
