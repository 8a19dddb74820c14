/** Fetches a video's manifest, or a range of it, from the origin. It lies beside the video, at `<video-url>.swarm`. */

import { SwarmtagError } from '../core/errors.js'
import { rangeHeader } from '../core/format/byte-range.js'
import { decodeDescriptor, MAX_DESCRIPTOR_BYTES } from '../core/format/manifest.js'
import type { ByteSpan } from '../core/units.js'

/** The first request for a manifest: the descriptor, and the first digest pages with it. */
const HEAD_BYTES = 65_536
const HEAD = { from: 0, to: HEAD_BYTES }
/** There is no public manifest; some servers answer 403 for missing files. */
const ABSENT_STATUSES = [401, 403, 404, 410, 416]

/** The URL of a video's manifest: `movie.mp4.swarm`, with the query of the video's URL. */
export function manifestUrl(videoUrl: string): string {
  const url = new URL(videoUrl)
  url.pathname += '.swarm'
  url.hash = ''
  return url.href
}

const asAnybody = (span: ByteSpan) =>
  ({ mode: 'cors', credentials: 'omit', headers: { range: rangeHeader(span) } }) as const

/** The first request for a manifest, as `ManifestOrigin` makes it. */
export const manifestRequest = (videoUrl: string) =>
  [manifestUrl(videoUrl), asAnybody(HEAD)] as const

export interface ManifestOriginOptions {
  /** @default the browser's `fetch` */
  fetch?: typeof fetch
  /** Timeout of a request. @default 10 s */
  limitMs?: number
}

export class ManifestOrigin {
  readonly #fetch: typeof fetch
  readonly #limitMs: number

  constructor(options: ManifestOriginOptions) {
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init))
    this.#limitMs = options.limitMs ?? 10_000
  }

  /**
   * Bytes of a span, fewer if the file ends before; `undefined` if there is no such file. Sent without cookies: a
   * manifest that needs them is not public.
   *
   * @throws SwarmtagError `manifest-unavailable`
   */
  async fetchSpan(videoUrl: string, span: ByteSpan): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const url = manifestUrl(videoUrl)
    try {
      const response = await this.#fetch(url, {
        ...asAnybody(span),
        signal: AbortSignal.timeout(this.#limitMs),
      })
      if (isFile(response)) {
        const bytes = await readAtMost(response, span.to + MAX_DESCRIPTOR_BYTES)
        return response.status === 206 ? bytes : bytes.slice(span.from, span.to)
      }
      await response.body?.cancel()
      if (isAbsent(response)) return undefined
      throw new SwarmtagError('manifest-unavailable', `${url} answers ${response.status}`)
    } catch (cause) {
      if (cause instanceof SwarmtagError) throw cause
      throw new SwarmtagError('manifest-unavailable', `no whole answer from ${url}`, { cause })
    }
  }
}

/**
 * The first bytes of a video's manifest; `undefined` if there is none.
 *
 * @throws SwarmtagError `manifest-unavailable`
 */
export const fetchHead = (
  origin: ManifestOrigin,
  videoUrl: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> => origin.fetchSpan(videoUrl, HEAD)

/**
 * At least the whole descriptor: that of a film above some 100 GiB is longer than the first request.
 *
 * @param head - the bytes of the first request
 * @throws SwarmtagError `manifest-unavailable`; `manifest-malformed` if `head` is not the head of a descriptor
 */
export async function completeDescriptor(
  origin: ManifestOrigin,
  videoUrl: string,
  head: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { descriptor, descriptorBytes } = decodeDescriptor(head)
  if (descriptor) return head
  const whole = await origin.fetchSpan(videoUrl, { from: 0, to: descriptorBytes })
  if (!whole) throw new SwarmtagError('manifest-unavailable', `${manifestUrl(videoUrl)} is gone`)
  return whole
}

/** Many sites answer every unknown path with an HTML document. */
const isHtml = ({ headers }: Response): boolean =>
  /^\s*text\/html/i.test(headers.get('content-type') ?? '')

const isFile = (response: Response): boolean => response.ok && !isHtml(response)

const isAbsent = (response: Response): boolean =>
  ABSENT_STATUSES.includes(response.status) || isHtml(response)

/** Reads a body up to a bound, so that a wrong URL cannot fill the memory. */
async function readAtMost(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    parts.push(read.value)
    bytes += read.value.length
    if (bytes >= maxBytes) {
      await reader?.cancel()
      break
    }
  }
  const joined = new Uint8Array(bytes)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
