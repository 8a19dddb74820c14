/**
 * The head of a response with a file that viewers give each other. Whoever made the file is unknown, and so is what it is: it is
 * served for playing or saving, and never as a document of the site.
 */

import { isDownload } from '../bridge/share-url.js'
import { OTHER_TYPE } from '../core/format/descriptor-fields.js'
import type { ShareLink } from '../core/format/share-link.js'
import type { AnswerHead } from './answer-head.js'

const MEDIA = /^(video|audio)\//
/** Where a file goes that may be played: to an element, or to a loader of the page's own. */
const PLAYING = ['video', 'audio', '']

/** In every response: should it be shown all the same, it is nobody's document, and runs nothing. */
export const HARMLESS: [string, string][] = [
  ['x-content-type-options', 'nosniff'],
  ['content-security-policy', "sandbox; default-src 'none'"],
  ['cross-origin-resource-policy', 'same-origin'],
]

/** @param type - the media type that the descriptor names, which its root does not cover */
export function shareHead(
  { url, destination }: Pick<Request, 'url' | 'destination'>,
  { root, name }: ShareLink,
  type: string,
): AnswerHead {
  const isInline = MEDIA.test(type) && PLAYING.includes(destination) && !isDownload(new URL(url))
  const headers: [string, string][] = isInline
    ? [['content-type', type]]
    : [
        ['content-type', OTHER_TYPE],
        ['content-disposition', `attachment; filename*=UTF-8''${extended(name || root)}`],
      ]
  return { status: 206, statusText: '', headers: [...headers, ...HARMLESS], hidesRange: false }
}

/** As RFC 8187 has it: four characters more than `encodeURIComponent` escapes. */
const extended = (text: string): string =>
  encodeURIComponent(text).replace(
    /['()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
