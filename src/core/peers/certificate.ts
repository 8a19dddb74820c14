/** A peer's identity, as far as a browser can verify it: the certificate that its description (SDP) names. */

/**
 * The fingerprint of the certificate that DTLS will hold the peer to.
 *
 * @returns `undefined` if a description names none, or several: then any of them may be its own
 */
export function certificateOf(sdp: string): string | undefined {
  const named = sdp.match(/^a=fingerprint:.*\S/gm)?.map(line => line.slice(14).toLowerCase())
  const [only, ...others] = new Set(named)
  return others.length === 0 ? only : undefined
}
