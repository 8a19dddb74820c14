/** The one error class of Swarmtag and the closed list of what can go wrong. */

/**
 * What went wrong, for code that decides by it:
 *
 * - `range-unsatisfiable`: the asked range holds no byte of the body (HTTP 416)
 * - `manifest-malformed`: the bytes are no manifest of a version that this release reads
 * - `manifest-mismatch`: a part of a manifest is not the one that its root names
 * - `manifest-untrusted`: the site requires signed manifests, and this one is unsigned, expired or older than a known one
 * - `manifest-unavailable`: the manifest, or a page of it, could not be fetched
 * - `chunk-corrupt`: bytes are not those that the manifest's digest names
 * - `origin-failed`: the origin gave no answer, or one that is no answer to the question
 * - `origin-changed`: the origin serves another file than the manifest describes
 * - `not-public`: a GET without cookies or secrets does not read this file, so that it is not shared
 * - `page-gone`: the page that was to supply chunks no longer answers
 * - `peer-protocol`: a peer sent what the wire protocol does not allow
 * - `peer-timeout`: a peer did not do in time what the protocol asks of it
 * - `peer-refused`: a peer has no token that lets it into the site's swarms
 * - `admission-failed`: the site gave this page no token
 * - `bridge-protocol`: page and worker do not speak the same version, or one sent nonsense
 * - `store-failed`: the browser's storage refused to read or write
 * - `option-invalid`: an option is unknown or has a value that it cannot have
 * - `unsupported`: the browser, or how the page is served, lacks something that Swarmtag needs
 * - `worker-unavailable`: the Service Worker could not be registered or does not control the page
 * - `link-malformed`: a link to a file that viewers give is not whole
 * - `sharing-off`: a file that only viewers give is asked for, and this page is not connected to any
 * - `plays-plainly`: an element takes no part, for now or for good
 * - `file-unreadable`: a file of the command line, or one that is to be shared, cannot be read
 * - `file-unwritable`: a file of the command line cannot be written
 */
export type ErrorCode =
  | 'range-unsatisfiable'
  | 'manifest-malformed'
  | 'manifest-mismatch'
  | 'manifest-untrusted'
  | 'manifest-unavailable'
  | 'chunk-corrupt'
  | 'origin-failed'
  | 'origin-changed'
  | 'not-public'
  | 'page-gone'
  | 'peer-protocol'
  | 'peer-timeout'
  | 'peer-refused'
  | 'admission-failed'
  | 'bridge-protocol'
  | 'store-failed'
  | 'option-invalid'
  | 'unsupported'
  | 'worker-unavailable'
  | 'link-malformed'
  | 'sharing-off'
  | 'plays-plainly'
  | 'file-unreadable'
  | 'file-unwritable'

/** Any failure that Swarmtag itself names; `cause` keeps what a library or the browser threw. */
export class SwarmtagError extends Error {
  override readonly name = 'SwarmtagError'

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options)
  }
}

/** An error of ours as it is; anything else under a code of ours. */
export const asSwarmtagError = (error: unknown, code: ErrorCode): SwarmtagError =>
  error instanceof SwarmtagError ? error : new SwarmtagError(code, String(error), { cause: error })
