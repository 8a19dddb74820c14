/** Signatures of a site: its public keys as text, and whether one signed some bytes. */

import { SwarmtagError } from '../core/errors.js'

/**
 * Reads a public key: base64 of 32 bytes (Ed25519) or 65 (an uncompressed point of P-256), bare or as
 * `SubjectPublicKeyInfo`, which ends with them.
 *
 * @throws SwarmtagError `option-invalid` if it is no such key; `unsupported` if this browser has no Ed25519
 * (Chromium before 137, Firefox before 129, Safari before 17)
 */
export async function importPublicKey(base64: string): Promise<CryptoKey> {
  const bytes = fromBase64(base64)
  const isEdwards = bytes?.length === 32 || bytes?.length === 44
  if (!bytes || !(isEdwards || bytes.length === 65 || bytes.length === 91))
    throw new SwarmtagError('option-invalid', 'the public key is no Ed25519 or P-256 key in base64')
  const algorithm = isEdwards ? 'Ed25519' : { name: 'ECDSA', namedCurve: 'P-256' }
  try {
    const raw = bytes.slice(isEdwards ? -32 : -65)
    return await crypto.subtle.importKey('raw', raw, algorithm, true, ['verify'])
  } catch (cause) {
    const why = isEdwards
      ? 'this browser cannot check Ed25519 signatures; P-256 works in all'
      : 'the public key is no point of P-256'
    throw new SwarmtagError(isEdwards ? 'unsupported' : 'option-invalid', why, { cause })
  }
}

/** Whether a key's owner signed these bytes. Signatures have 64 bytes: of ECDSA, r and s. */
export const isSignedBy = (
  key: CryptoKey,
  signature: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> => crypto.subtle.verify(signing(key), key, signature, bytes)

/** How a key signs: ECDSA with SHA-256. */
export const signing = ({ algorithm: { name } }: CryptoKey) => ({ name, hash: 'SHA-256' })

/** Decodes base64 or base64url; `undefined` if invalid. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text.trim().replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(binary, character => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
