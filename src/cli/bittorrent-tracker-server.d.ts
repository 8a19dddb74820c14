/** What Swarmtag uses of the tracker; the package has no types. */

declare module '@peertube/bittorrent-tracker-server' {
  import type { EventEmitter } from 'node:events'
  import type { ServerOptions, WebSocketServer } from 'ws'

  /** Emits `warning` with an error for what a client did wrong. */
  export class Server extends EventEmitter {
    constructor(options: { http: false; udp: false; stats: false; ws: ServerOptions })
    readonly ws: WebSocketServer
    /** Accepts no more connections; open ones stay open. */
    close(): void
  }
}
