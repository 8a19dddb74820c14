/** Who may have a file, by what its origin says: only what a GET without cookies or secrets reads is given to other viewers. */

import { parseContentRange } from '../format/byte-range.js'

/** What an answer of the origin says of the file behind it. */
export interface FileFacts {
  /** `undefined` if the answer does not contain it. */
  readonly sizeBytes: number | undefined
  readonly etag: string | null
  readonly lastModified: string | null
}

/** What an answer of the origin says of who may keep it. */
export interface AudienceFacts {
  readonly cacheControl: string | null
  readonly vary: string | null
}

/** The part of an answer that facts are read from: a `Response` of any platform. */
export interface OriginAnswer {
  readonly status: number
  readonly headers: { get(name: string): string | null; has(name: string): boolean }
}

/** What an answer says of the whole file. */
export function fileFacts({ status, headers }: OriginAnswer): FileFacts {
  const range = parseContentRange(headers.get('content-range'))
  const length = headers.has('content-encoding') ? null : headers.get('content-length')
  const wholeBytes = status === 200 && length !== null ? Number(length) : undefined
  return {
    sizeBytes: range?.bodyBytes ?? wholeBytes,
    etag: headers.get('etag'),
    lastModified: headers.get('last-modified'),
  }
}

/** The header by which an answer says that it is not for all. */
export const whyNotForAll = ({ headers }: Pick<OriginAnswer, 'headers'>): string | undefined =>
  whyPrivate({ cacheControl: headers.get('cache-control'), vary: headers.get('vary') })

/**
 * Why an answer to a request without credentials shows that the file is not for all; nothing where it does not.
 *
 * @param own - what the viewer's own request returned of the file, where nothing has confirmed that it is public
 * @param isSigned - whether the URL is signed: then a refusal means that the signature has expired, and nothing about the file
 */
export function whyNotPublic(
  answer: OriginAnswer,
  { own, isSigned }: { own: FileFacts | undefined; isSigned: boolean },
): string | undefined {
  const { status } = answer
  if (isRefusal(status) && !isSigned) return `without cookies, status ${status}`
  const isGiven = status >= 200 && status < 300
  const isAnother = isGiven && own && !isSameFile(own, fileFacts(answer))
  return whyNotForAll(answer) ?? (isAnother ? 'without cookies, another file' : undefined)
}

/** Statuses that refuse: some servers hide behind 404 what they do not show to everybody. */
const REFUSALS = [401, 403, 404, 407, 410, 451]

/** Request headers that any GET may carry. One of another name may be what opens the file. */
const COMMON_HEADER =
  /^(accept|accept-language|content-language|content-type|range|user-agent|sec-.+)$/i

/** Names that parameters have in URLs that are signed, or carry a secret, at the usual storage services and CDNs. */
const SIGNING_PARAMETER =
  /^(x-\w+-(signature|credential|security-token)|signature|sig|sign|q-signature|hmac|md5|verify|(\w+[-_])?(token|secret|jwt|auth)|auth[-_]?key|api[-_]?key|ws_?secret|tx_?secret|policy|key-pair-id|hdn(ts|ea|tl)|__(token|gda)__|session(_?id)?|sid)$/i

/** Whether a status refuses the file, and not merely fails to give it. */
export const isRefusal = (status: number): boolean => REFUSALS.includes(status)

/** Whether a status that refuses is what firewalls and rate limiters answer to everybody, too, for a while. */
export const mayBeOutage = (status: number): boolean => status === 403

/** Why an answer is not for all: the directive or header that says so; nothing where none does. */
export function whyPrivate({ cacheControl, vary }: AudienceFacts): string | undefined {
  const directive = listed(cacheControl).find(each => /^(private|no-store)\b/.test(each))
  if (directive) return `Cache-Control: ${directive}`
  const header = listed(vary).find(each => /^(\*|cookie|authorization)$/.test(each))
  return header && `Vary: ${header}`
}

/** Whether two answers are of one file, as far as their headers show: a size that one keeps to itself is no difference. */
export function isSameFile(one: FileFacts, other: FileFacts): boolean {
  const isSameSize =
    one.sizeBytes === undefined ||
    other.sizeBytes === undefined ||
    one.sizeBytes === other.sizeBytes
  return isSameSize && one.etag === other.etag && one.lastModified === other.lastModified
}

/** Whether headers that a page put on its request may be what opens the file. */
export const hasSecretHeader = (names: Iterable<string>): boolean =>
  [...names].some(name => !COMMON_HEADER.test(name))

/** The first name of a query's parameters that looks as if it signed the URL. */
export const signingParameter = (names: Iterable<string>): string | undefined =>
  [...names].find(name => SIGNING_PARAMETER.test(name))

const listed = (header: string | null): string[] =>
  (header ?? '').split(',').map(each => each.trim().toLowerCase())
