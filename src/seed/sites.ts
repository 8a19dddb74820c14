/** The sites whose films are given: each is asked with courtesy, and what they gave is kept in one place. */

import { SwarmtagError } from '../core/errors.js'
import { Manifest } from '../store/manifest.js'
import {
  completeDescriptor,
  fetchHead,
  ManifestOrigin,
  manifestUrl,
} from '../store/manifest-origin.js'
import { Courtesy } from './courtesy.js'
import { KeptChunks } from './kept-chunks.js'
import { networkReason } from './network-reason.js'
import { UrlFilm } from './url-film.js'

export class Sites {
  readonly #courtesies = new Map<string, Courtesy>()
  readonly #manifests = new ManifestOrigin({})
  #kept: Promise<KeptChunks> | undefined

  /** @param capacityBytes - kept on disk at most, all films together */
  constructor(readonly capacityBytes: number) {}

  /**
   * Reads a film's manifest as viewers do, and finds that the site serves what it describes.
   *
   * @throws SwarmtagError `manifest-unavailable` where there is none or it cannot be fetched, and as `Manifest.open` and
   * `UrlFilm.open` do
   */
  async open(url: string): Promise<{ film: UrlFilm; manifest: Manifest }> {
    const manifest = await this.#manifestOf(url)
    this.#kept ??= KeptChunks.open(this.capacityBytes)
    const options = { manifest, kept: await this.#kept, courtesy: this.#courtesyOf(url) }
    return { film: await UrlFilm.open(url, options), manifest }
  }

  async close(): Promise<void> {
    await (await this.#kept?.catch(() => undefined))?.close()
  }

  async #manifestOf(url: string): Promise<Manifest> {
    const origin = this.#manifests
    const head = await fetchHead(origin, url).catch(error => {
      if (!(error instanceof SwarmtagError) || !error.cause) throw error
      const why = `cannot fetch ${manifestUrl(url)}: ${networkReason(error.cause)}`
      throw new SwarmtagError('manifest-unavailable', why, { cause: error })
    })
    if (!head) {
      const how = `there is none at ${manifestUrl(url)} (swarmtag manifest writes one)`
      throw new SwarmtagError('manifest-unavailable', `${url} has no manifest: ${how}`)
    }
    const descriptor = await completeDescriptor(origin, url, head)
    return Manifest.open(descriptor, async function* (_page, span) {
      const digests =
        span.to <= head.length ? head.slice(span.from, span.to) : await origin.fetchSpan(url, span)
      if (digests) yield digests
    })
  }

  #courtesyOf(url: string): Courtesy {
    const { origin } = new URL(url)
    const courtesy = this.#courtesies.get(origin) ?? new Courtesy()
    this.#courtesies.set(origin, courtesy)
    return courtesy
  }
}
