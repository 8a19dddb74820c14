/** How the worker asks a page for the descriptor of a file that no server has: a message with a port, and the answer on it. */

import { isRoot } from '../core/format/share-link.js'
import { BRIDGE_VERSION, fieldsOf, isBytes } from './messages.js'

/** How long the worker waits for somebody who has the file: browsers end an event that is not answered within 5 minutes. */
export const FIND_MS = 240_000

export interface Finding {
  readonly type: 'swarmtag:find'
  readonly version: number
  /** The file's name, as in `Opening`. */
  readonly url: string
  readonly root: string
}

export type Found =
  | { readonly type: 'found'; readonly descriptor: Uint8Array<ArrayBuffer> }
  /** It is not looked for; `detail` says why. */
  | { readonly type: 'not-sought'; readonly detail: string }

/** Reads a `Finding`; `undefined` if invalid or of another version. */
export function readFinding(data: unknown): Finding | undefined {
  const { type, version, url, root } = fieldsOf(data) ?? {}
  if (type !== 'swarmtag:find' || version !== BRIDGE_VERSION) return undefined
  if (typeof url !== 'string' || typeof root !== 'string' || !isRoot(root)) return undefined
  return { type, version, url, root }
}

export function readFound(data: unknown): Found | undefined {
  const { type, descriptor, detail } = fieldsOf(data) ?? {}
  if (type === 'found' && isBytes(descriptor)) return { type, descriptor }
  return type === 'not-sought' && typeof detail === 'string' ? { type, detail } : undefined
}
