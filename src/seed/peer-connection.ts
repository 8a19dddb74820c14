/** WebRTC for Node: libdatachannel, through node-datachannel, in the shape of a browser's `RTCPeerConnection`. */

import { SwarmtagError } from '../core/errors.js'
import { FIRST_LANE } from '../swarm/lane.js'

/** What peers open without a word on every connection. */
const OURS = [FIRST_LANE, FIRST_LANE + 1]
/** What a peer may send on one of them before this side listens: its hello, and what it has. */
const MOST_EARLY = 64

export interface WebRtc {
  readonly PeerConnection: typeof RTCPeerConnection
  /** Ends the library's threads, once all connections are closed. */
  cleanup(): void
}

/**
 * Loads the library, which is an optional dependency: sites that only host files do not need it.
 *
 * @throws SwarmtagError `unsupported`, saying what to install
 */
export async function loadWebRtc(): Promise<WebRtc> {
  try {
    const [polyfill, library, { generate }] = await Promise.all([
      import('node-datachannel/polyfill'),
      import('node-datachannel'),
      import('selfsigned'),
    ])
    const about = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const
    const identity = await generate([{ name: 'commonName', value: 'swarmtag' }], about)
    const Connection = polyfill.default.RTCPeerConnection as typeof RTCPeerConnection
    return { PeerConnection: likeBrowsers(Connection, identity), cleanup: library.cleanup }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : cause
    const how =
      'seeding needs the packages node-datachannel and selfsigned: npm install node-datachannel selfsigned'
    throw new SwarmtagError('unsupported', `${how} (${why})`, { cause })
  }
}

/** A certificate and its key, as PEM. */
interface Identity {
  readonly cert: string
  readonly private: string
}

/**
 * Four things that browsers do otherwise. libdatachannel resets a stream on which something comes before its channel was
 * made, and the peer's channel is closed by that (`PeerConnection::forwardMessage`): browsers open ours as soon as they know
 * of each other, so it is made with the description here, and what comes early is kept until somebody listens. What has no
 * description has none here, not an empty one: connections of unreadable offers are known and closed by that. Candidates have an `address`,
 * by which peers are banned. And to send on a channel that was just closed is no error.
 *
 * @param identity - of all connections, as others know a peer by its certificate
 */
function likeBrowsers(
  Connection: typeof RTCPeerConnection,
  identity: Identity,
): typeof RTCPeerConnection {
  return class extends Connection {
    /** What a browser opens without a word, by id. */
    readonly #ours = new Map<number, EarlyChannel>()

    constructor(configuration?: RTCConfiguration) {
      const certificate = { certificatePemFile: identity.cert, keyPemFile: identity.private }
      super({ ...configuration, ...certificate })
      this.addEventListener('datachannel', ({ channel }) => calm(channel))
    }

    override get localDescription(): RTCSessionDescription | null {
      return described(super.localDescription)
    }

    override get remoteDescription(): RTCSessionDescription | null {
      return described(super.remoteDescription)
    }

    override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      await super.setRemoteDescription(description)
      // Not before: a channel has libdatachannel make an offer, which crosses the other's.
      this.#makeOurs()
    }

    override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
      const isOurs = init?.negotiated && OURS.some(id => id === init.id)
      if (isOurs) this.#makeOurs()
      const ours = isOurs && this.#ours.get(init.id ?? 0)
      if (ours) return ours.listen()
      const channel = calm(super.createDataChannel(label, init))
      this.#makeOurs()
      return channel
    }

    #makeOurs(): void {
      if (this.#ours.size > 0) return
      for (const id of OURS) {
        const channel = calm(super.createDataChannel('swarmtag', { negotiated: true, id }))
        this.#ours.set(id, new EarlyChannel(channel, () => this.close()))
      }
    }

    override async getStats(): Promise<RTCStatsReport> {
      const reports = await super.getStats()
      reports.forEach(report => {
        if ('ip' in report) report.address ??= report.ip
      })
      return reports
    }
  }
}

/** Keeps what comes on a channel until somebody listens. */
class EarlyChannel {
  readonly #early: unknown[] = []
  readonly #keep = ({ data }: MessageEvent) => {
    if (this.#early.push(data) > MOST_EARLY) this.onTooMuch()
  }

  constructor(
    readonly channel: RTCDataChannel,
    readonly onTooMuch: () => void,
  ) {
    channel.addEventListener('message', this.#keep)
  }

  listen(): RTCDataChannel {
    const { channel } = this
    channel.removeEventListener('message', this.#keep)
    // After the caller has added its listeners.
    queueMicrotask(() => {
      for (const data of this.#early.splice(0))
        channel.dispatchEvent(new MessageEvent('message', { data }))
    })
    return channel
  }
}

const described = (description: RTCSessionDescription | null): RTCSessionDescription | null =>
  description?.sdp ? description : null

/** A channel may be closed before its event is dispatched: what is sent then is lost, as in browsers. */
function calm(channel: RTCDataChannel): RTCDataChannel {
  const send: (data: ArrayBuffer) => void = channel.send
  channel.send = (data: unknown) => {
    try {
      send.call(channel, data as ArrayBuffer)
    } catch {
      // The event follows.
    }
  }
  return channel
}
