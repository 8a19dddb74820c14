/** URLs of files that no server has, `…/swarmtag/<root>/<name>`: the worker answers them from what viewers give each other. */

import { parseSharePath, type ShareLink } from '../core/format/share-link.js'

/** Folder, root and name. What has fewer digits or more is a link that was cut or changed. */
const SHARED = /^(.*\/swarmtag\/)([0-9A-Fa-f]{16,})(?:\/([^/]*))?$/

/** What such a URL names; `malformed` if it is one that was cut or changed, `undefined` for any other URL. */
export function readShareUrl({ pathname }: URL): ShareLink | 'malformed' | undefined {
  const [, , digits, name = ''] = SHARED.exec(pathname) ?? []
  return digits === undefined ? undefined : (parseSharePath(`${digits}/${name}`) ?? 'malformed')
}

/** The root that such a URL names; `undefined` for any other text. */
export function sharedRoot(url: URL | string): string | undefined {
  if (typeof url === 'string' && !URL.canParse(url)) return undefined
  const share = readShareUrl(new URL(url))
  return typeof share === 'object' ? share.root : undefined
}

/** The name of such a file, under whatever names it is linked: its URL up to the root. `undefined` for any other URL. */
export function shareNameOf(url: URL): string | undefined {
  const root = sharedRoot(url)
  const [, folder] = SHARED.exec(url.pathname) ?? []
  return root && `${url.origin}${folder}${root}`
}

/** Whether a URL asks for the file to be saved, and not played. */
export const isDownload = ({ searchParams }: URL): boolean => searchParams.has('download')
