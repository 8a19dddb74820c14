/**
 * Manifests of files that no site serves: all that is known of one beforehand is its root, which the descriptor must have
 * that others give. Descriptors and digest pages are kept in the database as those of a site's videos are.
 */

import { SwarmtagError } from '../core/errors.js'
import { decodeDescriptor } from '../core/format/manifest.js'
import type { ByteSpan } from '../core/units.js'
import type { ChunkArchive } from './chunk-archive.js'
import { Manifest, type PageCandidates } from './manifest.js'
import { storedPage, storePage } from './page-records.js'

/** The first question: the descriptor of any file below some 30 GiB, in one message. */
const HEAD_BYTES = 16_376

/** Those who may have a manifest's file, or parts of it. */
export interface ManifestSource {
  /**
   * Asks for bytes of it, and waits until somebody has them. Whoever goes on after an answer says that it was false, and is
   * given that of another.
   *
   * @param leastBytes - an answer of fewer counts as none. @default all of the span
   */
  ask(span: ByteSpan, leastBytes?: number): AsyncIterable<Uint8Array<ArrayBuffer>>
}

export class SharedManifests {
  readonly #open = new Map<string, Manifest>()

  constructor(readonly store: ChunkArchive) {}

  /** The manifest of a root, as an earlier visit stored it. */
  async recall(root: string, pages: PageCandidates): Promise<Manifest | undefined> {
    const descriptor = await storedDescriptor(this.store, root)
    // What was stored may be corrupt: others are asked.
    return descriptor && this.adopt(root, descriptor, pages).catch(onlyIfFalse)
  }

  /** Receives the descriptor of a root from others, and stores it; waits until one gives it. */
  async receive(root: string, source: ManifestSource): Promise<Manifest> {
    let bytes = HEAD_BYTES
    for (;;) {
      for await (const head of source.ask({ from: 0, to: bytes }, 1)) {
        const wanted = descriptorBytesIn(head)
        if (wanted !== undefined && wanted > bytes) {
          bytes = wanted
          break
        }
        const manifest = await this.adopt(root, head, pagesFrom(source)).catch(onlyIfFalse)
        if (!manifest) continue
        await this.#remember(manifest)
        return manifest
      }
    }
  }

  /**
   * Verifies a descriptor against the root that it must have.
   *
   * @throws SwarmtagError `manifest-mismatch` if it is that of another file; as `Manifest.open` does
   */
  async adopt(
    root: string,
    descriptor: Uint8Array<ArrayBuffer>,
    pages: PageCandidates,
  ): Promise<Manifest> {
    const known = this.#open.get(root)
    if (known) return known
    const manifest = await openShared(this.store, root, descriptor, pages)
    this.#open.set(root, manifest)
    return manifest
  }

  async #remember({ id, descriptorBytes }: Manifest): Promise<void> {
    const record = { url: recordOf(id), checkedAtMs: Date.now(), root: id }
    try {
      await (await this.store.database()).put('resources', {
        ...record,
        descriptor: descriptorBytes,
      })
    } catch {
      // Not stored: others will be asked again.
    }
  }
}

/** The descriptor of a root that an earlier visit stored, not verified; `undefined` if there is none. */
export async function storedDescriptor(
  store: ChunkArchive,
  root: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const record = await (await store.database()).get('resources', recordOf(root))
    return record?.root === undefined ? undefined : record.descriptor
  } catch {
    return undefined
  }
}

/**
 * Opens the manifest of a root; its digest pages come from the database, else from elsewhere.
 *
 * @throws SwarmtagError as `SharedManifests.adopt` does
 */
export async function openShared(
  store: ChunkArchive,
  root: string,
  descriptor: Uint8Array<ArrayBuffer>,
  pages: PageCandidates,
): Promise<Manifest> {
  const manifest = await Manifest.open(descriptor, async function* (page, span) {
    const stored = await storedPage(store, root, page)
    if (stored) yield stored
    for await (const digests of pages(page, span)) {
      void storePage(store, root, page, digests)
      yield digests
    }
  })
  if (manifest.id === root) return manifest
  throw new SwarmtagError('manifest-mismatch', 'the descriptor is that of another file')
}

/** Digest pages from those who have the manifest's file. */
export const pagesFrom =
  (source: ManifestSource): PageCandidates =>
  (_page, span) =>
    source.ask(span)

/** Names the record of a root: no video's URL is like it. */
const recordOf = (root: string): string => `swarmtag:${root}`

/** How long the descriptor is that starts so; `undefined` if it is none, which is found again when it is opened. */
function descriptorBytesIn(head: Uint8Array): number | undefined {
  try {
    return decodeDescriptor(head).descriptorBytes
  } catch {
    return undefined
  }
}

function onlyIfFalse(error: unknown): undefined {
  if (!(error instanceof SwarmtagError)) throw error
}
