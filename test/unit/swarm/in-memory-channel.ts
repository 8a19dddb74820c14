/**
 * An in-memory stand-in for two connected `RTCPeerConnection`s and their negotiated data channels: what
 * is sent arrives later, whole and in order, or is lost where the other side has no such channel yet.
 */

import type { Lane } from '../../../src/swarm/lane.js'
import { SharedConnections } from '../../../src/swarm/shared-connections.js'

/** Runs until nothing is on its way any more. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
}

export interface InMemoryOptions {
  /** Largest message; `null`: the browser names none. */
  maxMessageBytes?: number | null
}

export class InMemoryConnection {
  readonly channels = new Map<number, InMemoryChannel>()
  readonly sctp: { maxMessageSize: number } | null
  /** Where the other side is reached. */
  address: string | undefined
  candidateType = 'host'
  remoteDescription: { sdp: string } | null = null
  other: InMemoryConnection | undefined
  isClosed = false
  /** What is sent waits here, as on a network that has stopped. */
  isStalled = false

  constructor({ maxMessageBytes = 262_144 }: InMemoryOptions) {
    this.sctp = maxMessageBytes === null ? null : { maxMessageSize: maxMessageBytes }
  }

  get connectionState(): RTCPeerConnectionState {
    return this.isClosed ? 'closed' : 'connected'
  }

  addEventListener(): void {}

  createDataChannel(_label: string, { id = 0 }: RTCDataChannelInit = {}): InMemoryChannel {
    const channel = new InMemoryChannel(this, id)
    this.channels.set(id, channel)
    setImmediate(() => channel.open())
    return channel
  }

  close(): void {
    this.isClosed = true
    for (const each of this.channels.values()) each.shut()
    for (const each of this.other?.channels.values() ?? []) each.shut()
  }

  /** Says whom the other side proved to be. */
  certify(certificate: string): void {
    this.remoteDescription = { sdp: `a=fingerprint:${certificate}` }
  }

  async getStats(): Promise<Map<string, object>> {
    const { address, candidateType } = this
    const pair = {
      id: 'pair',
      type: 'candidate-pair',
      state: 'succeeded',
      remoteCandidateId: 'far',
    }
    const far = { id: 'far', type: 'remote-candidate', address, candidateType }
    return new Map(Object.entries({ pair, far }))
  }

  /** Lets what was sent go on. */
  flow(): void {
    this.isStalled = false
    for (const each of this.channels.values()) each.deliver()
  }

  /** As the browser's own type, of which `Link` uses a few members. */
  get asReal(): RTCPeerConnection {
    return this as unknown as RTCPeerConnection
  }
}

/** The first lane of an end of a connection. */
export const laneOn = (
  connection: InMemoryConnection,
  peer = 'neighbour',
  { shared = new SharedConnections(), isOwn = true } = {},
): Lane => shared.add(peer, connection.asReal, isOwn).first

export class InMemoryChannel {
  readyState: RTCDataChannelState = 'connecting'
  bufferedAmount = 0
  bufferedAmountLowThreshold = 0
  binaryType = 'blob'
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onbufferedamountlow: (() => void) | null = null
  onclose: (() => void) | null = null
  onerror: (() => void) | null = null
  /** Messages that were sent, delivered or not. */
  readonly sent: (Uint8Array<ArrayBuffer> | string)[] = []
  readonly #queue: (Uint8Array<ArrayBuffer> | string)[] = []
  readonly #listeners: { type: string; listener: () => void }[] = []

  constructor(
    readonly connection: InMemoryConnection,
    readonly id: number,
  ) {}

  addEventListener(type: 'message' | 'close', listener: () => void): void {
    this.#listeners.push({ type, listener })
  }

  #dispatch(type: string): void {
    for (const each of this.#listeners) if (each.type === type) each.listener()
  }

  #receive(data: unknown): void {
    this.#dispatch('message')
    this.onmessage?.({ data })
  }

  send(data: Uint8Array<ArrayBuffer> | string): void {
    if (this.readyState !== 'open') throw new DOMException('not open', 'InvalidStateError')
    const limit = this.connection.sctp?.maxMessageSize ?? 65_536
    if (data.length > limit) throw new TypeError(`a message of ${data.length} bytes`)
    const message = typeof data === 'string' ? data : data.slice()
    this.sent.push(message)
    this.#queue.push(message)
    this.bufferedAmount += message.length
    setImmediate(() => this.deliver())
  }

  deliver(): void {
    while (!this.connection.isStalled && this.#queue.length > 0) {
      const message = this.#queue.shift() ?? ''
      const wasAbove = this.bufferedAmount > this.bufferedAmountLowThreshold
      this.bufferedAmount -= message.length
      const { far } = this
      if (far?.readyState === 'open')
        far.#receive(typeof message === 'string' ? message : message.buffer)
      if (wasAbove && this.bufferedAmount <= this.bufferedAmountLowThreshold)
        this.onbufferedamountlow?.()
    }
    if (this.readyState === 'closing' && this.#queue.length === 0) {
      this.far?.shut()
      this.shut()
    }
  }

  /** What was sent before is still delivered. */
  close(): void {
    if (this.readyState === 'closing' || this.readyState === 'closed') return
    this.readyState = 'closing'
    setImmediate(() => this.deliver())
  }

  open(): void {
    if (this.readyState !== 'connecting') return
    this.readyState = 'open'
    this.onopen?.()
  }

  shut(): void {
    if (this.readyState === 'closed') return
    this.readyState = 'closed'
    this.#dispatch('close')
    this.onclose?.()
  }

  get far(): InMemoryChannel | undefined {
    return this.connection.other?.channels.get(this.id)
  }
}

/** Two connected ends. */
export function connect(options: InMemoryOptions = {}): [InMemoryConnection, InMemoryConnection] {
  const near = new InMemoryConnection(options)
  const far = new InMemoryConnection(options)
  near.other = far
  far.other = near
  return [near, far]
}
