/** A viewer without a browser: the engine with a store in memory, and WebRTC as the seeder has it. */

import { chunk, run } from '../../../src/core/units.js'
import { clockOf } from '../../../src/engine/clock.js'
import { Engine } from '../../../src/engine/engine.js'
import type { Session } from '../../../src/engine/session.js'
import { loadWebRtc } from '../../../src/seed/peer-connection.js'
import { Socket } from '../../../src/seed/socket.js'
import type { Manifest } from '../../../src/store/manifest.js'
import { MemoryStorage } from '../../../src/store/memory-storage.js'
import { Bans } from '../../../src/swarm/bans.js'
import { SharedConnections } from '../../../src/swarm/shared-connections.js'
import { Swarm } from '../../../src/swarm/swarm.js'
import { UploadRate } from '../../../src/swarm/upload-rate.js'

export class NodeViewer {
  /** Bytes of the chunks that came. */
  readonly chunks = new Map<number, Uint8Array>()
  readonly notices: string[] = []

  private constructor(
    readonly engine: Engine,
    readonly session: Session,
    readonly manifest: Manifest,
  ) {}

  /** Has nothing, asks for all, and has no origin. */
  static async watch(tracker: string, manifest: Manifest): Promise<NodeViewer> {
    const { PeerConnection } = await loadWebRtc()
    const notices: string[] = []
    const engine = new Engine({
      storage: new MemoryStorage({ capacityBytes: Number.POSITIVE_INFINITY }),
      clock: clockOf(globalThis),
      emit: (type, detail) => {
        if (type === 'notice' && 'code' in detail) notices.push(`${detail.code}: ${detail.detail}`)
      },
      hasOrigin: false,
      maySearch: () => true,
      joinSwarm: (shared, listener) => {
        const swarm = new Swarm({
          ...{ ...shared, listener },
          trackers: [tracker],
          iceServers: [],
          isRelayed: false,
          role: 'provider',
          bans: new Bans(),
          connections: new SharedConnections(),
          budget: new UploadRate(Number.POSITIVE_INFINITY),
          platform: { PeerConnection, Socket },
        })
        swarm.join()
        return swarm
      },
    })
    const session = await engine.open('film', manifest)
    const viewer = new NodeViewer(engine, session, manifest)
    const all = run(0, manifest.map.chunkCount)
    session.open(
      { id: 1, run: all, isPlayed: false, origin: undefined },
      {
        chunk: (index, bytes) => void viewer.chunks.set(index, bytes),
        grant: () => {},
        hold: () => {},
        exhausted: () => {},
        decline: () => {},
        close: () => {},
        readOn: () => {},
      },
    )
    session.need(1, chunk(0), [all])
    return viewer
  }

  get bytes(): Buffer {
    return Buffer.concat([...this.chunks].sort(([a], [b]) => a - b).map(([, bytes]) => bytes))
  }

  stop(): Promise<void> {
    return this.engine.stop()
  }
}
