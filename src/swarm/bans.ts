/** Peers that gave corrupt data or broke the protocol: not admitted again for the life of the page. */

import { certificateOf } from '../core/peers/certificate.js'
import { remoteAddressesOf } from './addresses.js'

export class Bans {
  /** Never the ids that peers claim: anybody can claim that of another, to have it banned. */
  readonly #certificates = new Set<string>()
  readonly #addresses = new Set<string>()

  has(certificate: string): boolean {
    return this.#certificates.has(certificate)
  }

  /** Bans the remote certificate of a connection, which DTLS has verified. */
  add({ remoteDescription }: RTCPeerConnection): void {
    const certificate = certificateOf(remoteDescription?.sdp ?? '')
    if (certificate) this.#certificates.add(certificate)
  }

  /**
   * Bans the remote addresses of a connection. A peer that reloads its page has another id and another certificate; an
   * address is hardest to change. Others behind that address cannot connect any more, which costs the origin something
   * and the viewer nothing; those that are neighbours already stay.
   */
  async addAddresses(connection: RTCPeerConnection): Promise<void> {
    const { reached } = await remoteAddressesOf(connection)
    for (const address of reached) this.#addresses.add(address)
  }

  /** Whether a connection leads, or might have led, to a banned address. */
  async hasAddress(connection: RTCPeerConnection): Promise<boolean> {
    const { claimed } = await remoteAddressesOf(connection)
    return claimed.some(address => this.#addresses.has(address))
  }
}
