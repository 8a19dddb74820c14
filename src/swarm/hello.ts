/** What a neighbour must say first, to be talked to (docs/protocol.md, 4.4.1). */

import { SwarmtagError } from '../core/errors.js'
import { sameDigest } from '../store/digests.js'
import { type PeerMessage, WIRE_VERSION } from './messages.js'

/** Without a limit in the description, every browser accepts messages of this size (RFC 8831, section 6.6). */
export const SAFE_MESSAGE_BYTES = 16_384
/** A provider accepts so many wants at least, or it could hold all and never be asked. */
const LEAST_WANTS = 4

export type Hello = Extract<PeerMessage, { type: 'hello' }>

/** @throws SwarmtagError `peer-protocol` if nothing can be shared with who says this */
export function requireGood(hello: Hello, root: Uint8Array): void {
  if (hello.version !== WIRE_VERSION)
    throw new SwarmtagError('peer-protocol', `version ${hello.version}`)
  if (!sameDigest(hello.root, root))
    throw new SwarmtagError('peer-protocol', 'the peer is in another swarm')
  if (hello.maxMessageBytes < SAFE_MESSAGE_BYTES)
    throw new SwarmtagError('peer-protocol', `messages of ${hello.maxMessageBytes} bytes at most`)
  if (hello.role === 'provider' && hello.maxWants < LEAST_WANTS)
    throw new SwarmtagError('peer-protocol', `${hello.maxWants} wants at most`)
}
