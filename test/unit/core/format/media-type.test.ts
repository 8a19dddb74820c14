import { expect, test } from 'vitest'
import { manifestTypeOf, mediaTypeOf } from '../../../../src/core/format/media-type.js'

test.each([
  ['film.mp4', 'video/mp4'],
  ['FILM.MKV', 'video/x-matroska'],
  ['/a.b/film.webm', 'video/webm'],
  ['C:\\films\\song.opus', 'audio/ogg'],
  ['a.txt.ogg', 'audio/ogg'],
  ['film.mp4.txt', undefined],
  ['a.mp4/film', undefined],
  ['.mp4', undefined],
  ['films/.mp4', undefined],
  ['mp4', undefined],
  ['film.', undefined],
  ['', undefined],
])('the name %s is of the type %s', (name, type) => {
  expect(mediaTypeOf(name)).toBe(type)
})

test.each([
  ['film.mp4', '', 'video/mp4'],
  ['film.mkv', 'video/webm', 'video/x-matroska'],
  ['film', 'video/mp4', 'video/mp4'],
  ['film.avi', 'video/x-msvideo', 'video/x-msvideo'],
  ['song', 'AUDIO/OGG; codecs=opus', 'audio/ogg'],
  ['page.html', 'text/html', 'application/octet-stream'],
  ['picture.svg', 'image/svg+xml', 'application/octet-stream'],
  ['film.x', 'video/x+xml', 'application/octet-stream'],
  ['archive.zip', 'application/zip', 'application/octet-stream'],
  ['noname', '', 'application/octet-stream'],
])('%s, which the browser takes for "%s", is sent as %s', (name, type, sent) => {
  expect(manifestTypeOf(name, type)).toBe(sent)
})
