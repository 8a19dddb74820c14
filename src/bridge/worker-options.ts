/** What the worker must know before its first request: it is part of the worker's URL, and so outlives a restart. */

export interface SwarmWorkerOptions {
  /** Patterns of paths to answer, e.g. `/videos/*`. @default every media file of the site's origin */
  match?: readonly string[]
  /** Whether the origin may give chunks. With `never` only the store and other viewers do. @default 'fallback' */
  origin?: 'fallback' | 'never'
  /** Public key of the site: only manifests that it signed are believed. @default none, all are */
  key?: string | undefined
}

/** Marks the URL of a worker that is Swarmtag's alone, and not a site's own that imports it. */
const OWN_WORKER = 'swarmtag'

/** The query that gives these options to the worker. */
export function workerQuery({ match = [], origin = 'fallback', key }: SwarmWorkerOptions): string {
  const query = new URLSearchParams([
    [OWN_WORKER, '1'],
    ...match.map(pattern => ['match', pattern]),
  ])
  if (origin === 'never') query.set('origin', origin)
  if (key !== undefined) query.set('key', key)
  return query.toString()
}

/** The options in a worker's URL; nothing where the worker is not Swarmtag's alone. */
export function readWorkerQuery(search: string): SwarmWorkerOptions | undefined {
  const query = new URLSearchParams(search)
  if (!query.has(OWN_WORKER)) return undefined
  const key = query.get('key')
  return {
    ...(key !== null && { key }),
    match: query.getAll('match'),
    origin: query.get('origin') === 'never' ? 'never' : 'fallback',
  }
}

/** Compiles `data-match`: patterns of paths where `*` stands for anything; none means every path. */
export function compileMatch(patterns: readonly string[], base: string): (url: URL) => boolean {
  if (patterns.length === 0) return () => true
  const expressions = patterns.map(pattern => {
    const { origin, pathname } = new URL(pattern.replaceAll('*', '%2A'), base)
    const path = pathname.replaceAll('%2A', '*')
    return new RegExp(`^${(origin + path).split('*').map(literally).join('.*')}$`)
  })
  return url => expressions.some(expression => expression.test(url.origin + url.pathname))
}

const literally = (text: string): string => text.replace(/[.+?^${}()|[\]\\/]/g, '\\$&')
