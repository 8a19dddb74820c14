/** Who gave false bytes or broke the protocol. It is not let in again for as long as the page lives. */

export class Bans {
  readonly #peers = new Set<string>()
  readonly #addresses = new Set<string>()

  /** Whether a peer may not come in; without its connection this is known of its id alone. */
  has(peerId: string, connection?: RTCPeerConnection): boolean {
    const address = connection && addressOf(connection)
    return this.#peers.has(peerId) || (address !== undefined && this.#addresses.has(address))
  }

  add(peerId: string): void {
    this.#peers.add(peerId)
  }

  /**
   * Bans an address too. A liar that loads its page anew has another id, and another certificate; its address is
   * all that it cannot make up. Others behind that address are lost as newcomers, which costs the
   * origin something and the viewer nothing; those that are neighbours already stay.
   */
  addAddress(connection: RTCPeerConnection): void {
    const address = addressOf(connection)
    if (address !== undefined) this.#addresses.add(address)
  }
}

/** Where a peer's packets come from; nothing where that is not known, or is a relay that others use too. */
function addressOf(connection: RTCPeerConnection): string | undefined {
  // Older Firefox does not tell, nor do connections outside browsers.
  const remote = connection.sctp?.transport?.iceTransport?.getSelectedCandidatePair?.()?.remote
  return remote?.type === 'relay' ? undefined : (remote?.address ?? undefined)
}
