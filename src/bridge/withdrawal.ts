/** How Swarmtag is taken off a site: the word for it, and how either end finds out by itself. */

/** Said by a page that uninstalls to its worker, and by a worker that goes to its pages, in any version. */
export interface Farewell {
  readonly type: 'swarmtag:farewell'
}

export const FAREWELL: Farewell = { type: 'swarmtag:farewell' }

export const isFarewell = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'type' in data && data.type === FAREWELL.type

/** These say that a file is gone; others may pass. */
const GONE_STATUSES = [404, 410]

/** Whether the site has taken a script away: it is gone, or empty. A server that does not answer says nothing. */
export async function isWithdrawn(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { cache: 'no-cache' })
    if (!response.ok) return GONE_STATUSES.includes(response.status)
    return (await response.text()).trim() === ''
  } catch {
    return false
  }
}
