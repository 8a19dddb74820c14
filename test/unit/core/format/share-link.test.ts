import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatShareLink,
  parseShareLink,
  parseSharePath,
  sharePath,
} from '../../../../src/core/format/share-link.js'

const ROOT = '0123456789abcdef'.repeat(4)
const PAGE = 'https://site.example/receive.html'

test('a link has root and name behind the page’s URL, in place of any other fragment', () => {
  const link = formatShareLink(`${PAGE}?a=1#top`, { root: ROOT, name: 'my film (1).mp4' })
  expect(link).toBe(`${PAGE}?a=1#${ROOT}/my%20film%20(1).mp4`)
  expect(parseShareLink(link)).toEqual({ root: ROOT, name: 'my film (1).mp4' })
})

test('whatever name a file has, its link is read as it was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), name => {
      const share = parseShareLink(formatShareLink(PAGE, { root: ROOT, name }))
      expect(parseShareLink(formatShareLink(PAGE, share))).toEqual(share)
      expect(share.name).not.toMatch(/[\p{Cc}/\\]/u)
      expect([...share.name].length).toBeLessThanOrEqual(120)
    }),
  )
})

test('the fragment alone will do, in upper case too, and without a name', () => {
  expect(parseShareLink(`#${ROOT.toUpperCase()}/a.mp4`)).toEqual({ root: ROOT, name: 'a.mp4' })
  expect(parseShareLink(`#${ROOT}`)).toEqual({ root: ROOT, name: '' })
})

test.each([
  ['cut in its root', `#${ROOT.slice(0, 40)}`],
  ['without anything', '#'],
  ['without a fragment', PAGE],
  ['with a digit too many', `#${ROOT}0/a.mp4`],
  ['with a letter that is no digit', `#g${ROOT.slice(1)}/a.mp4`],
  ['with a name that is cut within a character', `#${ROOT}/%E2%9`],
  ['with a folder', `#${ROOT}/a/b.mp4`],
])('a link %s is refused', (_what, link) => {
  expect(() => parseShareLink(link)).toThrow(expect.objectContaining({ code: 'link-malformed' }))
})

test('a name leads to no other folder, and does not read as another', () => {
  expect(parseSharePath(`${ROOT}/..%2F..%2Fetc`)?.name).toBe('.._.._etc')
  expect(parseSharePath(`${ROOT}/film%E2%80%AE4pm.exe`)?.name).toBe('film_4pm.exe')
  expect(sharePath({ root: ROOT, name: 'a\\b\n.mp4' })).toBe(`${ROOT}/a_b_.mp4`)
})
