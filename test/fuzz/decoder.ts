/** What a decoder must stand: shared by the unit tests, which run it for a moment, and `npm run fuzz`, which runs it for long. */

import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { type ErrorCode, SwarmtagError } from '../../src/core/errors.js'

export interface Fuzzed<Input> {
  readonly inputs: fc.Arbitrary<Input>
  /**
   * Lets the decoder read an input and looks at what it made of it.
   *
   * @returns whether it was understood
   * @throws Error where the decoder did anything but understand or refuse as it says
   */
  readonly check: (input: Input) => boolean
}

/** The property as fast-check takes it. */
export const holds = <Input>({ inputs, check }: Fuzzed<Input>) =>
  fc.property(inputs, input => void check(input))

/** What a decoder made of its input; nothing where it refused with the error that it says it throws. */
export function unlessRefused<Value>(code: ErrorCode, decode: () => Value): Value | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof SwarmtagError && error.code === code) return undefined
    throw error
  }
}

export function must(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what)
}

export function mustEqual(found: unknown, expected: unknown, what: string): void {
  must(isDeepStrictEqual(found, expected), what)
}

/** Bytes that were whole once: some changed, cut off, repeated or put in between. */
export const damaged = (whole: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.tuple(whole, fc.array(someDamage, { maxLength: 3 })).map(([bytes, damages]) => {
    let result = bytes.slice()
    for (const [how, at, value] of damages) result = damage(result, how, at, value)
    return result
  })

type Damage = 'bit' | 'byte' | 'cut' | 'insert' | 'repeat' | 'number'

const someDamage = fc.tuple(
  fc.constantFrom<Damage>('bit', 'byte', 'cut', 'insert', 'repeat', 'number'),
  fc.nat(0xffff),
  // Numbers at which lengths and counts turn over.
  fc.oneof(
    fc.nat(255),
    fc.constantFrom(0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 0xffff, 0x400, 0x401),
  ),
)

function damage(
  bytes: Uint8Array<ArrayBuffer>,
  how: Damage,
  place: number,
  value: number,
): Uint8Array<ArrayBuffer> {
  const at = place % (bytes.length + 1)
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (how) {
    case 'bit':
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << (value % 8))
      return bytes
    case 'byte':
      if (at < bytes.length) bytes[at] = value
      return bytes
    case 'number':
      if (at + 4 <= bytes.length) new DataView(bytes.buffer).setUint32(at, value)
      return bytes
    case 'cut':
      return head.slice()
    case 'insert':
      return new Uint8Array([...head, value, ...tail])
    case 'repeat':
      return new Uint8Array([...head, ...tail.subarray(0, value), ...tail])
  }
}
