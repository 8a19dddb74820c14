/**
 * Who may have a video: everybody, or only the viewer whose cookies open it. The viewer's own request does not show which,
 * so nothing of the video is kept or shared until one without cookies was answered with the same file
 * (docs/decisions/shared-is-anonymous.md).
 */

import { SwarmtagError } from '../core/errors.js'
import { type FileFacts, fileFacts, whyNotForAll } from '../core/policy/shareable.js'
import type { Manifest } from '../store/manifest.js'
import type { Manifests } from '../store/manifests.js'
import { headOf } from './answer-head.js'

export class Audience {
  /** What viewers' own requests returned of videos that are not confirmed public yet, by name. */
  readonly #own = new Map<string, FileFacts>()

  constructor(readonly manifests: Manifests) {}

  /** Whether no request for a video was answered yet that describes its file. */
  isUnknown(name: string): boolean {
    return !this.manifests.isPublic(name) && !this.#own.has(name)
  }

  /** What the viewer's own request returned of a video's file, until that is confirmed public. */
  ownFacts(name: string): FileFacts | undefined {
    return this.#own.get(name)
  }

  /**
   * The viewer's own request for a video was answered.
   *
   * @throws SwarmtagError `not-public` if the answer is marked private, `origin-changed` if its file is not the manifest's
   */
  ownAnswered(name: string, manifest: Manifest, request: Request, response: Response): void {
    const why = whyNotForAll(response)
    if (why) throw notPublic(name, why)
    const facts = fileFacts(response)
    const { sizeBytes } = manifest.descriptor
    if (facts.sizeBytes !== undefined && facts.sizeBytes !== sizeBytes)
      throw new SwarmtagError(
        'origin-changed',
        `${name} has ${facts.sizeBytes} bytes, and others by its manifest; make a new one`,
      )
    const head = headOf(response)
    // A response that the page transferred has not all headers.
    if (response.type !== 'default') this.manifests.heads.set(name, head)
    if (isPublicRequest(request)) void this.manifests.confirmPublic(name, head)
    else this.#own.set(name, facts)
  }

  /** A request without cookies was answered with the file. */
  confirm(name: string, response: Response): void {
    const { heads } = this.manifests
    const head = headOf(response)
    this.#own.delete(name)
    if (!heads.has(name)) heads.set(name, head)
    void this.manifests.confirmPublic(name, head)
  }

  /** The video takes no part any more: it is not public, or the origin's file is not the one of its manifest. */
  drop(name: string): void {
    this.#own.delete(name)
    void this.manifests.drop(name)
  }
}

/** Whether a request has no credentials: to another origin none are sent by default. */
const isPublicRequest = ({ url, credentials }: Request): boolean =>
  credentials === 'omit' ||
  (credentials === 'same-origin' && new URL(url).origin !== location.origin)

export const notPublic = (name: string, why: string, options?: ErrorOptions): SwarmtagError =>
  new SwarmtagError(
    'not-public',
    `${name}: ${why}; it is not shared. Serve it to everybody, or publish no manifest for it`,
    options,
  )
