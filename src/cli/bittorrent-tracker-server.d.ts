/** The part of the tracker that Swarmtag uses; the package brings no types. */

declare module '@peertube/bittorrent-tracker-server' {
  import type { EventEmitter } from 'node:events'
  import type { ServerOptions, WebSocketServer } from 'ws'

  /** Emits `warning` with an error for what a client did wrong. */
  export class Server extends EventEmitter {
    constructor(options: { http: false; udp: false; stats: false; ws: ServerOptions })
    readonly ws: WebSocketServer
    /** Takes no more connections; those that are open stay so. */
    close(): void
  }
}
