import { expect, test, vi } from 'vitest'
import { compileParticipation } from '../../../src/bridge/video-url.js'
import { mediaMatcher } from '../../../src/sw/media-route.js'

/* workbox reaches for the globals of a worker while it is loaded; nothing here registers a route. */
vi.mock('workbox-routing', () => ({ registerRoute: vi.fn() }))

const SITE = 'https://site.example'

interface Asked {
  url?: string
  headers?: Record<string, string>
  destination?: RequestDestination
  mode?: RequestMode
}

/** A request as a worker sees it; its destination and mode cannot be set by script. */
function isAnswered({
  url = `${SITE}/movie.mp4`,
  destination = 'video',
  mode = 'cors',
  headers = {},
}: Asked) {
  const options = {
    match: [`${SITE}/*`, 'https://cdn.example/*'],
    ignoreQuery: ['Expires', 'Sig*'],
  }
  const matches = mediaMatcher(compileParticipation(options, SITE))
  const request = { url, destination, mode, headers: new Headers(headers) } as Request
  return matches({ url: new URL(url), request })
}

test.each([
  { destination: 'video', url: `${SITE}/movie.mp4`, isMedia: true },
  { destination: 'audio', url: `${SITE}/song.mp3`, isMedia: true },
  { destination: 'video', url: `${SITE}/play?id=7`, isMedia: true },
  { destination: '', url: `${SITE}/movie.mp4`, isMedia: true },
  { destination: '', url: `${SITE}/movie.MP4?v=2`, isMedia: true },
  { destination: '', url: `${SITE}/song.flac`, isMedia: true },
  { destination: '', url: `${SITE}/movie.mp4.swarm`, isMedia: false },
  { destination: '', url: `${SITE}/mp4`, isMedia: false },
  { destination: '', url: `${SITE}/data.json?file=movie.mp4`, isMedia: false },
  { destination: '', url: `${SITE}/segment.ts`, isMedia: false },
  { destination: 'document', url: `${SITE}/movie.mp4`, isMedia: false },
  { destination: 'image', url: `${SITE}/movie.mp4`, isMedia: false },
  { destination: 'script', url: `${SITE}/swarmtag.js`, isMedia: false },
  { destination: 'track', url: `${SITE}/movie.vtt`, isMedia: false },
] as const)('a request for "$destination" of $url: $isMedia', ({ isMedia, ...asked }) => {
  expect(isAnswered(asked)).toBe(isMedia)
})

test.each([
  ['cors', true],
  ['same-origin', true],
  ['no-cors', false],
  ['navigate', false],
] as const)('a media request of mode %s is answered: %s', (mode, isOurs) => {
  expect(isAnswered({ mode })).toBe(isOurs)
})

test('what the site does not want shared is left alone', () => {
  for (const url of ['https://other.example/movie.mp4', 'http://site.example/movie.mp4'])
    expect(isAnswered({ url })).toBe(false)
})

test('videos of another origin take part where the site says so, if they are asked for with CORS', () => {
  const url = 'https://cdn.example/movie.mp4'
  expect(isAnswered({ url })).toBe(true)
  expect(isAnswered({ url, mode: 'no-cors' })).toBe(false)
})

test.each([
  ['?Expires=1&Signature=abc', true],
  ['?Expires=1&Policy=abc', false],
  ['?token=abc', false],
  ['?v=2', true],
])('a URL with the query %s is answered: %s', (query, isOurs) => {
  expect(isAnswered({ url: `${SITE}/movie.mp4${query}` })).toBe(isOurs)
})

test.each([
  [{ range: 'bytes=0-', accept: '*/*', 'Accept-Language': 'de' }, true],
  [{ authorization: 'Bearer 1' }, false],
  [{ 'x-api-key': '1' }, false],
] as const)("a page's own request with %o is answered: %s", (headers, isOurs) => {
  expect(isAnswered({ destination: '', headers })).toBe(isOurs)
})

test('a browser may add headers of its own to what an element asks', () => {
  expect(isAnswered({ headers: { 'x-playback-session-id': '1' } })).toBe(true)
})
