import { expect, test, vi } from 'vitest'
import { mediaMatcher } from '../../../src/sw/media-route.js'

/* workbox reaches for the globals of a worker while it is loaded; nothing here registers a route. */
vi.mock('workbox-routing', () => ({ registerRoute: vi.fn() }))

const SITE = 'https://site.example'

interface Asked {
  url?: string
  destination?: RequestDestination
  mode?: RequestMode
}

/** A request as a worker sees it; its destination and mode cannot be set by script. */
function isAnswered({ url = `${SITE}/movie.mp4`, destination = 'video', mode = 'cors' }: Asked) {
  const matches = mediaMatcher(SITE, each => !each.pathname.startsWith('/private/'))
  const request = { url, destination, mode } as Request
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

test('videos of another origin are left alone', () => {
  for (const url of ['https://cdn.example/movie.mp4', 'http://site.example/movie.mp4'])
    expect(isAnswered({ url })).toBe(false)
})

test('what the site does not want shared is left alone', () => {
  expect(isAnswered({ url: `${SITE}/private/movie.mp4` })).toBe(false)
})
