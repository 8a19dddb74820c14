/** Who gave false bytes or broke the protocol. It is not let in again for as long as the page lives. */

export class Bans {
  readonly #peers = new Set<string>()
  readonly #addresses = new Set<string>()

  has(peerId: string): boolean {
    return this.#peers.has(peerId)
  }

  add(peerId: string): void {
    this.#peers.add(peerId)
  }

  /**
   * Bans where a connection leads to. A liar that loads its page anew has another id and another certificate; an
   * address is what it can change least easily. Others behind that address are lost as newcomers, which
   * costs the origin something and the viewer nothing; those that are neighbours already stay.
   */
  async addAddresses(connection: RTCPeerConnection): Promise<void> {
    const { reached } = await addressesOf(connection)
    for (const address of reached) this.#addresses.add(address)
  }

  /** Whether a connection leads, or might have led, to where a liar was. */
  async hasAddress(connection: RTCPeerConnection): Promise<boolean> {
    const { told } = await addressesOf(connection)
    return told.some(address => this.#addresses.has(address))
  }
}

/**
 * All addresses that a peer told of itself, and those at which it was reached: only these are banned, or it could
 * have others banned. Relays are neither, as others use them too.
 */
async function addressesOf(connection: RTCPeerConnection) {
  // A connection that is closed, or not a browser's, tells nothing.
  const stats = [...((await connection.getStats().catch(() => undefined))?.values() ?? [])]
  const succeeded = stats.filter(({ state }) => state === 'succeeded')
  const reachedIds = new Set(succeeded.map(({ remoteCandidateId }) => remoteCandidateId))
  const remotes = stats.filter(
    ({ type, address, candidateType }) =>
      type === 'remote-candidate' && address && candidateType !== 'relay',
  )
  const reached = remotes.filter(({ id }) => reachedIds.has(id))
  const networks = (some: { address: string }[]) => some.map(({ address }) => networkOf(address))
  return { told: networks(remotes), reached: networks(reached) }
}

/** Who has an IPv6 address has all that share its first 64 bits. */
const networkOf = (address: string): string => {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':')
  const zeros = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length
  return [...groups, ...Array<string>(zeros).fill('0')].slice(0, 4).join(':')
}
