/**
 * The manifests of a site's videos: which are known and vouched for. They are remembered in the database,
 * also when there is none, so that a video without a manifest costs one request.
 */

import { SwarmtagError } from '../core/errors.js'
import type { ResourceRecord } from './database.js'
import type { Manifest } from './manifest.js'
import { completeDescriptor, fetchHead } from './manifest-origin.js'
import { OpenManifests } from './open-manifests.js'
import { newestOf } from './signed-manifests.js'

/** A remembered manifest is taken as it is for this long; older ones are asked for again first. */
const FRESH_MS = 24 * 3_600_000
/** That a video has no manifest is remembered for this long. */
const ABSENT_MS = 10 * 60_000

export class Manifests extends OpenManifests {
  /** Videos that all may have: those whose manifests are in the database too. */
  readonly #vouched = new Set<string>()
  readonly #fetching = new Map<string, Promise<Manifest | undefined>>()

  /**
   * What is known of a video without asking the origin: what this visit found, and what earlier ones vouched for.
   *
   * @returns its manifest, `'absent'` where it is known to have none, or `'unknown'`
   */
  async recall(url: string): Promise<Manifest | 'absent' | 'unknown'> {
    const known = this.known.get(url)
    if (known) return known
    const record = await this.#record(url)
    const ageMs = record ? Date.now() - record.checkedAtMs : Number.POSITIVE_INFINITY
    if (record?.root === undefined) return ageMs < ABSENT_MS ? 'absent' : 'unknown'
    if (ageMs >= FRESH_MS) return 'unknown'
    try {
      return await this.#openVouched(url, record.descriptor)
    } catch {
      return 'unknown'
    }
  }

  /** Says that all may have a video: its manifest is remembered from now on. */
  async vouch(url: string): Promise<void> {
    const manifest = this.known.get(url)
    if (!manifest || this.#vouched.has(url)) return
    this.#vouched.add(url)
    const { id: root, descriptorBytes: descriptor } = manifest
    await this.#remember({
      ...newestOf(manifest, this.key),
      url,
      checkedAtMs: Date.now(),
      root,
      descriptor,
    })
  }

  /**
   * Asks the origin for a video's manifest. That there is none is remembered; a manifest only once it is
   * vouched that all may have the video.
   *
   * @returns the manifest, or nothing where there is none
   * @throws SwarmtagError `manifest-unavailable` where the origin could not be asked,
   * `manifest-malformed` or `manifest-mismatch` where what it gave is no manifest, `manifest-untrusted` where it is
   * not signed as it must be
   */
  find(url: string): Promise<Manifest | undefined> {
    let fetching = this.#fetching.get(url)
    if (!fetching) {
      fetching = this.#find(url)
        .catch(error => this.#rememberedAfter(url, error))
        .finally(() => this.#fetching.delete(url))
      this.#fetching.set(url, fetching)
    }
    return fetching
  }

  /** Takes a video out of the swarm for a while: what the origin serves is not what its manifest describes, or not for all. */
  async disown(url: string): Promise<void> {
    const known = this.known.get(url)
    this.#forget(url)
    const record = await this.#record(url)
    await this.#remember({ url, checkedAtMs: Date.now() })
    for (const root of new Set([known?.id, record?.root]))
      if (root) await this.store.forget(root).catch(() => {})
  }

  /** An old manifest is better than none where the origin is away: what is stored can be played. */
  async #rememberedAfter(url: string, error: unknown): Promise<Manifest> {
    const record = await this.#record(url)
    const isAway = error instanceof SwarmtagError && error.code === 'manifest-unavailable'
    if (!isAway || !record?.root) throw error
    return this.#openVouched(url, record.descriptor)
  }

  #forget(url: string): void {
    this.known.delete(url)
    this.#vouched.delete(url)
  }

  async #find(url: string): Promise<Manifest | undefined> {
    const head = await fetchHead(this.origin, url)
    this.#forget(url)
    if (!head) {
      await this.#remember({ url, checkedAtMs: Date.now() })
      return undefined
    }
    try {
      const whole = await completeDescriptor(this.origin, url, head)
      const { newest } = (await this.#record(url)) ?? {}
      return await this.open(url, whole, head, newest)
    } catch (error) {
      if (error instanceof SwarmtagError && error.code !== 'manifest-unavailable')
        await this.#remember({ url, checkedAtMs: Date.now() })
      throw error
    }
  }

  async #openVouched(url: string, descriptor: Uint8Array<ArrayBuffer>): Promise<Manifest> {
    const manifest = await this.open(url, descriptor)
    this.#vouched.add(url)
    return manifest
  }

  async #record(url: string): Promise<ResourceRecord | undefined> {
    try {
      return await (await this.store.database()).get('resources', url)
    } catch {
      return undefined
    }
  }

  async #remember(record: ResourceRecord): Promise<void> {
    try {
      const database = await this.store.database()
      const newest = record.newest ?? (await database.get('resources', record.url))?.newest
      await database.put('resources', { ...record, ...(newest && { newest }) })
    } catch {
      // Without the note the origin is asked again next time.
    }
  }
}
