/** What neighbours are given of the manifest's file: what is verified here, and nobody much more than there is of it. */

import type { ByteSpan } from '../core/units.js'
import type { Link } from './link.js'
import { MOST_MANIFEST_BYTES } from './messages.js'

/** A neighbour is given the file so many times at most: it may have lost what it received. */
const GIVEN_TIMES = 2

const NOTHING = new Uint8Array(0)

export interface ManifestGiverOptions {
  /** Bytes of the manifest's whole file. */
  readonly fileBytes: number
  /** The bytes of a span, from the first on, that are verified here. */
  read(span: ByteSpan): Promise<Uint8Array<ArrayBuffer>>
  /** Whether anything is given at all. */
  isGiving(): boolean
}

export class ManifestGiver {
  readonly #givenBytes = new WeakMap<Link, number>()

  constructor(readonly options: ManifestGiverOptions) {}

  /** What a neighbour that asks is answered; nothing where it is not here, or not for it. */
  async give(link: Link, span: ByteSpan): Promise<Uint8Array<ArrayBuffer>> {
    const { fileBytes, read, isGiving } = this.options
    const givenBytes = this.#givenBytes.get(link) ?? 0
    if (!isGiving() || givenBytes >= GIVEN_TIMES * fileBytes + MOST_MANIFEST_BYTES) return NOTHING
    const bytes = await read(span)
    this.#givenBytes.set(link, givenBytes + bytes.length)
    return bytes
  }
}
