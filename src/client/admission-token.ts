/** Gets the token that admits this page to the site's swarms. */

import { Admission } from '../swarm/admission.js'
import type { Settings } from './swarm-options.js'

/** Admission as the site's options say; `undefined` without an admission key. */
export function admissionBy({ admissionKey, token }: Settings): Admission | undefined {
  if (admissionKey === undefined) return undefined
  const ask = async (publicKey: string, root: string): Promise<string> => {
    if (typeof token === 'function') return token(publicKey, root)
    if (token === undefined) throw new Error('the page names no token')
    const url = new URL(token)
    url.searchParams.set('key', publicKey)
    url.searchParams.set('root', root)
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${url.pathname} answers ${response.status}`)
    return response.text()
  }
  return new Admission({ siteKey: admissionKey, site: location.origin, ask })
}
