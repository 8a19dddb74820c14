/**
 * The connections of one room. trystero is given them in the place of `RTCPeerConnection`s, as it neither
 * counts its own nor closes all of them, makes 20 ahead of any need, and takes whatever a peer sends.
 */

import { type CandidatePolicy, trimCandidates } from '../core/candidates.js'
import { certificateOf } from '../core/certificate.js'
import { SwarmtagError } from '../core/errors.js'
import { TokenBucket } from '../core/token-bucket.js'
import { isHandshakeFrame, MAX_FRAMES } from './handshake-frame.js'
import { openOnceSpokenTo } from './incoming-channel.js'

/** From the exchange of descriptions to an open channel. */
const HANDSHAKE_MS = 20_000
/** From the open channel to the end of the handshake, which then takes a few round trips. */
const FRAMES_MS = 5_000
/** An offer that cannot be read leaves a connection with no description at all. */
const DESCRIBED_MS = 5_000
/** One data channel takes some 500, and each address 100. */
const MAX_SDP_CHARACTERS = 16_384

/**
 * Addresses that offers of others may have this browser try, a second and at once, all rooms of the page together: who
 * sends offers in numbers makes no flood of it.
 */
const ADDRESSES_PER_SECOND = 2
const ADDRESSES_AT_ONCE = 60
const addresses = new TokenBucket(ADDRESSES_PER_SECOND, ADDRESSES_AT_ONCE)

/** One for all connections of the page, by which its neighbours know it again; until it is made browsers make one for each. */
const certificates: RTCCertificate[] = []
let isCertificateAsked = false
const makeCertificate = async (): Promise<void> => {
  const key: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' }
  certificates.push(await RTCPeerConnection.generateCertificate(key))
}

export interface ConnectionPolicy extends CandidatePolicy {
  /** Whether there is room, and the owner of this certificate may come in. */
  admits(certificate: string): boolean
}

/** What trystero gets where it wants a connection that nobody asked for: one that is over. */
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
  /** Those that are not closed, and the time limit of those that are not settled. */
  readonly #open = new Map<RTCPeerConnection, ReturnType<typeof setTimeout> | undefined>()
  /** Those that were made for an offer of this viewer. */
  readonly #own = new WeakSet<RTCPeerConnection>()
  #isShut = true

  /**
   * @param most - connections at a time, those under way included
   * @param policy - who may come in, and which addresses are tried
   * @param onOffence - told of a peer that sent what nobody asked for; its connection is closed next
   */
  constructor(
    readonly most: number,
    readonly policy: ConnectionPolicy,
    readonly onOffence: (connection: RTCPeerConnection, error: SwarmtagError) => void,
  ) {
    this.Connection = new Proxy(Object as unknown as typeof RTCPeerConnection, {
      construct: (_target, [configuration]) =>
        this.#isShut || this.room === 0 ? CLOSED : this.#make(configuration),
    })
  }

  /** How many more there may be. */
  get room(): number {
    return Math.max(0, this.most - this.#open.size)
  }

  /** From now on there may be connections. */
  unlock(): void {
    this.#isShut = false
    // Without one a browser that cannot make it is known by another name on each connection.
    if (!isCertificateAsked) void makeCertificate().catch(() => {})
    isCertificateAsked = true
  }

  /** Whether this viewer's own offer led to a connection, and not a peer's. */
  isOwn(connection: RTCPeerConnection): boolean {
    return this.#own.has(connection)
  }

  /** The handshake is done: a connection may stay. */
  settle(connection: RTCPeerConnection): void {
    this.#limit(connection)
  }

  /** Closes all, for good. */
  close(): void {
    this.#isShut = true
    for (const connection of this.#open.keys()) connection.close()
  }

  #make(configuration?: RTCConfiguration): RTCPeerConnection {
    const connection = new RTCPeerConnection({ ...configuration, certificates })
    this.#open.set(connection, undefined)
    this.#limit(connection, DESCRIBED_MS, () => !connection.localDescription)
    const { close, createDataChannel } = connection
    const describe: (description: RTCSessionDescriptionInit) => Promise<void> =
      connection.setRemoteDescription
    connection.close = () => {
      clearTimeout(this.#open.get(connection))
      this.#open.delete(connection)
      close.call(connection)
    }
    connection.createDataChannel = (label, init) => {
      const channel = createDataChannel.call(connection, label, init)
      if (init?.negotiated) return channel
      this.#own.add(connection)
      this.#guard(connection, channel)
      return channel
    }
    connection.setRemoteDescription = async (description: RTCSessionDescriptionInit) => {
      requireChannelOnly(description.sdp ?? '')
      this.#requireAdmitted(description.sdp ?? '')
      const trimmed = trimCandidates(description.sdp ?? '', this.policy)
      // Answers are no more than this viewer's own offers.
      if (!this.#own.has(connection)) takeAddresses(trimmed.addresses.length)
      this.#limit(connection, HANDSHAKE_MS)
      await describe.call(connection, { ...description, sdp: trimmed.sdp })
    }
    // Descriptions go whole: a candidate that comes by itself is none of the protocol's.
    connection.addIceCandidate = async () => {}
    let channels = 0
    connection.addEventListener('datachannel', ({ channel }) => {
      if (this.#own.has(connection) || channels++ > 0) return this.#refuse(connection, 'a channel')
      this.#guard(connection, channel)
      openOnceSpokenTo(channel)
    })
    return connection
  }

  #requireAdmitted(sdp: string): void {
    const certificate = certificateOf(sdp)
    if (certificate === undefined || !this.policy.admits(certificate))
      throw new SwarmtagError('peer-protocol', 'the peer is not let in')
  }

  /** Sees trystero's channel before trystero does: this listener comes first. */
  #guard(connection: RTCPeerConnection, channel: RTCDataChannel): void {
    let frames = 0
    channel.addEventListener('message', event => {
      if (++frames <= MAX_FRAMES && isHandshakeFrame(event.data)) return
      event.stopImmediatePropagation()
      this.#refuse(connection, 'a frame')
    })
    channel.addEventListener('open', () => this.#limit(connection, FRAMES_MS))
    // A neighbour that leaves is no error, which trystero would print; the close that follows tells enough.
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

  /** Closes a connection after a time, in the place of any limit that it has; without a time never. */
  #limit(connection: RTCPeerConnection, ms?: number, isOver = () => true): void {
    if (!this.#open.has(connection)) return
    clearTimeout(this.#open.get(connection))
    const close = () => void (isOver() && connection.close())
    this.#open.set(connection, ms === undefined ? undefined : setTimeout(close, ms))
  }
}

/** Refuses an offer while others have used up what may be tried. */
function takeAddresses(count: number): void {
  if (addresses.waitMs(count, performance.now()) > 0)
    throw new SwarmtagError('peer-protocol', 'offers name more addresses than may be tried now')
  addresses.take(count)
}

/** Refuses what would cost more than one data channel: pictures, sound, addresses by the hundred. */
function requireChannelOnly(sdp: string): void {
  const media = sdp.match(/^m=\w+/gm) ?? []
  if (sdp.length > MAX_SDP_CHARACTERS || media.length !== 1 || media[0] !== 'm=application')
    throw new SwarmtagError('peer-protocol', 'the peer described more than a data channel')
}
