/**
 * Links to a file that viewers give each other: a page's URL, and behind `#` the file's root and name. What is behind `#`
 * is sent to no server.
 */

import { SwarmtagError } from '../errors.js'

export interface ShareLink {
  /** The manifest's root, as 64 hexadecimal digits. */
  readonly root: string
  /** What the file is called, without folders; may be empty. */
  readonly name: string
}

const ROOT = /^[0-9a-f]{64}$/
/** Longer names are cut: file systems take 255 bytes. */
const MOST_NAME_CHARACTERS = 120
/** Separators of folders, control characters, and those that turn the direction of text, so that a name reads as another. */
const UNSAFE = /[\p{Cc}/\\\u202A-\u202E\u2066-\u2069]/gu

/** Whether a text is a root as it stands in links and URLs. */
export const isRoot = (text: string): boolean => ROOT.test(text)

/** The link by which a page gives a file. */
export const formatShareLink = (pageUrl: string, { root, name }: ShareLink): string =>
  `${pageUrl.split('#', 1)[0]}#${sharePath({ root, name })}`

/**
 * Reads a link, or what is behind its `#`.
 *
 * @throws SwarmtagError `link-malformed` if it was cut or changed on its way
 */
export function parseShareLink(link: string): ShareLink {
  const share = parseSharePath(link.slice(link.indexOf('#') + 1))
  if (!share)
    throw new SwarmtagError(
      'link-malformed',
      'the link is not whole: behind # it has 64 digits, and the name of the file',
    )
  return share
}

/** Root and name as a path of two parts, or of one without a name. */
export const sharePath = ({ root, name }: ShareLink): string =>
  `${root}/${encodeURIComponent(safeName(name))}`

/** Reads such a path; `undefined` if invalid. */
export function parseSharePath(path: string): ShareLink | undefined {
  const [digits = '', encoded = '', ...more] = path.trim().split('/')
  const root = digits.toLowerCase()
  if (!isRoot(root) || more.length > 0) return undefined
  try {
    return { root, name: safeName(decodeURIComponent(encoded)) }
  } catch {
    return undefined
  }
}

/** A name that may be shown, and given to a file. Whole characters only: half a pair cannot be encoded. */
function safeName(name: string): string {
  const characters = [...name.replace(UNSAFE, '_')].slice(0, MOST_NAME_CHARACTERS)
  return characters.map(each => (/^\p{Cs}$/u.test(each) ? '_' : each)).join('')
}
