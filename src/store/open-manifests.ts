/**
 * Manifests at hand: checked, kept in memory, and with digest pages from the database and the origin. A page
 * needs no more, as it is given its descriptors; what is known of a site's videos is in `manifests.ts`.
 */

import type { ByteSpan } from '../core/units.js'
import type { ChunkArchive } from './chunk-archive.js'
import type { NewestSigned } from './database.js'
import { sameDigest } from './digests.js'
import { Manifest } from './manifest.js'
import { ManifestOrigin, type ManifestOriginOptions } from './manifest-origin.js'
import { requireSigned } from './signed-manifests.js'

export interface ManifestsOptions extends ManifestOriginOptions {
  /** Public key of the site, as `importPublicKey` takes it: manifests that it did not sign are refused. @default none, all are taken */
  key?: string | undefined
}

export class OpenManifests {
  protected readonly origin: ManifestOrigin
  protected readonly key: string | undefined
  /** By the names of their videos. */
  protected readonly known = new Map<string, Manifest>()

  constructor(
    readonly store: ChunkArchive,
    options: ManifestsOptions = {},
  ) {
    this.origin = new ManifestOrigin(options)
    this.key = options.key
  }

  /** A manifest whose descriptor came from the other end of the bridge. */
  async adopt(url: string, descriptor: Uint8Array<ArrayBuffer>): Promise<Manifest> {
    const known = this.known.get(url)
    return known && sameDigest(known.descriptorBytes, descriptor)
      ? known
      : this.open(url, descriptor)
  }

  /**
   * Checks a descriptor, and knows its manifest from now on.
   *
   * @param head - the first bytes of the manifest's file, where these were fetched
   * @param newest - as `requireSigned` takes it
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
    const stored = await this.#storedPage(root, page)
    if (stored) yield stored
    const inHead = head && span.to <= head.length ? head.slice(span.from, span.to) : undefined
    const digests = inHead ?? (await this.origin.fetchSpan(url, span))
    if (!digests) return
    // Kept unchecked: whoever reads it checks it against the descriptor.
    void this.#storePage(root, page, digests)
    yield digests
  }

  async #storedPage(root: string, page: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return (await (await this.store.database()).get('pages', [root, page]))?.digests
    } catch {
      return undefined
    }
  }

  async #storePage(root: string, page: number, digests: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await (await this.store.database()).put('pages', { root, page, digests })
    } catch {
      // Without the copy the page is fetched again on the next visit.
    }
  }
}
