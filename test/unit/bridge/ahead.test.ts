/** What a page says of its first video, before the worker answers anything. */

import { expect, test } from 'vitest'
import { readAhead } from '../../../src/bridge/ahead.js'
import { BRIDGE_VERSION } from '../../../src/bridge/messages.js'

const said = {
  type: 'swarmtag:ahead',
  version: BRIDGE_VERSION,
  url: 'https://site.example/film.mp4',
}
const answer = () => ({ status: 206, headers: { etag: '"1"' }, body: new ReadableStream() })

test('a video with the answers that the page was given is read as it was said', () => {
  const message = { ...said, first: answer(), manifest: answer() }
  expect(readAhead(message)).toEqual(message)
  expect(readAhead(said)).toEqual(said)
  expect(readAhead({ ...said, isAsked: true })).toEqual({ ...said, isAsked: true })
  expect(readAhead({ ...said, isAsked: 'yes' })).toEqual(said)
})

test.each([
  ['nothing', undefined],
  ['another message', { ...said, type: 'swarmtag:hello' }],
  ['another version', { ...said, version: BRIDGE_VERSION + 1 }],
  ['no URL', { ...said, url: 'film.mp4' }],
  ['a URL that is no text', { ...said, url: new URL(said.url) }],
])('%s is dropped', (_, data) => {
  expect(readAhead(data)).toBeUndefined()
})

test.each([
  ['text for a body', { ...answer(), body: 'bytes' }],
  ['no status', { ...answer(), status: '206' }],
  ['headers that are no texts', { ...answer(), headers: { etag: 1 } }],
  ['no headers', { ...answer(), headers: undefined }],
  ['a number', 206],
])('an answer with %s is left out, and the worker asks', (_, first) => {
  expect(readAhead({ ...said, first })).toEqual(said)
})
