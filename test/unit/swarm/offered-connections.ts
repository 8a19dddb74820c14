/** Connections that lead nowhere, as trystero has them made, and descriptions as browsers write them. */

import { expect, vi } from 'vitest'
import { nameOf } from '../../../src/core/peers/peer-name.js'
import { Connections } from '../../../src/swarm/connections.js'
import { Glare } from '../../../src/swarm/glare.js'
import { SharedConnections } from '../../../src/swarm/shared-connections.js'

/** A browser's, as far as it is used before anybody is reached. */
class Unreached extends EventTarget {
  connectionState = 'new'
  signalingState = 'stable'
  iceConnectionState = 'new'
  localDescription: { sdp: string } | null = null
  remoteDescription: { sdp: string } | null = null

  createDataChannel(): EventTarget {
    this.localDescription = { sdp: '' }
    return new EventTarget()
  }

  async setRemoteDescription(description: { sdp: string }): Promise<void> {
    this.remoteDescription = description
    this.localDescription = { sdp: '' }
  }

  close(): void {
    this.connectionState = 'closed'
  }
}

export interface Offerer {
  readonly id?: string
  readonly certificate?: string
  readonly addresses?: readonly string[]
}

let drawn = 0
/** What a peer offers; what is not said of it nobody else has. */
export function offerOf(offerer: Offerer = {}) {
  const number = ++drawn
  const certificate = offerer.certificate ?? `sha-256 ${number}`
  const addresses = offerer.addresses ?? [`10.1.${number >> 8}.${number & 127}`]
  const id = offerer.id ?? `peer${String(number).padStart(16, '0')}`
  const candidates = addresses.map(
    (address, at) =>
      `a=candidate:${at} 1 udp 2122260223 ${address} 50000 typ ${KINDS[at] ?? 'relay'}`,
  )
  const lines = ['v=0', 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', ...candidates]
  const sdp = [...lines, `a=fingerprint:${certificate}`, ''].join('\r\n')
  return { id, certificate, sdp, name: nameOf(id, certificate) }
}
/** A description has so many candidates of each kind at most. */
const KINDS = ['host', 'host', 'host', 'host', 'srflx', 'srflx', 'srflx']

/** A room's connections, `most` of them; and what trystero does with offers. */
export function connectionsOf(most = 28) {
  // A real one would send packets to whatever addresses these tests name.
  const PeerConnection = Unreached as unknown as typeof RTCPeerConnection
  const policy = { isRelayed: false, admits: () => true }
  const connections = new Connections(
    most,
    policy,
    new Glare('me'),
    vi.fn(),
    new SharedConnections(),
    PeerConnection,
  )
  connections.unlock()
  const made: RTCPeerConnection[] = []
  const begin = async ({ id, sdp }: ReturnType<typeof offerOf>) => {
    const offer = connections.expect(id, sdp)
    if (!offer) return undefined
    const connection = new connections.Connection()
    expect(connection).toBeInstanceOf(Unreached)
    made.push(connection)
    await connection.setRemoteDescription({ type: 'offer', sdp })
    connections.expectNoMore(offer)
    return connection
  }
  /** Answers an offer, where there is a place for it. */
  const answer = (offerer?: Offerer) => begin(offerOf(offerer))
  /** The same, and it becomes a neighbour. */
  const meet = async (offerer?: Offerer) => {
    const offered = offerOf(offerer)
    const connection = await begin(offered)
    if (!connection) return undefined
    Object.assign(connection, { connectionState: 'connected' })
    connections.settle(connection, offered.name)
    return connection
  }
  /** Offers on this viewer's own part: tells how many found a connection. */
  const offerAll = () => {
    let count = 0
    for (; count < 100; count++) {
      const connection = new connections.Connection()
      if (!(connection instanceof Unreached)) break
      connection.createDataChannel()
    }
    return count
  }
  const open = () => made.filter(({ connectionState }) => connectionState !== 'closed').length
  return { connections, answer, meet, offerAll, open }
}
