import { expect, test } from 'vitest'
import { shareHead } from '../../../src/sw/share-head.js'

const ROOT = '0123456789abcdef'.repeat(4)
const URL_OF = `https://site.example/swarmtag/${ROOT}/film.mp4`

function headers(
  type: string,
  destination: RequestDestination,
  { url = URL_OF, name = 'film.mp4' } = {},
) {
  return new Headers(shareHead({ url, destination }, { root: ROOT, name }, type).headers)
}

test.each(['video', 'audio', ''] as const)('media for "%s" is played', destination => {
  const sent = headers('video/mp4', destination)
  expect(sent.get('content-type')).toBe('video/mp4')
  expect(sent.has('content-disposition')).toBe(false)
})

test.each([
  ['video/mp4', 'document'],
  ['video/mp4', 'iframe'],
  ['video/mp4', 'script'],
  ['application/octet-stream', 'video'],
  ['application/ogg', ''],
] as const)('%s for "%s" is saved, whatever its maker says', (type, destination) => {
  const sent = headers(type, destination)
  expect(sent.get('content-type')).toBe('application/octet-stream')
  expect(sent.get('content-disposition')).toBe("attachment; filename*=UTF-8''film.mp4")
})

test('where it is to be saved it has the name of the link, in any script', () => {
  const name = "Über (1) 電影's *.mp4"
  const sent = headers('video/mp4', '', { url: `${URL_OF}?download`, name })
  expect(sent.get('content-disposition')).toBe(
    "attachment; filename*=UTF-8''%C3%9Cber%20%281%29%20%E9%9B%BB%E5%BD%B1%27s%20%2A.mp4",
  )
})

test('it is never a document of the site', () => {
  for (const type of ['video/mp4', 'application/octet-stream']) {
    const sent = headers(type, 'video')
    expect(sent.get('x-content-type-options')).toBe('nosniff')
    expect(sent.get('content-security-policy')).toBe("sandbox; default-src 'none'")
  }
})
