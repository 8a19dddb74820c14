import { expect, test } from 'vitest'
import { checkPageOptions } from '../../../src/client/options.js'
import { checkShare } from '../../../src/client/share-options.js'
import { checkSwarmOptions } from '../../../src/client/swarm-options.js'

const place = {
  pageUrl: 'https://site.example/send/page.html?q=1',
  scriptUrl: 'https://site.example/swarmtag.js',
}
const film = new File(['film'], 'Über film.mp4', { type: 'video/mp4' })

function check(file: unknown, options: object = {}, page: object = { tracker: ['/tracker'] }) {
  const settings = {
    ...checkPageOptions(page, place).settings,
    ...checkSwarmOptions(page, place).settings,
  }
  return checkShare(file as File, options, settings, place)
}

test('without options a file is shared as it is called, by the page that shares it', () => {
  expect(check(film)).toEqual({
    file: film,
    name: 'Über film.mp4',
    type: 'video/mp4',
    bytesPerSecond: Number.POSITIVE_INFINITY,
    pageUrl: place.pageUrl,
    signal: undefined,
  })
})

test('what the site says holds for a share that says nothing else', () => {
  const page = { tracker: ['/tracker'], receive: '/receive.html', uploadRate: 5e5 }
  expect(check(film, {}, page)).toMatchObject({
    bytesPerSecond: 5e5,
    pageUrl: 'https://site.example/receive.html',
  })
  const { signal } = new AbortController()
  const own = { name: 'a.webm', uploadRate: 9e5, page: 'take.html', signal }
  expect(check(film, own, page)).toMatchObject({
    name: 'a.webm',
    type: 'video/webm',
    bytesPerSecond: 9e5,
    pageUrl: 'https://site.example/send/take.html',
    signal,
  })
})

test('half a character in a name is written as one that is missing', () => {
  expect(check(film, { name: 'a\ud800b\u{1f3ac}.mp4' }).name).toBe('a\ufffdb\u{1f3ac}.mp4')
})

test.each<[string, unknown, object, object?]>([
  ['file', 'film.mp4', {}],
  ['file', undefined, {}],
  ['tracker', film, {}, {}],
  ['name', film, { name: '' }],
  ['name', film, { name: 5 }],
  ['name', film, { name: 'ü'.repeat(10_923) }],
  ['uploadRate', film, { uploadRate: -1 }],
  ['uploadRate', film, { uploadRate: 0 }],
  ['page', film, { page: '' }],
  ['signal', film, { signal: 'stop' }],
  ['nmae', film, { nmae: 'a' }],
])('a wrong %s is said by its name', (name, file, options, page) => {
  const error = expect.objectContaining({
    code: 'option-invalid',
    detail: expect.stringContaining(`${name}: `),
  })
  expect(() => check(file, options, page)).toThrow(error)
})

test('an empty file is not shared', () => {
  expect(() => check(new File([], 'empty.mp4'))).toThrow(
    expect.objectContaining({ code: 'file-unreadable' }),
  )
})
