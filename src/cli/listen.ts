/** Binds a server to its addresses: by default both loopback ones, which are two origins to a browser. */

import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SwarmtagError } from '../core/errors.js'
import { systemCodeOf } from './file-errors.js'

const LOOPBACK = '127.0.0.1'
const LOOPBACK_6 = '::1'

/** An ephemeral port that is free on one loopback address can be taken on the other. */
const EPHEMERAL_TRIES = 10

export interface Address {
  /** 0 is any free port. */
  readonly port: number
  /** `undefined` for both loopback addresses. */
  readonly host: string | undefined
}

/**
 * @param makeServer - called once an address
 * @returns the servers, all on one port
 * @throws SwarmtagError `option-invalid` if the address is not available
 */
export async function listen(
  makeServer: () => Server,
  { port, host }: Address,
): Promise<{ servers: Server[]; port: number }> {
  for (let tries = 1; ; tries++) {
    const first = await bind(makeServer(), port, host ?? LOOPBACK)
    const actualPort = portOf(first)
    if (host !== undefined) return { servers: [first], port: actualPort }
    try {
      const second = await bind(makeServer(), actualPort, LOOPBACK_6)
      return { servers: [first, second], port: actualPort }
    } catch (error) {
      const code = error instanceof SwarmtagError ? systemCodeOf(error.cause) : undefined
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')
        return { servers: [first], port: actualPort }
      first.close()
      if (port !== 0 || code !== 'EADDRINUSE' || tries === EPHEMERAL_TRIES) throw error
    }
  }
}

async function bind(server: Server, port: number, host: string): Promise<Server> {
  server.listen({ port, host })
  try {
    await once(server, 'listening')
    return server
  } catch (cause) {
    throw new SwarmtagError('option-invalid', `cannot listen: ${reasonOf(cause, port, host)}`, {
      cause,
    })
  }
}

function reasonOf(cause: unknown, port: number, host: string): string {
  const code = systemCodeOf(cause)
  if (code === 'EADDRINUSE') return `port ${port} of ${host} is in use, choose another with --port`
  if (code === 'EACCES') return `port ${port} is not open to this user, choose one above 1023`
  if (code === 'EADDRNOTAVAIL') return `${host} is no address of this machine`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the host name ${host} is unknown`
  return cause instanceof Error ? cause.message : String(cause)
}

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null

function portOf(server: Server): number {
  const address = server.address()
  return isAddress(address) ? address.port : 0
}
