/** Descriptors to test with, right and wrong. */

import { expect } from 'vitest'
import {
  type Descriptor,
  encodeDescriptor,
  pageCountOf,
} from '../../../../src/core/format/manifest.js'

/** Where the page roots start. */
export const PAGE_ROOTS_AT = 68

export const filled = (value: number) => new Uint8Array(32).fill(value)

export const descriptorOf = (about: Partial<Descriptor> = {}): Descriptor => ({
  sizeBytes: 200_000,
  name: 'movie.mp4',
  type: 'video/mp4',
  pageRoots: Array.from({ length: pageCountOf(about.sizeBytes ?? 200_000) }, (_, page) =>
    filled(page % 256),
  ),
  root: filled(0xaa),
  ...about,
})

export const malformed = expect.objectContaining({
  name: 'SwarmtagError',
  code: 'manifest-malformed',
})

/** A copy of encoded bytes with some of them changed. */
export function changed(
  bytes: Uint8Array,
  at: number,
  ...values: number[]
): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes)
  copy.set(values, at)
  return copy
}

/** An encoded descriptor with a field added at its end, and its length told anew. */
export function withField(
  bytes: Uint8Array,
  tag: number,
  value: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(bytes.length + 4 + value.length)
  const view = new DataView(grown.buffer)
  grown.set(bytes)
  view.setUint32(12, grown.length)
  view.setUint16(bytes.length, tag)
  view.setUint16(bytes.length + 2, value.length)
  grown.set(value, bytes.length + 4)
  return grown
}

export const latin = (text: string) => Uint8Array.from(text, letter => letter.charCodeAt(0))

/** An encoded descriptor whose fields are the given ones alone. */
export const withFields = (...fields: [tag: number, value: string][]) =>
  fields.reduce(
    (bytes, [tag, value]) => withField(bytes, tag, latin(value)),
    encodeDescriptor(descriptorOf()).slice(0, PAGE_ROOTS_AT + 32),
  )
