/** The heads of answers that we put together ourselves: what a page reads of them is what the origin says. */

import type { AnswerHead } from '../store/database.js'

export type { AnswerHead }

/** Told anew of each answer: what a part of a file, or its encoding on the way, has of its own. */
const OWN_HEADERS = ['content-encoding', 'content-length', 'content-range', 'transfer-encoding']

const STATUS_TEXTS: Record<number, string> = {
  200: 'OK',
  206: 'Partial Content',
  416: 'Range Not Satisfiable',
}

/** What pages can read of an origin's answer, whichever part of the file it is. */
export const headOf = ({ status, statusText, headers, type }: Response): AnswerHead => ({
  status,
  statusText,
  headers: [...headers].filter(([name]) => !OWN_HEADERS.includes(name)),
  hidesRange: type === 'cors' && !headers.has('content-range') && !headers.has('accept-ranges'),
})

/** Where no answer was seen, as the origin is away. */
export const headOfType = (type: string): AnswerHead => ({
  status: 206,
  statusText: '',
  headers: [['content-type', type]],
  hidesRange: false,
})

/**
 * The head of an answer of ours; `contentRange` is that of a part.
 *
 * Elements see through CORS, and need to be told that there are ranges, and of which size the file is. To a page's own
 * loader we say no more than the origin, which tells of ranges where it gives a whole file, if not with each part.
 */
export function answerInit(
  { destination }: Request,
  head: AnswerHead,
  status: 200 | 206 | 416,
  { contentBytes, contentRange }: { contentBytes: number; contentRange?: string },
): ResponseInit {
  const headers = new Headers(head.headers)
  const isTold = destination !== '' || !head.hidesRange
  headers.set('content-length', String(contentBytes))
  if (isTold && (destination !== '' || status === 200)) headers.set('accept-ranges', 'bytes')
  if (isTold && contentRange) headers.set('content-range', contentRange)
  // HTTP/2 has no such texts.
  const statusText =
    head.status === status ? head.statusText : head.statusText && (STATUS_TEXTS[status] ?? '')
  return { status, statusText, headers }
}
