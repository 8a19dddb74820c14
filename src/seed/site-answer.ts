/** A part of a file, asked of a site as anybody could ask: its answer is checked before a byte is read. */

import { parseContentRange, rangeHeader } from '../core/format/byte-range.js'
import { roomForChunk } from '../core/format/chunk-bytes.js'
import {
  type FileFacts,
  fileFacts,
  isRefusal,
  mayBeOutage,
  whyNotForAll,
} from '../core/policy/shareable.js'
import type { ByteSpan } from '../core/units.js'
import { retryAfterMs, SiteFailed } from './courtesy.js'
import { networkReason } from './network-reason.js'

/** From the question to the last byte of a MiB: a site slower than that is no help to anybody. */
const ANSWER_LIMIT_MS = 60_000

export interface SiteAnswer {
  readonly facts: FileFacts
  /** Why the film is not to be asked for any more, as the end of a sentence; `undefined`: it is the part that was asked for. */
  readonly over: string | undefined
  /**
   * Reads on.
   *
   * @throws SiteFailed where so many bytes do not come
   */
  read(sizeBytes: number): Promise<Uint8Array<ArrayBuffer>>
  /** Wants no more of it. */
  end(): Promise<void>
}

/**
 * Asks for a part.
 *
 * @param sizeBytes - of the whole file, as its manifest says
 * @throws SiteFailed where there is no answer, or one that says nothing of the file
 */
export async function ask(url: string, span: ByteSpan, sizeBytes: number): Promise<SiteAnswer> {
  const response = await askAnybody(url, span).catch(cause => {
    throw new SiteFailed(networkReason(cause), 0, { cause })
  })
  const over = whyOver(response, sizeBytes)
  const reader = response.body?.getReader()
  const end = async () => void (await reader?.cancel().catch(() => {}))
  const why = over === undefined ? whyNoPart(response, span) : undefined
  if (why) {
    await end()
    throw new SiteFailed(why, retryAfterMs(response.headers.get('retry-after')))
  }
  let rest: Uint8Array = new Uint8Array()
  const read = async (bytes: number) => {
    const whole = roomForChunk(bytes)
    for (let filled = 0; filled < bytes; ) {
      if (rest.length === 0) {
        const next = await reader?.read().catch(cause => {
          throw new SiteFailed(networkReason(cause), 0, { cause })
        })
        if (!next?.value) throw new SiteFailed('an answer ended early')
        rest = next.value
      }
      const piece = rest.subarray(0, bytes - filled)
      whole.set(piece, filled)
      filled += piece.length
      rest = rest.subarray(piece.length)
    }
    return whole
  }
  return { facts: fileFacts(response), over, read, end }
}

const askAnybody = (url: string, span: ByteSpan): Promise<Response> =>
  fetch(url, {
    headers: { range: rangeHeader(span), 'user-agent': 'swarmtag-seed' },
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  })

function whyOver(response: Response, sizeBytes: number): string | undefined {
  const { status, headers } = response
  if (isRefusal(status) && !mayBeOutage(status))
    return `is not there for everybody: the site answers ${status}`
  const notForAll = response.ok && whyNotForAll(response)
  if (notForAll) return `is not for everybody: the site says ${notForAll}`
  const facts = fileFacts(response)
  const isOther = facts.sizeBytes !== undefined && facts.sizeBytes !== sizeBytes
  if (isOther || status === 416)
    return `is another file than its manifest describes: not ${sizeBytes} bytes`
  // One that says so is believed: it will answer no range of another second either.
  if (status === 200 && /^none$/i.test(headers.get('accept-ranges') ?? '')) return NO_RANGES
  return undefined
}

const NO_RANGES = 'comes only as a whole: the site answers no range requests'

function whyNoPart({ status, headers }: Response, span: ByteSpan): string | undefined {
  if (status === 200) return 'it answers no range requests'
  if (status !== 206) return `it answers ${status}`
  const part = parseContentRange(headers.get('content-range'))?.span
  const isPart = part?.from === span.from && part.to === span.to
  return isPart ? undefined : 'it answers with another part than it was asked for'
}
