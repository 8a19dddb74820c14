/** What the worker must know before its first request: in its URL, so that it survives a restart. */

export interface SwarmWorkerOptions {
  /** Patterns of URLs to answer, e.g. `/videos/*`. @default every media file that is requested with CORS */
  match?: readonly string[]
  /** Names of query parameters that only sign, e.g. `X-Amz-*`: URLs that differ in nothing else are one video. @default none */
  ignoreQuery?: readonly string[]
  /** Whether the origin may give chunks. With `never` only the store and other viewers do. @default 'fallback' */
  origin?: 'fallback' | 'never'
  /** Public key of the site: only manifests that it signed are accepted. @default none, all are accepted */
  key?: string | undefined
}

/** Marks the URL of a worker that is Swarmtag's alone, and not a site's own that imports it. */
const OWN_WORKER = 'swarmtag'

/** The query that gives these options to the worker. */
export function workerQuery({
  match = [],
  ignoreQuery = [],
  origin = 'fallback',
  key,
}: SwarmWorkerOptions): string {
  const query = new URLSearchParams([
    [OWN_WORKER, '1'],
    ...match.map(pattern => ['match', pattern]),
    ...ignoreQuery.map(name => ['ignore-query', name]),
  ])
  if (origin === 'never') query.set('origin', origin)
  if (key !== undefined) query.set('key', key)
  return query.toString()
}

/** The options in a worker's URL; `undefined` if the worker is not Swarmtag's alone. */
export function readWorkerQuery(search: string): SwarmWorkerOptions | undefined {
  const query = new URLSearchParams(search)
  if (!query.has(OWN_WORKER)) return undefined
  const key = query.get('key')
  return {
    ...(key !== null && { key }),
    match: query.getAll('match'),
    ignoreQuery: query.getAll('ignore-query'),
    origin: query.get('origin') === 'never' ? 'never' : 'fallback',
  }
}

/** Compiles `data-match`: patterns of URLs where `*` stands for anything; none means every path. */
export function compileMatch(patterns: readonly string[], base: string): (url: URL) => boolean {
  if (patterns.length === 0) return () => true
  const expressions = patterns.map(pattern => {
    const { origin, pathname } = new URL(pattern.replaceAll('*', '%2A'), base)
    return wildcard(origin + pathname.replaceAll('%2A', '*'))
  })
  return url => expressions.some(expression => expression.test(url.origin + url.pathname))
}

/** An expression for a pattern where `*` stands for anything. */
export const wildcard = (pattern: string, flags = ''): RegExp =>
  new RegExp(`^${pattern.split('*').map(literally).join('.*')}$`, flags)

const literally = (text: string): string => text.replace(/[.+?^${}()|[\]\\/]/g, '\\$&')
