import { expect, test } from 'vitest'
import {
  decodeDescriptor,
  encodeDescriptor,
  signaturePreimage,
} from '../../../../src/core/format/manifest.js'
import { changed, descriptorOf, latin, malformed, withField, withFields } from './descriptors.js'

test.each([
  '',
  'movie.mp4',
  'Über & über.mp4',
  '電影.webm',
  '🎬👩‍👩‍👧.mp4',
  '100 %.mp4',
  '%41.mp4',
  'a/b\\c "d" <e>.mp4',
  'العربية.mp4',
  'e\u0301 is not \u00e9',
])('the name "%s" goes round trip', name => {
  const bytes = encodeDescriptor(descriptorOf({ name }))
  expect(decodeDescriptor(bytes).descriptor?.name).toBe(name)
})

test.each([0, 1, 255, 256, 257, 65_535])('a name of %i bytes goes round trip', length => {
  const name = 'n'.repeat(length)
  const bytes = encodeDescriptor(descriptorOf({ name }))
  expect(decodeDescriptor(bytes).descriptor?.name).toBe(name)
})

test.each([
  ['the smallest critical tag', 0x8000],
  ['the name with the critical bit', 0x8001],
  ['the largest tag', 0xffff],
])('an unknown critical field is refused: %s', (_what, tag) => {
  const bytes = withField(encodeDescriptor(descriptorOf()), tag, latin('x'))
  expect(() => decodeDescriptor(bytes)).toThrow(malformed)
})

const SIGNED = { issuedAtS: 1_700_000_000, expiresAtS: 1_800_000_000 }
const signature = new Uint8Array(64).map((_, at) => at * 3)

test('a signature goes round trip, and stands at the end', () => {
  const signed = { ...SIGNED, signature }
  const bytes = encodeDescriptor({ ...descriptorOf(), signed })
  expect(decodeDescriptor(bytes).descriptor?.signed).toEqual(signed)
  expect(bytes.subarray(-64)).toEqual(signature)
  expect(signaturePreimage(bytes)).toEqual(Uint8Array.of(3, ...bytes.subarray(0, -68)))
})

test.each<[string, [number, Uint8Array][]]>([
  ['without a term', [[4, signature]]],
  ['without a signature', [[3, new Uint8Array(16)]]],
  [
    'of another length',
    [
      [3, new Uint8Array(16)],
      [4, signature.subarray(1)],
    ],
  ],
  [
    'with a term of another length',
    [
      [3, new Uint8Array(15)],
      [4, signature],
    ],
  ],
  [
    'with a field behind it',
    [
      [3, new Uint8Array(16)],
      [4, signature],
      [5, new Uint8Array(1)],
    ],
  ],
  [
    'ahead of its term',
    [
      [4, signature],
      [3, new Uint8Array(16)],
    ],
  ],
])('a signature %s is refused', (_how, fields) => {
  let bytes = encodeDescriptor(descriptorOf())
  for (const [tag, value] of fields) bytes = withField(bytes, tag, value)
  expect(() => decodeDescriptor(bytes)).toThrow(malformed)
})

test.each([0, 5, 0x00ff, 0x0100, 0x7fff])('the unknown field %i is ignored', tag => {
  for (const length of [0, 1, 255, 256, 65_535]) {
    const bytes = withField(
      encodeDescriptor(descriptorOf()),
      tag,
      new Uint8Array(length).fill(0xff),
    )
    expect(decodeDescriptor(bytes)).toEqual({
      descriptor: descriptorOf(),
      descriptorBytes: bytes.length,
    })
  }
})

test('fields may come in any order', () => {
  expect(decodeDescriptor(withFields([2, 'video/webm'], [7, '?'], [1, 'a'])).descriptor).toEqual(
    descriptorOf({ name: 'a', type: 'video/webm' }),
  )
})

test('a missing name is an empty one', () => {
  expect(decodeDescriptor(withFields([2, 'video/mp4'])).descriptor?.name).toBe('')
})

test.each<[string, [number, string][]]>([
  ['no type', [[1, 'a']]],
  [
    'a name that appears twice',
    [
      [1, 'a'],
      [1, 'a'],
      [2, 'video/mp4'],
    ],
  ],
  [
    'an unknown field that appears twice',
    [
      [9, ''],
      [9, ''],
      [2, 'video/mp4'],
    ],
  ],
  [
    'a name that is no percent-encoding',
    [
      [1, '%'],
      [2, 'video/mp4'],
    ],
  ],
  [
    'a name that decodes to no UTF-8',
    [
      [1, '%ff'],
      [2, 'video/mp4'],
    ],
  ],
  ['an empty type', [[2, '']]],
  ['a type with a line break', [[2, 'video/mp4\n']]],
  ['a type with a second header', [[2, 'video/mp4\r\nset-cookie: a=b']]],
  ...[
    'text/html',
    'text/javascript',
    'image/svg+xml',
    'application/javascript',
    'application/xhtml+xml',
    'application/xml',
    'application/pdf',
    'application/octet-stream+xml',
    'application/octet-streams',
    'application/mp4+xml',
    'application/mp42',
    'application/oggx',
    'video/film+xml',
    'audio/x+xml',
    'xvideo/mp4',
  ].map((type): [string, [number, string][]] => [`the type ${type}`, [[2, type]]]),
])('%s is refused', (_what, fields) => {
  expect(() => decodeDescriptor(withFields(...fields))).toThrow(malformed)
})

test.each([
  'video/mp4',
  'video/vnd.dlna.mpeg-tts',
  'video/x-matroska',
  'audio/ogg',
  'audio/3gpp2',
  'application/mp4',
  'application/ogg',
  'application/x-matroska',
  'application/octet-stream',
])('%s is a type that a manifest may name', type => {
  expect(decodeDescriptor(encodeDescriptor(descriptorOf({ type }))).descriptor?.type).toBe(type)
})

test.each([1, 2, 3])('a field header of %i bytes is refused', rest => {
  const whole = withField(encodeDescriptor(descriptorOf()), 3, new Uint8Array(0))
  const cut = whole.slice(0, whole.length - 4 + rest)
  expect(() => decodeDescriptor(changed(cut, 12, 0, 0, 0, cut.length))).toThrow(malformed)
})

test('a field that is longer than what is left is refused', () => {
  const bytes = encodeDescriptor(descriptorOf())
  const lengthAt = bytes.length - 'video/mp4'.length - 1
  expect(() => decodeDescriptor(changed(bytes, lengthAt, 10))).toThrow(malformed)
})
