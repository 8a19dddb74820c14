/**
 * The manifests of a site's videos: which are known and vouched for. They are remembered in the database,
 * also when there is none, so that a folder without manifests costs one request.
 */

import { SwarmtagError } from '../core/errors.js'
import { type Expectation, expectation, folderOf } from '../core/manifest-questions.js'
import type { AnswerHead, ResourceRecord } from './database.js'
import type { Manifest } from './manifest.js'
import { completeDescriptor, fetchHead } from './manifest-origin.js'
import { OpenManifests } from './open-manifests.js'
import { newestOf } from './signed-manifests.js'

/** A remembered manifest is taken as it is for this long; older ones are asked for again first. */
const FRESH_MS = 24 * 3_600_000

export class Manifests extends OpenManifests {
  /** Videos that all may have: those whose manifests are in the database too. */
  readonly #vouched = new Set<string>()
  readonly #fetching = new Map<string, Promise<Manifest | undefined>>()
  /** By folder, whether the file there that is asked for, or was, has a manifest. */
  readonly #asking = new Map<string, Promise<boolean>>()
  /** Videos that had a manifest when it was last asked for. */
  readonly #named = new Set<string>()
  /** How the origin answers for a video, as it last did. */
  readonly heads = new Map<string, AnswerHead>()

  /**
   * What is known of a video without asking the origin: what this visit found, and what earlier ones vouched for.
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
      return await this.#openVouched(url, record)
    } catch {
      return 'unknown'
    }
  }

  /** Recalls which videos had a manifest, for `isExpected`. */
  async recallNames(): Promise<void> {
    try {
      for (const { url, root, misses } of await (await this.store.database()).getAll('resources'))
        if (root !== undefined || misses === 0) this.#named.add(url)
    } catch {
      // Without the database they are found again.
    }
  }

  /** Whether a video had a manifest when it was last asked for, as far as is known at this moment. */
  isExpected(url: string): boolean {
    return this.known.has(url) || this.#named.has(url)
  }

  /** Finds out whether a video has a manifest, if it is time to ask. */
  async look(url: string): Promise<void> {
    const known = await this.recall(url)
    if (known === 'unknown' || known === 'doubtful') await this.find(url)
  }

  /** Whether all may have a video, as far as is known. */
  isVouched(url: string): boolean {
    return this.#vouched.has(url)
  }

  /**
   * Says that all may have a video: its manifest is remembered from now on.
   *
   * @param head - how the origin answers everybody for it
   */
  async vouch(url: string, head?: AnswerHead): Promise<void> {
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
      ...(head && { head }),
    })
  }

  /**
   * Asks the origin for a video's manifest. That there is none is remembered; a manifest only once it is
   * vouched that all may have the video. Of files that are looked for at the same time in a folder of which nothing
   * is known the first is asked for, and the others if that one has a manifest.
   *
   * @returns the manifest, or nothing where there is none
   * @throws SwarmtagError `manifest-unavailable` where the origin could not be asked,
   * `manifest-malformed` or `manifest-mismatch` where what it gave is no manifest, `manifest-untrusted` where it is
   * not signed as it must be
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
    return this.#openVouched(url, record)
  }

  #forget(url: string): void {
    this.known.delete(url)
    this.#vouched.delete(url)
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
    // What was vouched for stays at hand until it is again, as the origin may be away by then.
    if (!isThere || file?.root === undefined)
      await this.#remember({ url, checkedAtMs, misses: missesAfter(file) })
    if (others?.misses !== 0)
      await this.#remember({ url: folder, checkedAtMs, misses: missesAfter(others) })
  }

  /** A file is not there itself: that it has no manifest says nothing of others in its folder. */
  async notThere(url: string): Promise<void> {
    const folder = folderOf(url)
    const others = await this.#record(folder)
    if (!others?.misses) return
    if (others.misses > 1) return this.#remember({ ...others, misses: others.misses - 1 })
    await (await this.store.database()).delete('resources', folder).catch(() => {})
  }

  async #openVouched(
    url: string,
    { descriptor, head }: Extract<ResourceRecord, { root: string }>,
  ): Promise<Manifest> {
    const manifest = await this.open(url, descriptor)
    this.#vouched.add(url)
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
      // Without the note the origin is asked again next time.
    }
  }
}

/** Whether asking for a manifest failed though the origin gave something: what is there cannot be used. */
const isAnswered = (error: unknown): boolean =>
  error instanceof SwarmtagError && error.code !== 'manifest-unavailable'
