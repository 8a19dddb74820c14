/** The WebTorrent tracker of the development server: where viewers' pages find each other. */

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { Server as TrackerServer } from '@peertube/bittorrent-tracker-server'
import type { RawData, WebSocket } from 'ws'
import type { Part } from './part.js'
import { isTrackerMessage } from './tracker-guard.js'

/** A page announces with some twenty offers of a few KiB each. */
const MAX_MESSAGE_BYTES = 1_048_576

export class Tracker implements Part {
  readonly #sockets = new Set<Duplex>()
  #server: TrackerServer | undefined = newServer()

  get isRunning(): boolean {
    return this.#server !== undefined
  }

  /** Drops every viewer and forgets every swarm; new connections are cut. */
  stop(): void {
    this.#server?.close()
    this.#server = undefined
    for (const socket of this.#sockets) socket.destroy()
  }

  start(): void {
    this.#server ??= newServer()
  }

  /** Takes over a connection that asks to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!this.#server) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    const { ws } = this.#server
    ws.handleUpgrade(request, socket, head, viewer => {
      ws.emit('connection', viewer, request)
      guard(viewer)
    })
  }
}

function newServer(): TrackerServer {
  const ws = { noServer: true, maxPayload: MAX_MESSAGE_BYTES }
  return new TrackerServer({ http: false, udp: false, stats: false, ws })
}

/** Puts a check ahead of the tracker's own listener; a viewer that fails it is dropped. */
function guard(viewer: WebSocket): void {
  const deliver = viewer.listeners('message')
  viewer.removeAllListeners('message')
  viewer.on('message', (data: RawData, isBinary: boolean) => {
    if (!isTrackerMessage(String(data))) viewer.close(1008)
    else for (const each of deliver) each.call(viewer, data, isBinary)
  })
}
