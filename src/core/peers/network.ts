/** Which addresses belong together: a peer with one of a network's addresses easily has more. */

/** Those of a home, an office, a provider's inside and one machine: many viewers may well sit there. */
const PRIVATE =
  /^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./

/**
 * Names the network of an address: the first three of the four numbers of IPv4, the first three groups of IPv6.
 *
 * @returns nothing for a private address, or a name
 */
export function networkOf(address: string): string | undefined {
  const [network] = /^\d+\.\d+\.\d+\.(?=\d+$)/.exec(address) ?? []
  if (network) return PRIVATE.test(network) ? undefined : network
  if (!address.includes(':') || /^(f[cd]|fe[89ab]|::)/i.test(address)) return undefined
  const [head = ''] = address.toLowerCase().split('::')
  return head.split(':').concat('0', '0', '0').slice(0, 3).join(':')
}

/**
 * Names what one owner of an address certainly has: an IPv4 address, or the first 64 bits of an IPv6 address.
 */
export function homeOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':')
  const zeros = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length
  return [...groups, ...Array<string>(zeros).fill('0')].slice(0, 4).join(':')
}
