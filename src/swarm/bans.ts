/** Who gave false bytes or broke the protocol. It is not let in again for as long as the page lives. */

import { certificateOf } from '../core/certificate.js'
import { remoteAddressesOf } from './addresses.js'

export class Bans {
  /** Never the ids that peers claim: anybody can claim that of another, to have it banned. */
  readonly #certificates = new Set<string>()
  readonly #addresses = new Set<string>()

  has(certificate: string): boolean {
    return this.#certificates.has(certificate)
  }

  /** Bans who is at the other end of a connection, which has proved that the certificate is its own. */
  add({ remoteDescription }: RTCPeerConnection): void {
    const certificate = certificateOf(remoteDescription?.sdp ?? '')
    if (certificate) this.#certificates.add(certificate)
  }

  /**
   * Bans where a connection leads to. A liar that loads its page anew has another id and another certificate; an
   * address is what it can change least easily. Others behind that address are lost as newcomers, which
   * costs the origin something and the viewer nothing; those that are neighbours already stay.
   */
  async addAddresses(connection: RTCPeerConnection): Promise<void> {
    const { reached } = await remoteAddressesOf(connection)
    for (const address of reached) this.#addresses.add(address)
  }

  /** Whether a connection leads, or might have led, to where a liar was. */
  async hasAddress(connection: RTCPeerConnection): Promise<boolean> {
    const { told } = await remoteAddressesOf(connection)
    return told.some(address => this.#addresses.has(address))
  }
}
