/** Which URLs are the same video, and which take part: worker and page must agree. */

import { signingParameter } from '../core/policy/shareable.js'
import { shareNameOf } from './share-url.js'
import { compileMatch, type SwarmWorkerOptions, wildcard } from './worker-options.js'

/**
 * The name of the video at a URL: the URL without fragment, and without parameters that only sign it; that of a file that
 * no server has is as `shareNameOf` says.
 */
export type NameOf = (url: string) => string

/** Compiles `data-ignore-query`: names of parameters where `*` stands for anything, in upper or lower case. */
export function compileNameOf(ignoreQuery: readonly string[] = []): NameOf {
  const isKept = compileKept(ignoreQuery)
  return text => {
    const url = new URL(text)
    const shared = shareNameOf(url)
    if (shared) return shared
    url.hash = ''
    // Pair by pair, as `URLSearchParams` would re-encode what stays.
    const pairs = url.search.slice(1).split('&')
    url.search = pairs.filter(pair => [...new URLSearchParams(pair).keys()].every(isKept)).join('&')
    return url.href
  }
}

/** Which URLs the site's options match, and which of these do not take part all the same. */
export interface Participation {
  isMatched(url: URL): boolean
  /** The parameter that seems to sign a URL and is not ignored: such a URL does not take part. */
  signatureOf(url: URL): string | undefined
}

/** @param base - the URL that relative patterns are resolved against */
export function compileParticipation(
  { match = [], ignoreQuery }: SwarmWorkerOptions,
  base: string,
): Participation {
  const isKept = compileKept(ignoreQuery)
  return {
    isMatched: compileMatch(match, base),
    signatureOf: url => signingParameter([...url.searchParams.keys()].filter(isKept)),
  }
}

function compileKept(ignoreQuery: readonly string[] = []): (name: string) => boolean {
  const ignored = ignoreQuery.map(pattern => wildcard(pattern, 'i'))
  return name => !ignored.some(each => each.test(name))
}
