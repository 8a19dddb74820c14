/** WebSockets for Node: those of `ws`, as old releases of Node have none, in the shape of a browser's. */

import { WebSocket as WsSocket } from 'ws'

/** A tracker's message has 65,536 characters at most, of up to four bytes. */
const MAX_MESSAGE_BYTES = 262_144
/** A server that does not answer the closing handshake within this time may be gone. */
const CLOSE_MS = 1_000

class TrackerWebSocket extends WsSocket {
  constructor(url: string) {
    super(url, { maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
    // Without a listener the error would end the process; the close that follows is enough.
    this.on('error', () => {})
  }

  override close(): void {
    super.close()
    setTimeout(() => this.terminate(), CLOSE_MS).unref()
  }
}

/** Has what `TrackerSocket` uses of the browser's. */
export const Socket = TrackerWebSocket as unknown as typeof WebSocket
