/** Asks the origin for a video's manifest, or a part of it. It lies beside the video, at `<video-url>.swarm`. */

import { rangeHeader } from '../core/byte-range.js'
import { SwarmtagError } from '../core/errors.js'
import { decodeDescriptor, MAX_DESCRIPTOR_BYTES } from '../core/manifest.js'
import type { ByteSpan } from '../core/units.js'

/** First bytes of a manifest to ask for: the descriptor, and the first digest pages with it. */
const HEAD_BYTES = 65_536
const HEAD = { from: 0, to: HEAD_BYTES }
/** These say that there is no manifest for all to read: some servers hide what they lack behind 403. */
const ABSENT_STATUSES = [401, 403, 404, 410, 416]

/** Where the manifest of a video lies: `movie.mp4.swarm`, with the query that the video was asked with. */
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
  /** How to ask the origin. @default the browser's `fetch` */
  fetch?: typeof fetch
  /** An origin that takes longer for an answer is taken for unavailable. @default 10 s */
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
   * Bytes of a span, shorter where the file ends before; nothing where there is no such file. No cookie
   * goes with it: what only some may read is not for all.
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
 * The first bytes of a video's manifest; nothing where there is none.
 *
 * @throws SwarmtagError `manifest-unavailable`
 */
export const fetchHead = (
  origin: ManifestOrigin,
  videoUrl: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> => origin.fetchSpan(videoUrl, HEAD)

/**
 * At least the whole descriptor: that of a film above some 100 GiB is longer than the first request brought.
 *
 * @param head - what the first request brought
 * @throws SwarmtagError `manifest-unavailable`, or `manifest-malformed` where this is no descriptor's head
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

/** Many sites answer every unknown path with a page of theirs. */
const isPage = ({ headers }: Response): boolean =>
  /^\s*text\/html/i.test(headers.get('content-type') ?? '')

const isFile = (response: Response): boolean => response.ok && !isPage(response)

const isAbsent = (response: Response): boolean =>
  ABSENT_STATUSES.includes(response.status) || isPage(response)

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
