/** Signing with the site's private key: manifests, and keys to sign them with. */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { SwarmtagError } from '../core/errors.js'
import { placeSignature, type Signed } from '../core/format/descriptor-fields.js'
import { decodeDescriptor, signaturePreimage } from '../core/format/manifest.js'
import { unreadable, unwritable } from './file-errors.js'

const DAY_S = 86_400
/** How long a signed manifest is valid by default. */
export const DEFAULT_DAYS = 365

/** Writes a new private key (PEM, PKCS#8), readable by its owner alone; never over a file that is there. */
export async function writeKey(path: string, isEdwards: boolean): Promise<KeyObject> {
  const { privateKey } = isEdwards
    ? generateKeyPairSync('ed25519')
    : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  await writeFile(path, pem, { mode: 0o600, flag: 'wx' }).catch(cause => {
    throw unwritable(path, cause)
  })
  return privateKey
}

/**
 * Reads a private key.
 *
 * @throws SwarmtagError `file-unreadable` where the file holds no Ed25519 or P-256 key
 */
export async function readKey(path: string): Promise<KeyObject> {
  const pem = await readFile(path).catch(cause => {
    throw unreadable(path, cause)
  })
  return privateKeyOf(pem, path)
}

/** A private key from PEM; `where` names it in an error. */
export function privateKeyOf(pem: string | Buffer, where: string): KeyObject {
  const refused = (cause?: unknown) =>
    new SwarmtagError('file-unreadable', `${where} is no private key of Ed25519 or P-256 in PEM`, {
      cause,
    })
  try {
    const key = createPrivateKey(pem)
    const curve = key.asymmetricKeyDetails?.namedCurve
    if (key.asymmetricKeyType !== 'ed25519' && curve !== 'prime256v1') throw refused()
    return key
  } catch (cause) {
    throw cause instanceof SwarmtagError ? cause : refused(cause)
  }
}

/** The public key as pages use it: base64 of its bare bytes. */
export function publicKeyOf(key: KeyObject): string {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return spki.subarray(key.asymmetricKeyType === 'ed25519' ? -32 : -65).toString('base64')
}

/** Signs as browsers check: 64 bytes, of ECDSA r and s. */
export const signBytes = (key: KeyObject, bytes: Uint8Array): Uint8Array =>
  key.asymmetricKeyType === 'ed25519'
    ? sign(null, bytes, key)
    : sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })

/** Signs manifests with one key, for so many days. */
export class Signer {
  constructor(
    readonly key: KeyObject,
    readonly days: number,
  ) {}

  /** What a manifest says of its signature, which has still to be made. */
  signed(nowS = Math.floor(Date.now() / 1_000)): Signed {
    const expiresAtS = nowS + this.days * DAY_S
    return { issuedAtS: nowS, expiresAtS, signature: new Uint8Array(64) }
  }

  /** Signs an encoded manifest in place. */
  sign(manifest: Uint8Array): void {
    const descriptor = manifest.subarray(0, decodeDescriptor(manifest).descriptorBytes)
    placeSignature(descriptor, signBytes(this.key, signaturePreimage(descriptor)))
  }
}
