/** A manifest's descriptor: what any server, or the other end of the bridge, may give. */

import fc from 'fast-check'
import {
  decodeDescriptor,
  descriptorBytesOf,
  encodeDescriptor,
  MAX_DESCRIPTOR_BYTES,
  pageCountOf,
} from '../../src/core/format/manifest.js'
import { CHUNK_BYTES, PAGE_CHUNKS } from '../../src/core/units.js'
import { damaged, type Fuzzed, must, mustEqual, unlessRefused } from './decoder.js'

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 })

const descriptors = fc
  .record({
    sizeBytes: fc.integer({ min: 1, max: 3 * CHUNK_BYTES * PAGE_CHUNKS }),
    name: fc.string({ maxLength: 12, unit: 'grapheme' }),
    type: fc.constantFrom('video/mp4', 'audio/ogg', 'application/octet-stream', 'video/x-matroska'),
    root: digest,
    pageRoot: digest,
  })
  .map(({ pageRoot, ...rest }) => ({
    ...rest,
    pageRoots: Array.from({ length: pageCountOf(rest.sizeBytes) }, () => pageRoot),
  }))

const START = encodeDescriptor({
  sizeBytes: 1,
  name: '',
  type: 'video/mp4',
  root: new Uint8Array(32),
  pageRoots: [new Uint8Array(32)],
})

/** Random bytes behind a beginning that is right. */
const noise = fc
  .tuple(fc.nat(START.length), fc.uint8Array({ maxLength: 200 }))
  .map(([kept, rest]) => new Uint8Array([...START.subarray(0, kept), ...rest]))

export const manifest: Fuzzed<Uint8Array<ArrayBuffer>> = {
  inputs: fc.oneof(
    { arbitrary: noise, weight: 1 },
    { arbitrary: damaged(descriptors.map(encodeDescriptor)), weight: 3 },
  ),
  check(bytes) {
    const found = unlessRefused('manifest-malformed', () => decodeDescriptor(bytes))
    if (!found) return false
    const { descriptor, descriptorBytes } = found
    must(descriptorBytes <= MAX_DESCRIPTOR_BYTES, 'more bytes than a descriptor may have')
    must(
      descriptor !== undefined || descriptorBytes > bytes.length,
      'it has all, and asks for more',
    )
    if (!descriptor) return true
    must(descriptorBytes <= bytes.length, 'it reads past the end')
    const again = decodeDescriptor(encodeDescriptor(descriptor))
    mustEqual(again.descriptor, descriptor, 'what was understood would be written otherwise')
    must(again.descriptorBytes === descriptorBytesOf(descriptor), 'another length is written')
    return true
  },
}
