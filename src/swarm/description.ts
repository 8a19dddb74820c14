/** Checks the SDP of peers before a browser reads it. */

import { SwarmtagError } from '../core/errors.js'
import { type CandidatePolicy, trimCandidates } from '../core/peers/candidates.js'
import { certificateOf } from '../core/peers/certificate.js'

/** One data channel needs some 500, and each address 100. */
const MAX_SDP_CHARACTERS = 16_384

export interface ConnectionPolicy extends CandidatePolicy {
  /** Whether there is room, and this certificate is not banned. */
  admits(certificate: string): boolean
}

export interface Description {
  /** For the browser: without candidates that are not to be tried. */
  readonly sdp: string
  readonly certificate: string
  /** The addresses of the candidates. */
  readonly addresses: readonly string[]
}

/** @throws SwarmtagError `peer-protocol` if there is no room, the peer is banned, or it describes more than one data channel */
export function readDescription(sdp: string, policy: ConnectionPolicy): Description {
  const media = sdp.length > MAX_SDP_CHARACTERS ? [] : (sdp.match(/^m=\w+/gm) ?? [])
  if (media.length !== 1 || media[0] !== 'm=application')
    throw new SwarmtagError('peer-protocol', 'the peer described more than a data channel')
  const certificate = certificateOf(sdp)
  if (certificate === undefined || !policy.admits(certificate))
    throw new SwarmtagError('peer-protocol', 'the peer is not let in')
  return { ...trimCandidates(sdp, policy), certificate }
}
