/** Script URLs for sites whose policy asks for Trusted Types: `trusted-types swarmtag` lets these pass. */

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string }
}

declare const trustedTypes: TrustedTypes | undefined

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined

/**
 * Vouches for a URL of the site's own options. Nobody else can get at the policy.
 *
 * @param name - of the policy: a page has each once, and the snippet another than the tag
 * @returns what a script's `src` and `register` take; to the compiler a text
 * @throws TypeError where the site's policy asks for Trusted Types and does not allow this one
 */
export function trusted(url: string, name = 'swarmtag'): string {
  if (typeof trustedTypes === 'undefined') return url
  policy ??= trustedTypes.createPolicy(name, { createScriptURL: url => url })
  return policy.createScriptURL(url)
}
