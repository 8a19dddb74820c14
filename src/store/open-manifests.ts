/**
 * Manifests in memory, verified, with digest pages from the database and the origin. A page needs no more, as the worker
 * sends it the descriptors; what is known of a site's videos is in `manifests.ts`.
 */

import type { ByteSpan } from '../core/units.js'
import type { ChunkArchive } from './chunk-archive.js'
import type { NewestSigned } from './database.js'
import { sameDigest } from './digests.js'
import { Manifest } from './manifest.js'
import { ManifestOrigin, type ManifestOriginOptions } from './manifest-origin.js'
import { storedPage, storePage } from './page-records.js'
import { requireSigned } from './signed-manifests.js'

export interface ManifestsOptions extends ManifestOriginOptions {
  /** Public key of the site, as for `importPublicKey`: only manifests that it signed are accepted. @default none, all are accepted */
  key?: string | undefined
}

export class OpenManifests {
  protected readonly origin: ManifestOrigin
  protected readonly key: string | undefined
  /** By video name. */
  protected readonly known = new Map<string, Manifest>()

  constructor(
    readonly store: ChunkArchive,
    options: ManifestsOptions = {},
  ) {
    this.origin = new ManifestOrigin(options)
    this.key = options.key
  }

  /** The manifest of a descriptor that the worker sent. */
  async adopt(url: string, descriptor: Uint8Array<ArrayBuffer>): Promise<Manifest> {
    const known = this.known.get(url)
    return known && sameDigest(known.descriptorBytes, descriptor)
      ? known
      : this.open(url, descriptor)
  }

  /**
   * Verifies a descriptor, and keeps its manifest.
   *
   * @param head - the first bytes of the manifest's file, if they were fetched
   * @param newest - as for `requireSigned`
   * @throws SwarmtagError as `Manifest.open` and `requireSigned` do
   */
  protected async open(
    url: string,
    descriptor: Uint8Array<ArrayBuffer>,
    head?: Uint8Array,
    newest?: NewestSigned,
  ): Promise<Manifest> {
    const manifest: Manifest = await Manifest.open(descriptor, (page, span) =>
      this.#pageCandidates(url, manifest.id, page, span, head),
    )
    await requireSigned(manifest, this.key, newest)
    this.known.set(url, manifest)
    return manifest
  }

  async *#pageCandidates(
    url: string,
    root: string,
    page: number,
    span: ByteSpan,
    head: Uint8Array | undefined,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const stored = await storedPage(this.store, root, page)
    if (stored) yield stored
    const inHead = head && span.to <= head.length ? head.slice(span.from, span.to) : undefined
    const digests = inHead ?? (await this.origin.fetchSpan(url, span))
    if (!digests) return
    // Stored unverified: it is verified whenever it is read.
    void storePage(this.store, root, page, digests)
    yield digests
  }
}
