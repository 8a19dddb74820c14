/** The heads of responses that we build: pages read in them what the origin says. */

import type { AnswerHead } from '../store/database.js'

export type { AnswerHead }

/** Headers of one response, which differ by range and encoding. */
const OWN_HEADERS = ['content-encoding', 'content-length', 'content-range', 'transfer-encoding']

const STATUS_TEXTS: Record<number, string> = {
  200: 'OK',
  206: 'Partial Content',
  416: 'Range Not Satisfiable',
}

/** What pages can read of an origin's response, whatever its range. */
export const headOf = ({ status, statusText, headers, type }: Response): AnswerHead => ({
  status,
  statusText,
  headers: [...headers].filter(([name]) => !OWN_HEADERS.includes(name)),
  hidesRange: type === 'cors' && !headers.has('content-range') && !headers.has('accept-ranges'),
})

/** For a video of which no response was seen, as the origin is away. */
export const headOfType = (type: string): AnswerHead => ({
  status: 206,
  statusText: '',
  headers: [['content-type', type]],
  hidesRange: false,
})

/**
 * The head of a response of ours; `contentRange` is given with 206 and 416.
 *
 * Media elements read headers that CORS hides from scripts, and need `accept-ranges` and `content-range`. A page's own
 * loader gets no more than from the origin: `accept-ranges` with 200 only, and neither if the origin hides them.
 */
export function answerInit(
  { destination }: Request,
  head: AnswerHead,
  status: 200 | 206 | 416,
  { contentBytes, contentRange }: { contentBytes: number; contentRange?: string },
): ResponseInit {
  const headers = new Headers(head.headers)
  const isShown = destination !== '' || !head.hidesRange
  headers.set('content-length', String(contentBytes))
  if (isShown && (destination !== '' || status === 200)) headers.set('accept-ranges', 'bytes')
  if (isShown && contentRange) headers.set('content-range', contentRange)
  // HTTP/2 has no status texts.
  const statusText =
    head.status === status ? head.statusText : head.statusText && (STATUS_TEXTS[status] ?? '')
  return { status, statusText, headers }
}
