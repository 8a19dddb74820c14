import { expect, test } from 'vitest'
import { readHashAsk, readHashSays } from '../../../src/bridge/hash-messages.js'

const ASK = { type: 'hash', file: new Blob(['a']), name: 'a.mp4', mediaType: 'video/mp4' }

test('what a page asks is read as it was sent, and nothing else', () => {
  expect(readHashAsk(ASK)).toEqual(ASK)
  expect(readHashAsk({ ...ASK, more: 1 })).toEqual(ASK)
  for (const [name, value] of Object.entries({ type: 'x', file: 'a', name: 1, mediaType: null }))
    expect(readHashAsk({ ...ASK, [name]: value }), name).toBeUndefined()
})

test.each([
  { type: 'progress', readBytes: 0 },
  { type: 'progress', readBytes: 5e9 },
  { type: 'hashed', manifest: new Uint8Array(3) },
  { type: 'failed', detail: 'why' },
])('the thread says %o', message => {
  expect(readHashSays(message)).toEqual(message)
})

test.each([
  undefined,
  null,
  'hashed',
  {},
  { type: 'progress' },
  { type: 'progress', readBytes: -1 },
  { type: 'progress', readBytes: Number.NaN },
  { type: 'hashed', manifest: [1] },
  { type: 'hashed', manifest: new Uint16Array(1) },
  { type: 'failed' },
])('%o is nothing that it says', message => {
  expect(readHashSays(message)).toBeUndefined()
})
