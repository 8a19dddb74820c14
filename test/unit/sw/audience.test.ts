import 'fake-indexeddb/auto'
import { afterEach, expect, test, vi } from 'vitest'
import { SwarmtagError } from '../../../src/core/errors.js'
import { ChunkStore } from '../../../src/store/chunk-store.js'
import { Manifests } from '../../../src/store/manifests.js'
import { Audience } from '../../../src/sw/audience.js'
import { publish } from '../store/resources.js'

const VIDEO = 'https://site.example/movie.mp4'
const { manifest } = await publish(200_000)

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Who may have the video, in a worker of its site that has just found the manifest. */
async function audienceOf(): Promise<Audience> {
  vi.stubGlobal('location', new URL('https://site.example/sw.js'))
  const manifests = new Manifests(new ChunkStore({ name: `test ${crypto.randomUUID()}` }))
  await manifests.adopt(VIDEO, manifest.descriptorBytes)
  return new Audience(manifests)
}

const request = (credentials: RequestCredentials, url = VIDEO) => new Request(url, { credentials })

const answer = (headers: Record<string, string> = {}) =>
  new Response('', {
    status: 206,
    headers: { 'content-range': 'bytes 0-9/200000', etag: '"a"', ...headers },
  })

test('of a video that nobody was answered for nothing is known', async () => {
  const audience = await audienceOf()
  expect(audience.isUnknown(VIDEO)).toBe(true)
  expect(audience.ownFacts(VIDEO)).toBeUndefined()
})

test.each(['include', 'same-origin'] as const)(
  'a request of the viewer’s own (%s) does not show that a video is public; one without cookies does',
  async credentials => {
    const audience = await audienceOf()
    audience.ownAnswered(VIDEO, manifest, request(credentials), answer())
    expect(audience.isUnknown(VIDEO)).toBe(false)
    expect(audience.ownFacts(VIDEO)).toMatchObject({ etag: '"a"', sizeBytes: 200_000 })
    expect(audience.manifests.isPublic(VIDEO)).toBe(false)
    audience.confirm(VIDEO, answer())
    expect(audience.ownFacts(VIDEO)).toBeUndefined()
    expect(audience.manifests.isPublic(VIDEO)).toBe(true)
  },
)

test.each([
  ['that omits cookies', 'omit', VIDEO],
  ['to another origin, which gets none', 'same-origin', 'https://cdn.example/movie.mp4'],
] as const)('a request %s shows that a video is public', async (_what, credentials, url) => {
  const audience = await audienceOf()
  audience.ownAnswered(VIDEO, manifest, request(credentials, url), answer())
  expect(audience.manifests.isPublic(VIDEO)).toBe(true)
})

test.each([
  ['is marked private', { 'cache-control': 'private' }, 'not-public'],
  ['is of another file', { 'content-range': 'bytes 0-9/100' }, 'origin-changed'],
])('an answer that %s shows that the video takes no part', async (_what, headers, code) => {
  const audience = await audienceOf()
  const answered = () => audience.ownAnswered(VIDEO, manifest, request('omit'), answer(headers))
  expect(answered).toThrow(SwarmtagError)
  expect(answered).toThrow(expect.objectContaining({ code }))
  expect(audience.isUnknown(VIDEO)).toBe(true)
})

test('a video that is dropped is unknown again', async () => {
  const audience = await audienceOf()
  audience.ownAnswered(VIDEO, manifest, request('include'), answer())
  audience.drop(VIDEO)
  expect(audience.isUnknown(VIDEO)).toBe(true)
  audience.ownAnswered(VIDEO, manifest, request('omit'), answer())
  audience.drop(VIDEO)
  expect(audience.isUnknown(VIDEO)).toBe(true)
})
