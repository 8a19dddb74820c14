/** How Swarmtag is removed from a site: the message, and how either end notices by itself. */

/** Sent by a page that uninstalls to its worker, and by a worker that was uninstalled to its pages; the same in all versions. */
export interface UninstallMessage {
  readonly type: 'swarmtag:farewell'
}

export const UNINSTALL_MESSAGE: UninstallMessage = { type: 'swarmtag:farewell' }

export const isUninstallMessage = (data: unknown): boolean =>
  typeof data === 'object' &&
  data !== null &&
  'type' in data &&
  data.type === UNINSTALL_MESSAGE.type

/** A file with these is gone for good; other errors may be temporary. */
const GONE_STATUSES = [404, 410]

/** Whether the site has removed a script: it is gone, or empty. `false` if the server does not answer. */
export async function isWithdrawn(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { cache: 'no-cache' })
    if (!response.ok) return GONE_STATUSES.includes(response.status)
    return (await response.text()).trim() === ''
  } catch {
    return false
  }
}
