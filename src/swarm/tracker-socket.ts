/**
 * A WebSocket to a tracker that is opened again whenever it is lost, for as long as the page wants it. trystero's own
 * gives up after five tries, and a socket whose network went away may never say that it is dead.
 */

import { Reconnection } from '../core/reconnection.js'

/** A try that has not led to an open socket within this time is given up for another. */
const OPEN_WAIT_MS = 8_000
/** A try is not given up for another before this time, whatever happens. */
const LEAST_TRY_MS = 1_000

export interface TrackerSocketEvents {
  opened(): void
  heard(data: string): void
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

  /** Sends, or drops what cannot be sent: who opens it again says anew what is to be said. */
  send(text: string): void {
    if (this.isOpen) this.#socket?.send(text)
  }

  /** The network may be another: tries again at once, where the socket is not open. */
  wake(): void {
    if (this.isOpen || performance.now() - this.#triedAtMs < LEAST_TRY_MS) return
    this.renew()
  }

  /** The socket was found dead in a network that may be new: another is tried at once. */
  renew(): void {
    this.#reconnection.forgive()
    this.#let()
    this.#try()
  }

  /** The socket is as good as closed: it is left for another. */
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
    socket.onmessage = ({ data }) => this.events.heard(String(data))
    socket.onclose = () => this.giveUp()
  }

  /** Lets go of the socket and of what was planned. */
  #let(): void {
    clearTimeout(this.#timer)
    const socket = this.#socket
    if (!socket) return
    this.#socket = undefined
    // Closing one whose network is gone takes as long as the browser waits for its answer.
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }
}
