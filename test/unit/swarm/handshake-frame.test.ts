import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isHandshakeFrame } from '../../../src/swarm/handshake-frame.js'

const TOKEN = '0123456789abcdef'.repeat(4)

interface Parts {
  token?: string
  action?: string
  tag?: number
  body?: string
}

/** A frame as docs/protocol.md has it, 4.2. */
function frame({
  token = TOKEN,
  action = '@_hsdata',
  tag = 9,
  body = '{"version":1}',
}: Parts = {}) {
  const text = `\x01\0${String.fromCharCode(token.length)}${token}${action.padEnd(32, '\0')}\0\x05`
  return Buffer.from(`${text}${String.fromCharCode(tag)}\x7f${body}`, 'latin1')
}

const isTaken = (bytes: Uint8Array) => isHandshakeFrame(new Uint8Array(bytes).buffer)

test.each([
  ['data of a handshake', frame()],
  ['word that it is done', frame({ action: '@_hsready', tag: 1, body: '' })],
  ['leaving', frame({ action: '@_leave', tag: 1, body: '' })],
  ['presence in a room', Buffer.from(`\x02\x01\0@${TOKEN}`)],
])('%s is taken', (_what, bytes) => {
  expect(isTaken(bytes)).toBe(true)
})

test.each([
  ['an unknown action', frame({ action: 'film' })],
  ['an action that every object has', frame({ action: '__proto__' })],
  ['an action of a room that we never use', frame({ action: '@_signal' })],
  ['an action with more behind it', frame({ action: '@_hsdata\0x' })],
  ['invalid JSON', frame({ body: '{' })],
  ['a part with more to come', frame({ tag: 8 })],
  ['data about data', frame({ tag: 11 })],
  ['bytes for JSON', frame({ tag: 5 })],
  ['leaving with words', frame({ action: '@_leave', tag: 1, body: 'x' })],
  ['another kind of token', frame({ token: '__proto__' })],
  ['a token with other letters', frame({ token: TOKEN.toUpperCase() })],
  ['a frame of a kilobyte too many', frame({ body: JSON.stringify('x'.repeat(2_048)) })],
  ['nothing', Buffer.alloc(0)],
  ['presence without a token', Buffer.from('\x02\x01\0\0')],
  ['presence with more behind it', Buffer.from(`\x02\x01\0@${TOKEN}x`)],
  ['another kind of frame', Buffer.from(`\x03\x01\0@${TOKEN}`)],
])('%s is not', (_what, bytes) => {
  expect(isTaken(bytes)).toBe(false)
})

test('text is not taken', () => {
  expect(isHandshakeFrame('@_leave')).toBe(false)
})

test('no frame throws, whole or cut short', () => {
  const cut = fc.nat({ max: 120 }).map(length => new Uint8Array(frame().subarray(0, length)))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), cut), bytes => {
      expect(typeof isTaken(bytes)).toBe('boolean')
    }),
  )
})
