/** `swarmtag/admission`: makes the tokens that admit viewers to a site's swarms, on the site's own server. */

import { createHash, type KeyObject } from 'node:crypto'
import { SwarmtagError } from '../core/errors.js'
import { isRoot } from '../core/format/share-link.js'
import { CLAIM_BYTES, encodeClaims, tokenPreimage } from '../core/format/token.js'
import { privateKeyOf, signBytes } from './signing.js'

/** How long a token is valid by default: ten minutes. */
export const DEFAULT_TOKEN_S = 600

export interface TokenOptions {
  /** The site's private key for tokens: PEM, or a key of Node's. Its public key is the page's `data-admission-key`. */
  privateKey: string | Buffer | KeyObject
  /** The viewer's public key, as in its page's request: base64url of 65 bytes. */
  peerKey: string
  /** The site's origin, e.g. `https://site.example`; of a longer URL, the origin counts. */
  site: string
  /** Root of the one video that it is for, 64 hexadecimal digits. @default any video of the site */
  root?: string | undefined
  /** How long it is valid, in seconds. Longer ones are requested less often, and admit longer viewers that have lost the right. @default 600 */
  seconds?: number | undefined
}

/**
 * Makes a token: 156 characters of base64url, to be returned to the page as text.
 *
 * @throws SwarmtagError `option-invalid` if a claim is invalid; `file-unreadable` if the private key is
 */
export function createToken(options: TokenOptions): string {
  const { privateKey, peerKey, site, root, seconds = DEFAULT_TOKEN_S } = options
  const key =
    typeof privateKey === 'string' || Buffer.isBuffer(privateKey)
      ? privateKeyOf(privateKey, 'what was given')
      : privateKey
  const peer = Buffer.from(peerKey, 'base64url')
  if (peer.length !== 65 || peer[0] !== 4)
    throw invalid('the peer key is no P-256 key in base64url')
  if (!URL.canParse(site)) throw invalid(`${site} is no URL of a site`)
  if (root !== undefined && !isRoot(root)) throw invalid(`${root} is no root`)
  const claims = encodeClaims({
    expiresAtS: Math.floor(Date.now() / 1_000) + seconds,
    site: digest(new URL(site).origin),
    root: root === undefined ? new Uint8Array(CLAIM_BYTES) : digest(root),
    key: digest(peer),
  })
  return Buffer.concat([claims, signBytes(key, tokenPreimage(claims))]).toString('base64url')
}

const digest = (of: string | Buffer): Uint8Array =>
  createHash('sha256').update(of).digest().subarray(0, CLAIM_BYTES)

const invalid = (why: string) => new SwarmtagError('option-invalid', why)
