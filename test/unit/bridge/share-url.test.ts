import { expect, test } from 'vitest'
import { isDownload, readShareUrl, sharedRoot, shareNameOf } from '../../../src/bridge/share-url.js'
import { compileNameOf } from '../../../src/bridge/video-url.js'

const ROOT = '0123456789abcdef'.repeat(4)
const SITE = 'https://site.example'
const read = (path: string) => readShareUrl(new URL(path, SITE))

test('root and name are read from a URL, in whatever folder', () => {
  const share = { root: ROOT, name: 'a film.mp4' }
  expect(read(`/swarmtag/${ROOT}/a%20film.mp4`)).toEqual(share)
  expect(read(`/app/swarmtag/${ROOT.toUpperCase()}/a%20film.mp4?download#t=1`)).toEqual(share)
  expect(read(`/swarmtag/${ROOT}`)).toEqual({ root: ROOT, name: '' })
})

test.each([
  ['a root that is cut', `/swarmtag/${ROOT.slice(0, 40)}/a.mp4`],
  ['a root that is too long', `/swarmtag/${ROOT}00/a.mp4`],
  ['a name that is cut', `/swarmtag/${ROOT}/%E2%9`],
])('%s is noticed', (_what, path) => {
  expect(read(path)).toBe('malformed')
  expect(sharedRoot(new URL(path, SITE))).toBeUndefined()
})

test.each([
  '/swarmtag/dist/swarmtag.js',
  '/swarmtag/v1.2.3/swarmtag-sw.js',
  '/swarmtag.js',
  `/videos/${ROOT}/a.mp4`,
  `/swarmtag/${ROOT}/a/b.mp4`,
])('%s is a file of the site', path => {
  expect(read(path)).toBeUndefined()
})

test('a file is one, whatever it is called in links to it', () => {
  const nameOf = compileNameOf()
  const name = `${SITE}/swarmtag/${ROOT}`
  for (const rest of ['', '/', '/a.mp4', '/b.webm?download', '/a.mp4#t=10'])
    expect(nameOf(name + rest)).toBe(name)
  expect(shareNameOf(new URL(name))).toBe(name)
  expect(sharedRoot(name)).toBe(ROOT)
  expect(sharedRoot('no URL')).toBeUndefined()
})

test('a download is asked for by the query', () => {
  expect(isDownload(new URL(`${SITE}/swarmtag/${ROOT}/a?download`))).toBe(true)
  expect(isDownload(new URL(`${SITE}/swarmtag/${ROOT}/download`))).toBe(false)
})
