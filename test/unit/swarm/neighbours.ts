/** Links and what they say, for the tests of this folder. */

import { type ChunkIndex, chunk } from '../../../src/core/units.js'
import type { Manifest } from '../../../src/store/manifest.js'
import { decode, encode } from '../../../src/swarm/codec.js'
import { Link } from '../../../src/swarm/link.js'
import type { LinkEvents } from '../../../src/swarm/link-events.js'
import { type PeerMessage, WIRE_VERSION } from '../../../src/swarm/messages.js'
import {
  type InMemoryChannel,
  type InMemoryConnection,
  laneOn,
  settled,
} from './in-memory-channel.js'

const CHANNEL_ID = 100

type Reported = {
  [Event in keyof LinkEvents]: Parameters<LinkEvents[Event]> extends [Link, ...infer Rest]
    ? readonly [Event, ...Rest]
    : never
}[keyof LinkEvents]

export interface Side {
  readonly link: Link
  /** What the link reported, without the link. */
  readonly reported: Reported[]
  /** Names of what it reported. */
  readonly names: () => string[]
  readonly isClosed: () => boolean
  /** What it hung up for; nothing where it has not, or the other side did. */
  readonly offence: () => string | undefined
}

/** A link on one end of a connection. */
export function linkOn(
  connection: InMemoryConnection,
  film: Manifest | Uint8Array,
  events: Partial<LinkEvents> = {},
): Side {
  const reported: Reported[] = []
  const report = (...each: Reported) => void reported.push(each)
  const recorder: LinkEvents = {
    ready: link => {
      report('ready')
      events.ready?.(link)
    },
    early: link => {
      report('early')
      events.early?.(link)
    },
    have: (link, runs) => {
      report('have', runs)
      events.have?.(link, runs)
    },
    lost: (link, runs) => {
      report('lost', runs)
      events.lost?.(link, runs)
    },
    wanted: (link, runs) => {
      report('wanted', runs)
      events.wanted?.(link, runs)
    },
    cancelled: (link, runs) => {
      report('cancelled', runs)
      events.cancelled?.(link, runs)
    },
    busy: (link, runs, retryMs) => {
      report('busy', runs, retryMs)
      events.busy?.(link, runs, retryMs)
    },
    manifestAsked: async (link, span) =>
      (await events.manifestAsked?.(link, span)) ?? new Uint8Array(0),
    progress: link => {
      report('progress')
      events.progress?.(link)
    },
    arrived: async (link, index, bytes) => {
      report('arrived', index, bytes)
      await events.arrived?.(link, index, bytes)
    },
    writable: link => {
      report('writable')
      events.writable?.(link)
    },
    closed: (link, error) => {
      report('closed', error)
      events.closed?.(link, error)
    },
  }
  const link = new Link('neighbour', laneOn(connection), film, 'provider', recorder)
  const closed = () => reported.find(([name]) => name === 'closed')
  return {
    link,
    reported,
    names: () => reported.map(([name]) => name),
    isClosed: () => closed() !== undefined,
    offence: () => {
      const [, error] = closed() ?? []
      return error instanceof Error && 'code' in error ? String(error.code) : undefined
    },
  }
}

/** The far end of a link, that says whatever a test wants. */
export interface Stranger {
  readonly channel: InMemoryChannel
  /** What it was sent, decoded. */
  received(): PeerMessage[]
  receivedTypes(): string[]
  say(...messages: (PeerMessage | string | Uint8Array<ArrayBuffer>)[]): Promise<void>
  sayHello(hello?: Partial<Extract<PeerMessage, { type: 'hello' }>>): Promise<void>
  /** Sends some bytes of a chunk. */
  give(index: number, bytes: Uint8Array<ArrayBuffer>, offset?: number): Promise<void>
}

export function strangerOn(connection: InMemoryConnection, manifest: Manifest): Stranger {
  const channel = connection.createDataChannel('swarmtag', { negotiated: true, id: CHANNEL_ID })
  const frames: ArrayBuffer[] = []
  channel.onmessage = ({ data }) => frames.push(data as ArrayBuffer)
  const received = () => frames.map(each => decode(each, manifest.map.chunkCount))
  const stranger: Stranger = {
    channel,
    received,
    receivedTypes: () => received().map(({ type }) => type),
    say: async (...messages) => {
      await settled()
      for (const each of messages)
        channel.send(typeof each === 'string' || each instanceof Uint8Array ? each : encode(each))
      await settled()
    },
    sayHello: hello =>
      stranger.say({
        type: 'hello',
        version: WIRE_VERSION,
        role: 'provider',
        maxWants: 64,
        maxMessageBytes: 65_548,
        root: manifest.descriptor.root,
        ...hello,
      }),
    give: (index, bytes, offset = 0) =>
      stranger.say({ type: 'data', index: chunk(index), offset, bytes }),
  }
  return stranger
}

export const chunks = (...indices: number[]): ChunkIndex[] => indices.map(chunk)
