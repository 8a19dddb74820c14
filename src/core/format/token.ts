/**
 * Admission tokens as bytes: the site's word that the owner of a key may take part. docs/protocol.md has the
 * layout; signing and checking need hashing, and are done by those who make and who see them.
 */

/** What a token says, in the order of its bytes. Digests are the first 16 bytes of a SHA-256. */
export interface TokenClaims {
  /** The token is worth nothing from then on; whole seconds since 1970. */
  readonly expiresAtS: number
  /** Of the site's origin. */
  readonly site: Uint8Array
  /** Of the resource's root, for which alone it is; zeros: for all of the site. */
  readonly root: Uint8Array
  /** Of the viewer's public key. */
  readonly key: Uint8Array
}

/** Bytes of each digest in a token: nobody finds another text with the same 128 bits. */
export const CLAIM_BYTES = 16

const VERSION = 1
const EXPIRES_AT = 1
const SITE_AT = EXPIRES_AT + 4
const ROOT_AT = SITE_AT + CLAIM_BYTES
const KEY_AT = ROOT_AT + CLAIM_BYTES
const SIGNATURE_AT = KEY_AT + CLAIM_BYTES
const TOKEN_BYTES = SIGNATURE_AT + 64

/* First bytes of what is signed, after those of a manifest's parts (0 to 3). */
const TOKEN = 4
const PROOF = 5

/** Writes a token whose signature has still to be placed, by `signedToken`. */
export function encodeClaims({
  expiresAtS,
  site,
  root,
  key,
}: TokenClaims): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIGNATURE_AT)
  bytes[0] = VERSION
  new DataView(bytes.buffer).setUint32(EXPIRES_AT, expiresAtS)
  bytes.set(site, SITE_AT)
  bytes.set(root, ROOT_AT)
  bytes.set(key, KEY_AT)
  return bytes
}

/** Reads a token; `undefined` if invalid. */
export function decodeToken(
  token: Uint8Array<ArrayBuffer>,
):
  | { claims: TokenClaims; preimage: Uint8Array<ArrayBuffer>; signature: Uint8Array<ArrayBuffer> }
  | undefined {
  if (token.length !== TOKEN_BYTES || token[0] !== VERSION) return undefined
  const claim = (at: number) => token.slice(at, at + CLAIM_BYTES)
  return {
    claims: {
      expiresAtS: new DataView(token.buffer, token.byteOffset).getUint32(EXPIRES_AT),
      site: claim(SITE_AT),
      root: claim(ROOT_AT),
      key: claim(KEY_AT),
    },
    preimage: tokenPreimage(token.slice(0, SIGNATURE_AT)),
    signature: token.slice(SIGNATURE_AT),
  }
}

/** What the site signs: 4 ‖ the claims. */
export const tokenPreimage = (claims: Uint8Array): Uint8Array<ArrayBuffer> => joined(TOKEN, claims)

/** What a viewer signs to show that the token is its own: 5 ‖ what its connection is known by at both ends. */
export const proofPreimage = (binding: Uint8Array): Uint8Array<ArrayBuffer> =>
  joined(PROOF, binding)

function joined(kind: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(1 + bytes.length)
  all[0] = kind
  all.set(bytes, 1)
  return all
}
