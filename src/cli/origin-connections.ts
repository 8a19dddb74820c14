/** The connections that request files, so that the origin can be stopped in the middle of a response. */

import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Part } from './part.js'

export class OriginConnections implements Part {
  readonly #sockets = new Set<Duplex>()
  #isRunning = true

  get isRunning(): boolean {
    return this.#isRunning
  }

  stop(): void {
    this.#isRunning = false
    for (const socket of this.#sockets) socket.destroy()
  }

  start(): void {
    this.#isRunning = true
  }

  /** Watches the connections of a server that is about to listen. */
  watch(server: Server): void {
    server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** Forgets a connection that was upgraded. */
  release(socket: Duplex): void {
    this.#sockets.delete(socket)
  }
}
