/**
 * The manifests of a site's videos: which are known, and which videos are confirmed public. The database has them, and a
 * negative cache, so that a folder without manifests costs one request.
 */

import { SwarmtagError } from '../core/errors.js'
import { type Expectation, expectation, folderOf } from '../core/policy/manifest-questions.js'
import type { AnswerHead, ResourceRecord } from './database.js'
import type { Manifest } from './manifest.js'
import { completeDescriptor, fetchHead } from './manifest-origin.js'
import { OpenManifests } from './open-manifests.js'
import { newestOf } from './signed-manifests.js'

/** A stored manifest is used without a request for this long. */
const FRESH_MS = 24 * 3_600_000

export class Manifests extends OpenManifests {
  /** Videos confirmed public: those whose manifests are in the database too. */
  readonly #public = new Set<string>()
  readonly #fetching = new Map<string, Promise<Manifest | undefined>>()
  /** By folder, whether the file there whose manifest was requested first has one. */
  readonly #asking = new Map<string, Promise<boolean>>()
  /** Videos that had a manifest at the last request. */
  readonly #named = new Set<string>()
  /** The origin's last response head for a video. */
  readonly heads = new Map<string, AnswerHead>()

  /**
   * What is known of a video without a request: what this visit found, and what earlier ones confirmed public.
   *
   * @returns its manifest, or whether one is to be expected
   */
  async recall(url: string): Promise<Manifest | Expectation> {
    const known = this.known.get(url)
    if (known) return known
    const record = await this.#record(url)
    if (record?.root === undefined)
      return expectation(record, await this.#record(folderOf(url)), Date.now())
    if (Date.now() - record.checkedAtMs >= FRESH_MS) return 'unknown'
    try {
      return await this.#openPublic(url, record)
    } catch {
      return 'unknown'
    }
  }

  /** Loads which videos had a manifest, for `isExpected`. */
  async recallNames(): Promise<void> {
    try {
      for (const { url, root, misses } of await (await this.store.database()).getAll('resources'))
        if (root !== undefined || misses === 0) this.#named.add(url)
    } catch {
      // Without the database they will be requested again.
    }
  }

  /** Whether a video had a manifest at the last request, as far as is loaded. */
  isExpected(url: string): boolean {
    return this.known.has(url) || this.#named.has(url)
  }

  /** Requests a video's manifest if it is not known whether it has one. */
  async look(url: string): Promise<void> {
    const known = await this.recall(url)
    if (known === 'unknown' || known === 'doubtful') await this.find(url)
  }

  /** Whether a video was confirmed public. */
  isPublic(url: string): boolean {
    return this.#public.has(url)
  }

  /**
   * Confirms a video public, and stores its manifest.
   *
   * @param head - of the origin's response to a public request
   */
  async confirmPublic(url: string, head?: AnswerHead): Promise<void> {
    const manifest = this.known.get(url)
    if (!manifest || this.#public.has(url)) return
    this.#public.add(url)
    const { id: root, descriptorBytes: descriptor } = manifest
    await this.#remember({
      ...newestOf(manifest, this.key),
      url,
      checkedAtMs: Date.now(),
      root,
      descriptor,
      ...(head && { head }),
    })
  }

  /**
   * Requests a video's manifest from the origin. The negative cache keeps that there is none; a manifest is stored only
   * once the video is confirmed public. Of several files at once in a folder of which nothing is known, the first one's
   * manifest is requested, and the others' if that one has a manifest.
   *
   * @returns the manifest; `undefined` if there is none
   * @throws SwarmtagError `manifest-unavailable` if the request failed, `manifest-malformed` or `manifest-mismatch` if the
   * response is no valid manifest, `manifest-untrusted` if it is not signed as required
   */
  find(url: string): Promise<Manifest | undefined> {
    let fetching = this.#fetching.get(url)
    if (!fetching) {
      fetching = this.#findInFolder(url)
        .catch(error => this.#rememberedAfter(url, error))
        .finally(() => this.#fetching.delete(url))
      this.#fetching.set(url, fetching)
    }
    return fetching
  }

  /** Drops a video from the swarm, into the negative cache: the origin's file does not match its manifest, or is not public. */
  async drop(url: string): Promise<void> {
    const known = this.known.get(url)
    this.#forget(url)
    const record = await this.#record(url)
    await this.#remember({ url, checkedAtMs: Date.now() })
    for (const root of new Set([known?.id, record?.root]))
      if (root) await this.store.forget(root).catch(() => {})
  }

  /** With the origin away an old manifest will do: what is stored can be played. */
  async #rememberedAfter(url: string, error: unknown): Promise<Manifest> {
    const record = await this.#record(url)
    const isAway = error instanceof SwarmtagError && error.code === 'manifest-unavailable'
    if (!isAway || !record?.root) throw error
    return this.#openPublic(url, record)
  }

  #forget(url: string): void {
    this.known.delete(url)
    this.#public.delete(url)
    this.#named.delete(url)
  }

  async #findInFolder(url: string): Promise<Manifest | undefined> {
    const folder = folderOf(url)
    const asked = this.#asking.get(folder)
    if (asked)
      return (await asked) || (await this.#record(folder))?.misses === 0
        ? this.#find(url)
        : undefined
    const finding = this.#find(url)
    const isThere = finding.then(found => found !== undefined, isAnswered)
    this.#asking.set(folder, isThere)
    void isThere.then(isFound => isFound || this.#asking.delete(folder))
    return finding
  }

  async #find(url: string): Promise<Manifest | undefined> {
    const head = await fetchHead(this.origin, url)
    this.#forget(url)
    await this.#noteAnswer(url, head !== undefined)
    if (!head) return undefined
    try {
      const whole = await completeDescriptor(this.origin, url, head)
      const { newest } = (await this.#record(url)) ?? {}
      return await this.open(url, whole, head, newest)
    } catch (error) {
      if (isAnswered(error)) await this.#remember({ url, checkedAtMs: Date.now() })
      throw error
    }
  }

  /** Remembers whether there was a manifest, for the file and for its folder. */
  async #noteAnswer(url: string, isThere: boolean): Promise<void> {
    const folder = folderOf(url)
    const [file, others] = await Promise.all([this.#record(url), this.#record(folder)])
    const checkedAtMs = Date.now()
    const missesAfter = (record?: ResourceRecord) => (isThere ? 0 : (record?.misses ?? 0) + 1)
    // A public video's manifest stays until it is confirmed again, as the origin may be away by then.
    if (!isThere || file?.root === undefined)
      await this.#remember({ url, checkedAtMs, misses: missesAfter(file) })
    if (others?.misses !== 0)
      await this.#remember({ url: folder, checkedAtMs, misses: missesAfter(others) })
  }

  /** The video itself is missing: that it has no manifest says nothing of others in its folder. */
  async notThere(url: string): Promise<void> {
    const folder = folderOf(url)
    const others = await this.#record(folder)
    if (!others?.misses) return
    if (others.misses > 1) return this.#remember({ ...others, misses: others.misses - 1 })
    await (await this.store.database()).delete('resources', folder).catch(() => {})
  }

  async #openPublic(
    url: string,
    { descriptor, head }: Extract<ResourceRecord, { root: string }>,
  ): Promise<Manifest> {
    const manifest = await this.open(url, descriptor)
    this.#public.add(url)
    if (head && !this.heads.has(url)) this.heads.set(url, head)
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
      // Not stored: the manifest will be requested again.
    }
  }
}

/** Whether the origin answered with something that cannot be used. */
const isAnswered = (error: unknown): boolean =>
  error instanceof SwarmtagError && error.code !== 'manifest-unavailable'
