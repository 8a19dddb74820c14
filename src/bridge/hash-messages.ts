/** The messages between a page and the thread that makes the manifest of a file for it. */

import { fieldsOf, isBytes } from './messages.js'

/** What a page asks of a thread, once. */
export interface HashAsk {
  readonly type: 'hash'
  readonly file: Blob
  /** What the manifest is to name. */
  readonly name: string
  readonly mediaType: string
}

/** What the thread says. It ends with `hashed` or `failed`. */
export type HashSays =
  /** So much of the file was read. */
  | { readonly type: 'progress'; readonly readBytes: number }
  /** The whole manifest, transferred. */
  | { readonly type: 'hashed'; readonly manifest: Uint8Array<ArrayBuffer> }
  /** The file cannot be read, or no manifest can be made of it; `detail` is for people. */
  | { readonly type: 'failed'; readonly detail: string }

/** @returns `undefined` if it is no such message */
export function readHashAsk(data: unknown): HashAsk | undefined {
  const { type, file, name, mediaType } = fieldsOf(data) ?? {}
  const isAsk = type === 'hash' && file instanceof Blob
  if (!isAsk || typeof name !== 'string' || typeof mediaType !== 'string') return undefined
  return { type, file, name, mediaType }
}

/** @returns `undefined` if it is no such message: the files of two releases may be hosted together */
export function readHashSays(data: unknown): HashSays | undefined {
  const { type, readBytes, manifest, detail } = fieldsOf(data) ?? {}
  if (type === 'progress' && typeof readBytes === 'number' && readBytes >= 0)
    return { type, readBytes }
  if (type === 'hashed' && isBytes(manifest)) return { type, manifest }
  if (type === 'failed' && typeof detail === 'string') return { type, detail }
  return undefined
}
