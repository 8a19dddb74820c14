/**
 * Where a peer's description of a connection (SDP) may send this browser's packets. A browser tries every address that a
 * description names: a peer could have it scan networks and contact third parties.
 */

import { homeOf } from './network.js'

/**
 * Candidates of each kind that are tried, of one description: those of a machine with a cable, a radio and a tunnel, its
 * addresses as servers see them, and a relay by each of its ways.
 */
const MOST_OF_KIND: Readonly<Record<string, number>> = { host: 4, srflx: 3, relay: 3 }
/** Of all kinds together. */
export const MOST_CANDIDATES = Object.values(MOST_OF_KIND).reduce((sum, most) => sum + most, 0)

/** Ports that browsers do not fetch from, above those that are refused as a whole (https://fetch.spec.whatwg.org/#port-blocking). */
const BLOCKED_PORTS = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
  6679, 6697, 10080,
])
/** Below are the services of machines; the sockets of browsers are above. */
const FIRST_PORT = 1_024

/** Foundation, first component, UDP, priority, address, port, type. Browsers do not answer to TCP, and have one component. */
const CANDIDATE =
  /^a=candidate:[\w+/-]{1,32} 1 udp \d{1,10} (\S{1,45}) (\d{1,5}) typ (host|srflx|relay)( |$)/i
/** A name that a browser gives a private address: it is looked up in the viewer's own network alone. */
const PRIVATE_NAME = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.local$/i
const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

export interface CandidatePolicy {
  /** Whether the page connects through relays alone: then only those of peers are tried. */
  readonly isRelayed: boolean
}

export interface TrimmedDescription {
  readonly sdp: string
  /** Whom the candidates that are left lead to, each once. */
  readonly addresses: readonly string[]
}

/**
 * Takes out of a description all candidates but a handful that browsers make.
 *
 * @param sdp - whatever a peer sent; lines are parted as no browser could read them otherwise
 */
export function trimCandidates(sdp: string, { isRelayed }: CandidatePolicy): TrimmedDescription {
  const targets = new Set<string>()
  const addresses = new Set<string>()
  const tried: Record<string, number> = {}
  const kept = sdp.split(/\r\n|\r|\n/).filter(line => {
    if (!/^\s*a\s*=\s*(candidate|remote-candidates)/i.test(line)) return true
    const [, address = '', portText = '', kind = ''] = CANDIDATE.exec(line.toLowerCase()) ?? []
    const port = Number(portText)
    if (!isPlace(address) || !isPort(port) || (isRelayed && kind !== 'relay')) return false
    const target = `${address} ${port}`
    const count = tried[kind] ?? 0
    if (targets.has(target) || count >= (MOST_OF_KIND[kind] ?? 0)) return false
    targets.add(target)
    addresses.add(homeOf(address))
    tried[kind] = count + 1
    return true
  })
  return { sdp: kept.join('\r\n'), addresses: [...addresses] }
}

const isPort = (port: number): boolean =>
  port >= FIRST_PORT && port <= 65_535 && !BLOCKED_PORTS.has(port)

/** One machine that packets can be sent to: no group of them, none that is nobody, and not the viewer's own. */
function isPlace(address: string): boolean {
  const numbers = IPV4.exec(address)?.slice(1).map(Number)
  if (numbers) return isIpv4Place(numbers)
  if (PRIVATE_NAME.test(address)) return true
  // Global and unique local addresses. All others, such as those that hold one of IPv4, are none of a browser's.
  return /^(2[\da-f]{3}|3[\da-f]{3}|f[cd][\da-f]{2}):[\da-f:]+$/i.test(address)
}

const isIpv4Place = ([first = 0, ...rest]: number[]): boolean =>
  first > 0 &&
  first < 224 &&
  first !== 127 &&
  rest.every(each => each <= 255) &&
  rest.at(-1) !== 255
