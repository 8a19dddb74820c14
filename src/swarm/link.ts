/**
 * One neighbour of one film: a channel on the connection to it, the wire protocol on that, and what each side has said it
 * holds and wants.
 */

import { SwarmtagError } from '../core/errors.js'
import type { Member } from '../core/peers/neighbourhood.js'
import { MAX_WANTS } from '../core/peers/upload-queue.js'
import { CHUNK_BYTES, type ChunkIndex, type ChunkRun, runsOf } from '../core/units.js'
import type { Manifest } from '../store/manifest.js'
import { DATA_HEADER_BYTES } from './codec.js'
import { type Hello, requireGood, SAFE_MESSAGE_BYTES } from './hello.js'
import { Inbox } from './inbox.js'
import { type IncomingChunk, IncomingChunks } from './incoming-chunks.js'
import type { Lane } from './lane.js'
import type { LinkEvents } from './link-events.js'
import { ManifestTalk } from './manifest-talk.js'
import { type ByeReason, type PeerMessage, type Role, WIRE_VERSION } from './messages.js'
import { Outbox } from './outbox.js'
import { splitRuns } from './runs-codec.js'

/** Bytes waiting in the channel; deeper buffers slow Chromium's transport by up to 40 %. */
const MAX_BUFFERED_BYTES = 262_144
/** A neighbour that sends no hello within this time is dropped. */
const HELLO_WAIT_MS = 10_000

export class Link implements Member {
  /** What the neighbour said in its hello; until then it is asked nothing. */
  remote: { role: Role; maxWants: number } | undefined
  readonly #channel: RTCDataChannel
  readonly root: Uint8Array
  readonly #inbox = new Inbox()
  #incoming: IncomingChunks | undefined
  readonly #talk: ManifestTalk
  readonly #outbox: Outbox
  #maxMessageBytes = SAFE_MESSAGE_BYTES
  #helloTimer: ReturnType<typeof setTimeout> | undefined
  #isVerifying = false
  #isClosed = false
  /** Set by the neighbourhood. */
  network: string | undefined

  /** @param film - its manifest; where that is not known its root, and `begin` follows */
  constructor(
    readonly id: string,
    readonly lane: Lane,
    film: Manifest | Uint8Array,
    readonly role: Role,
    readonly events: LinkEvents,
  ) {
    this.root = film instanceof Uint8Array ? film : film.descriptor.root
    if (!(film instanceof Uint8Array)) this.begin(film)
    this.#talk = new ManifestTalk(
      message => this.#send(message),
      span => events.manifestAsked(this, span),
    )
    const channel = lane.film
    this.#channel = channel
    this.#outbox = new Outbox(channel)
    channel.binaryType = 'arraybuffer'
    channel.bufferedAmountLowThreshold = MAX_BUFFERED_BYTES / 2
    channel.onopen = () => this.#open()
    channel.onmessage = ({ data }) => this.#receive(data)
    channel.onbufferedamountlow = () => events.writable(this)
    channel.onclose = () => this.#close()
    channel.onerror = () => this.#close()
    this.#helloTimer = setTimeout(
      () => this.close('protocol', new SwarmtagError('peer-timeout', 'the peer said no hello')),
      HELLO_WAIT_MS,
    )
    if (channel.readyState === 'open') this.#open()
  }

  /** The manifest is known: from now on chunks are asked for, and what was said of them is read. */
  begin(manifest: Manifest): void {
    this.#incoming = new IncomingChunks(manifest.map)
    for (const message of this.#inbox.begin(manifest.map.chunkCount)) this.#receive(message)
  }

  /** The bytes of a span of the manifest's file that the neighbour has, from the first on. */
  readonly askManifest: ManifestTalk['ask'] = span => this.#talk.ask(span)

  get connection(): RTCPeerConnection {
    return this.lane.connection
  }

  get isOwn(): boolean {
    return this.lane.isOwn
  }

  /** Whether another chunk may be handed to the channel now. */
  get isWritable(): boolean {
    return this.#channel.readyState === 'open' && this.#channel.bufferedAmount < MAX_BUFFERED_BYTES
  }

  have(runs: readonly ChunkRun[]): void {
    for (const piece of splitRuns(runs)) this.#send({ type: 'have', runs: piece })
  }

  lost(runs: readonly ChunkRun[]): void {
    for (const piece of splitRuns(runs)) this.#send({ type: 'lost', runs: piece })
  }

  want(indices: readonly ChunkIndex[]): void {
    this.#incoming?.want(indices)
    this.#sendRuns('want', indices)
  }

  cancel(indices: readonly ChunkIndex[]): void {
    this.#sendRuns('cancel', this.#incoming?.cancel(indices) ?? [])
  }

  busy(runs: readonly ChunkRun[], retryMs: number): void {
    for (const piece of splitRuns(runs)) this.#send({ type: 'busy', retryMs, runs: piece })
  }

  /** Sends a chunk, in as many messages as the neighbour's limit asks for. */
  chunk(index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): void {
    const partBytes = this.#maxMessageBytes - DATA_HEADER_BYTES
    for (let offset = 0; offset < bytes.length; offset += partBytes)
      this.#send({ type: 'data', index, offset, bytes: bytes.subarray(offset, offset + partBytes) })
  }

  /** Hangs up, and says why where there is still time for it. */
  close(reason: ByeReason, error?: SwarmtagError): void {
    this.#send({ type: 'bye', reason })
    this.#close(error)
  }

  #close(error?: SwarmtagError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#helloTimer)
    this.#talk.close()
    this.lane.shut()
    this.events.closed(this, error)
  }

  #open(): void {
    if (this.lane.maySpeak) this.#hello()
    for (const message of this.#outbox.unsent()) this.#send(message)
  }

  /**
   * A channel that is open here may not exist yet over there, and then this message is lost. So the
   * first hello that is received is answered by another: that of the side that opens last arrives for certain.
   */
  #hello(): void {
    this.#send({
      type: 'hello',
      version: WIRE_VERSION,
      role: this.role,
      maxWants: MAX_WANTS,
      maxMessageBytes: CHUNK_BYTES + DATA_HEADER_BYTES,
      root: this.root,
    })
  }

  #receive(data: unknown): void {
    this.#guard(() => {
      const message = this.#inbox.read(data, this.remote !== undefined)
      if (message) this.#handle(message)
      else this.events.early(this)
    })
  }

  /** Hangs up on a neighbour that breaks the protocol. */
  #guard(act: () => void): void {
    if (this.#isClosed) return
    try {
      act()
    } catch (error) {
      if (!(error instanceof SwarmtagError)) throw error
      this.close('protocol', error)
    }
  }

  #handle(message: PeerMessage): void {
    if (message.type === 'hello') return this.#meet(message)
    if (message.type === 'bye') return this.#close()
    if (!this.remote) throw new SwarmtagError('peer-protocol', `${message.type} ahead of hello`)
    switch (message.type) {
      case 'have':
        return this.events.have(this, message.runs)
      case 'lost':
        return this.events.lost(this, message.runs)
      case 'want':
        return this.events.wanted(this, message.runs)
      case 'cancel':
        return this.events.cancelled(this, message.runs)
      case 'busy':
        this.#incoming?.refuse(message.runs)
        return this.events.busy(this, message.runs, message.retryMs)
      case 'data':
        this.#incoming?.receive(message)
        return this.#read()
      case 'ask-manifest':
        return this.#talk.answer(message)
      case 'manifest':
        return this.#talk.receive(message)
      case 'join':
        return this.lane.shared.handleJoin(message)
      case 'position':
        return
    }
  }

  #meet(hello: Hello): void {
    requireGood(hello, this.root)
    if (this.remote) return
    const own = this.connection.sctp?.maxMessageSize ?? SAFE_MESSAGE_BYTES
    this.#maxMessageBytes = Math.min(own || hello.maxMessageBytes, hello.maxMessageBytes)
    this.remote = { role: hello.role, maxWants: Math.min(hello.maxWants, MAX_WANTS) }
    clearTimeout(this.#helloTimer)
    this.#hello()
    this.lane.met(join => this.#send({ type: 'join', ...join }))
    this.events.ready(this)
  }

  /** Reads on until a chunk is complete, and no further until it is verified: an attacker wastes one chunk, whatever it was asked for. */
  #read(): void {
    while (!this.#isVerifying && !this.#isClosed) {
      const read = this.#incoming?.read()
      if (read === undefined) return
      if (read === 'incomplete') this.events.progress(this)
      else void this.#verify(read)
    }
  }

  async #verify({ index, bytes }: IncomingChunk): Promise<void> {
    this.#isVerifying = true
    await this.events.arrived(this, index, bytes)
    this.#isVerifying = false
    this.#guard(() => this.#read())
  }

  #sendRuns(type: 'want' | 'cancel', indices: readonly ChunkIndex[]): void {
    const runs = runsOf([...indices].sort((a, b) => a - b))
    for (const piece of splitRuns(runs)) this.#send({ type, runs: piece })
  }

  #send(message: PeerMessage): void {
    if (!this.#outbox.send(message))
      this.#close(new SwarmtagError('peer-timeout', 'the peer takes nothing'))
  }
}
