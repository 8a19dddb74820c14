/** Which manifests are accepted if the site has given a key: signed by it, not expired, and no older than one known. */

import { SwarmtagError } from '../core/errors.js'
import { signaturePreimage } from '../core/format/manifest.js'
import type { NewestSigned } from './database.js'
import type { Manifest } from './manifest.js'
import { importPublicKey, isSignedBy } from './signatures.js'

/** The field of a record by which manifests older than this one are rejected. */
export function newestOf(
  { descriptor: { signed } }: Manifest,
  key: string | undefined,
): { newest?: NewestSigned } {
  if (key === undefined || !signed) return {}
  const { issuedAtS, expiresAtS } = signed
  return { newest: { key, issuedAtS, expiresAtS } }
}

/**
 * Rejects a manifest that is not signed with the site's key, if there is one, and one that is out of date.
 *
 * @param siteKey - as for `importPublicKey`
 * @param newest - the newest signed manifest of this video that is known
 * @throws SwarmtagError `manifest-untrusted`; as `importPublicKey` does, if the key is invalid
 */
export async function requireSigned(
  { descriptor: { signed }, descriptorBytes }: Manifest,
  siteKey: string | undefined,
  newest: NewestSigned | undefined,
): Promise<void> {
  if (siteKey === undefined) return
  if (!signed) throw untrusted('it is not signed')
  const key = await importPublicKey(siteKey)
  if (!(await isSignedBy(key, signed.signature, signaturePreimage(descriptorBytes))))
    throw untrusted('another key signed it, or it was changed')
  const nowS = Date.now() / 1_000
  if (signed.expiresAtS <= nowS) throw untrusted('it has expired; sign it anew')
  const isBinding = newest?.key === siteKey && newest.expiresAtS > nowS
  if (isBinding && signed.issuedAtS < newest.issuedAtS)
    throw untrusted('this browser knows a newer one')
}

const untrusted = (why: string) =>
  new SwarmtagError('manifest-untrusted', `the manifest is refused: ${why}`)
