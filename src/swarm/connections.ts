/**
 * The connections of one room. trystero gets them instead of `RTCPeerConnection`s, as it neither counts its own nor closes
 * all of them, makes 20 ahead of any need, and accepts whatever a peer sends.
 */

import { SwarmtagError } from '../core/errors.js'
import { certificateOf } from '../core/peers/certificate.js'
import { nameOf } from '../core/peers/peer-name.js'
import { type ConnectionPolicy, readDescription } from './description.js'
import type { Glare } from './glare.js'
import { isHandshakeFrame, MAX_FRAMES } from './handshake-frame.js'
import { openOnceSpokenTo } from './incoming-channel.js'
import { type IncomingOffer, IncomingOffers } from './incoming-offers.js'
import type { Lane } from './lane.js'
import type { SharedConnections } from './shared-connections.js'

/** Connections reserved for this viewer's own offers, as are so many neighbours (`OWN_LINKS`). */
const OWN_CONNECTIONS = 6
/** From the exchange of descriptions until the browsers reach each other. */
const REACH_MS = 8_000
/** From then on to an open channel; and from an offer of this viewer's to an answer. */
const HANDSHAKE_MS = 20_000
/** From the open channel to the end of the handshake, a few round trips. */
const FRAMES_MS = 5_000
/** An offer that cannot be read leaves a connection with no description at all. */
const DESCRIBED_MS = 5_000

/** One for all connections of the page, by which its neighbours recognize it. */
const certificates: RTCCertificate[] = []
let isCertified: Promise<void> | undefined
const makeCertificate = async (): Promise<void> => {
  const key: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' }
  certificates.push(await RTCPeerConnection.generateCertificate(key))
}

/** Makes the page's certificate; a browser that cannot is known by another name on each connection. */
export const certify = (): Promise<void> => (isCertified ??= makeCertificate().catch(() => {}))

/** What trystero gets if it wants a connection of its own accord: a closed one. */
const CLOSED = {
  connectionState: 'closed',
  signalingState: 'closed',
  createDataChannel: () => ({}),
  addEventListener: () => {},
  close: () => {},
}

export class Connections {
  /** For trystero. */
  readonly Connection: typeof RTCPeerConnection
  /** The open ones, with the timeout of those that are not settled. */
  readonly #open = new Map<RTCPeerConnection, ReturnType<typeof setTimeout> | undefined>()
  /** Those that were made for an offer of this viewer. */
  readonly #own = new WeakSet<RTCPeerConnection>()
  readonly #incoming: IncomingOffers
  /** trystero's channel of each. */
  readonly #frames = new WeakMap<RTCPeerConnection, RTCDataChannel>()
  /** The peers of those that are settled. */
  readonly #names = new Map<RTCPeerConnection, string>()
  #isShut = true

  /**
   * @param most - connections at a time, those under way included
   * @param policy - who may come in, and which addresses are tried
   * @param glare - which of two offers holds
   * @param onOffence - called with a peer that sent what nobody asked for; its connection is closed next
   */
  constructor(
    readonly most: number,
    readonly policy: ConnectionPolicy,
    readonly glare: Glare,
    readonly onOffence: (connection: RTCPeerConnection, error: SwarmtagError) => void,
    /** Those of all rooms that are settled. */
    readonly shared: SharedConnections,
    /** What they are made with. */
    readonly PeerConnection = globalThis.RTCPeerConnection,
  ) {
    this.Connection = new Proxy(Object as unknown as typeof RTCPeerConnection, {
      construct: (_target, [configuration]) =>
        this.#isShut || this.room === 0 ? CLOSED : this.#make(configuration),
    })
    this.#incoming = new IncomingOffers(glare)
  }

  /** How many more there may be. */
  get room(): number {
    return Math.max(0, this.most - this.#open.size)
  }

  /** From now on there may be connections. */
  unlock(): void {
    this.#isShut = false
  }

  /**
   * Reserves a connection for a peer's offer, which trystero is given next.
   *
   * @returns `undefined` while there is no place for it
   * @throws SwarmtagError `peer-protocol` if it must not be answered at all
   */
  expect(peerId: string, sdp: string): IncomingOffer | undefined {
    const description = readDescription(sdp, this.policy)
    const name = nameOf(peerId, description.certificate)
    for (const [connection, each] of this.#names)
      if (each === name && connection.connectionState === 'connected')
        throw new SwarmtagError('peer-protocol', 'the peer is a neighbour already')
    const others = [...this.#open.keys()].filter(each => !this.#own.has(each)).length
    const isRoom = this.room > 0 && others < this.most - OWN_CONNECTIONS
    return this.#incoming.take(peerId, sdp, description, isRoom)
  }

  /** trystero was given an offer: if it wanted no connection, the reservation ends. */
  expectNoMore(offer: IncomingOffer): void {
    this.#incoming.giveUp(offer)
  }

  /** The handshake is done: a connection may stay. Returns the lane of this room's film. */
  settle(connection: RTCPeerConnection, name: string): Lane {
    this.#limit(connection)
    this.#names.set(connection, name)
    const certificate = certificateOf(connection.remoteDescription?.sdp ?? '')
    if (certificate) this.#incoming.settle(connection, certificate)
    return this.shared.add(name, connection, this.#own.has(connection)).first
  }

  /** Closes all, for good. */
  close(): void {
    this.#isShut = true
    for (const connection of this.#open.keys()) connection.close()
  }

  #make(configuration?: RTCConfiguration): RTCPeerConnection {
    const connection = new this.PeerConnection({ ...configuration, certificates })
    this.#open.set(connection, undefined)
    this.#limit(connection, DESCRIBED_MS, () => !connection.localDescription)
    const { close, createDataChannel } = connection
    const describe: (description: RTCSessionDescriptionInit) => Promise<void> =
      connection.setRemoteDescription
    connection.close = () => {
      clearTimeout(this.#open.get(connection))
      if (this.#open.delete(connection)) this.#closed(connection)
      if (this.shared.letGo(connection)) close.call(connection)
      // By this trystero knows on both sides that the peer has left the room.
      else this.#frames.get(connection)?.close()
    }
    connection.createDataChannel = (label, init) => {
      const channel = createDataChannel.call(connection, label, init)
      if (init?.negotiated) return channel
      this.#own.add(connection)
      this.#limit(connection, HANDSHAKE_MS)
      this.#guard(connection, channel)
      return channel
    }
    connection.setRemoteDescription = async ({ type, sdp = '' }: RTCSessionDescriptionInit) => {
      try {
        const read = this.#own.has(connection)
          ? readDescription(sdp, this.policy)
          : this.#incoming.begin(sdp, connection)
        this.#limit(connection, REACH_MS)
        await describe.call(connection, { type, sdp: read.sdp })
      } catch (error) {
        connection.close()
        throw error
      }
    }
    let isReached = false
    connection.addEventListener('iceconnectionstatechange', () => {
      if (isReached || !/^(connected|completed)$/.test(connection.iceConnectionState)) return
      isReached = true
      this.#limit(connection, HANDSHAKE_MS)
    })
    // Descriptions are complete: the protocol has no single candidates.
    connection.addIceCandidate = async () => {}
    let channels = 0
    connection.addEventListener('datachannel', ({ channel }) => {
      if (this.#own.has(connection) || channels++ > 0) return this.#refuse(connection, 'a channel')
      this.#guard(connection, channel)
      openOnceSpokenTo(channel)
    })
    return connection
  }

  #closed(connection: RTCPeerConnection): void {
    this.#names.delete(connection)
    this.#incoming.end(connection)
    // Browsers fire no event when a page closes its own connection, and trystero would accept no other of that peer.
    queueMicrotask(() => connection.dispatchEvent(new Event('connectionstatechange')))
  }

  /** Checks messages on trystero's channel before trystero: this listener comes first. */
  #guard(connection: RTCPeerConnection, channel: RTCDataChannel): void {
    let frames = 0
    this.#frames.set(connection, channel)
    channel.addEventListener('message', event => {
      if (++frames <= MAX_FRAMES && isHandshakeFrame(event.data)) return
      event.stopImmediatePropagation()
      this.#refuse(connection, 'a frame')
    })
    channel.addEventListener('open', () => this.#limit(connection, FRAMES_MS))
    // trystero would print a neighbour's leaving as an error; the close that follows is enough.
    channel.addEventListener('error', event => event.stopImmediatePropagation())
    // trystero forgets the connection then, and leaves it open.
    channel.addEventListener('close', () => connection.close())
  }

  #refuse(connection: RTCPeerConnection, what: string): void {
    if (!this.#open.has(connection)) return
    const error = new SwarmtagError('peer-protocol', `the peer sent ${what} that nobody asked for`)
    this.onOffence(connection, error)
    connection.close()
  }

  /** Closes a connection after a time, which replaces its timeout; without a time never. */
  #limit(connection: RTCPeerConnection, ms?: number, isOver = () => true): void {
    if (!this.#open.has(connection)) return
    clearTimeout(this.#open.get(connection))
    const close = () => void (isOver() && connection.close())
    this.#open.set(connection, ms === undefined ? undefined : setTimeout(close, ms))
  }
}
