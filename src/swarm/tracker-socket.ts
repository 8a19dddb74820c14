/**
 * A WebSocket to a tracker that reconnects whenever it is lost, for as long as the page wants it. trystero's own
 * gives up after five tries, and a socket whose network went away may never close.
 */

import { Reconnection } from '../core/peers/reconnection.js'

/** Timeout of a connection attempt. */
const OPEN_WAIT_MS = 8_000
/** An attempt is not replaced before this time, whatever happens. */
const LEAST_TRY_MS = 1_000

export interface TrackerSocketEvents {
  opened(): void
  received(data: string): void
}

export class TrackerSocket {
  readonly #reconnection = new Reconnection()
  #socket: WebSocket | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #triedAtMs = 0
  #isClosed = false

  constructor(
    readonly url: string,
    readonly events: TrackerSocketEvents,
    readonly Socket = globalThis.WebSocket,
  ) {
    this.#try()
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === this.Socket.OPEN
  }

  /** Sends, or drops what cannot be sent: it is announced again after a reconnection. */
  send(text: string): void {
    if (this.isOpen) this.#socket?.send(text)
  }

  /** The network may have changed: if the socket is not open, tries again at once. */
  wake(): void {
    if (this.isOpen || performance.now() - this.#triedAtMs < LEAST_TRY_MS) return
    this.renew()
  }

  /** The socket is dead, and the network may have changed: reconnects at once. */
  renew(): void {
    this.#reconnection.forgive()
    this.#let()
    this.#try()
  }

  /** The socket is as good as closed: reconnects. */
  giveUp(): void {
    this.#let()
    const pauseMs = this.#reconnection.lost(performance.now(), Math.random())
    this.#timer = setTimeout(() => this.#try(), pauseMs)
  }

  close(): void {
    this.#isClosed = true
    this.#let()
  }

  #try(): void {
    if (this.#isClosed) return
    const nowMs = performance.now()
    this.#triedAtMs = nowMs
    this.#reconnection.tried(nowMs)
    const socket = new this.Socket(this.url)
    this.#socket = socket
    this.#timer = setTimeout(() => this.giveUp(), OPEN_WAIT_MS)
    socket.onopen = () => {
      clearTimeout(this.#timer)
      this.#reconnection.opened(performance.now())
      this.events.opened()
    }
    socket.onmessage = ({ data }) => this.events.received(String(data))
    socket.onclose = () => this.giveUp()
  }

  /** Drops the socket and its timers. */
  #let(): void {
    clearTimeout(this.#timer)
    const socket = this.#socket
    if (!socket) return
    this.#socket = undefined
    // Closing one whose network is gone can wait long for an answer.
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }
}
