/** Script URLs for sites that require Trusted Types; these pass with `trusted-types swarmtag`. */

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string }
}

declare const trustedTypes: TrustedTypes | undefined

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined

/**
 * Marks a URL of the site's own options as trusted. The policy is not reachable from outside.
 *
 * @param name - of the policy: a page may create each only once, so the snippet has another than the tag
 * @returns a value for a script's `src` and `register`, typed as a string
 * @throws TypeError if the site requires Trusted Types and does not allow this policy
 */
export function trusted(url: string, name = 'swarmtag'): string {
  if (typeof trustedTypes === 'undefined') return url
  policy ??= trustedTypes.createPolicy(name, { createScriptURL: url => url })
  return policy.createScriptURL(url)
}
