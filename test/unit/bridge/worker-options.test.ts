import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileMatch, readWorkerQuery, workerQuery } from '../../../src/bridge/worker-options.js'

test('the options of a worker go round trip through its URL', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' })),
      fc.array(fc.string({ unit: 'grapheme' })),
      fc.constantFrom('fallback' as const, 'never' as const),
      fc.option(fc.string(), { nil: undefined }),
      (match, ignoreQuery, origin, key) => {
        const url = new URL('https://site.example/swarmtag-sw.js')
        url.search = workerQuery({ match, ignoreQuery, origin, key })
        expect(readWorkerQuery(url.search)).toEqual({ match, ignoreQuery, origin, key })
      },
    ),
  )
})

test('what is not given is as it would be by default', () => {
  expect(readWorkerQuery(`?${workerQuery({})}`)).toEqual({
    match: [],
    ignoreQuery: [],
    origin: 'fallback',
  })
})

test('equal options make equal URLs, so that no worker is installed anew', () => {
  expect(workerQuery({})).toBe(workerQuery({ match: [], origin: 'fallback' }))
})

test("a site's own worker has no options in its URL", () => {
  for (const search of ['', '?v=7', '?match=/videos/*&origin=never'])
    expect(readWorkerQuery(search)).toBeUndefined()
})

test('an origin that is neither of the two words is the default', () => {
  expect(readWorkerQuery('?swarmtag=1&origin=maybe')).toEqual({
    match: [],
    ignoreQuery: [],
    origin: 'fallback',
  })
})

const BASE = 'https://site.example/film/page.html'

test.each([
  { patterns: [], url: 'https://site.example/any.mp4', isMatched: true },
  { patterns: [], url: 'https://elsewhere.example/any.mp4', isMatched: true },
  { patterns: ['/videos/*'], url: 'https://site.example/videos/a.mp4', isMatched: true },
  { patterns: ['/videos/*'], url: 'https://site.example/videos/a/b.mp4', isMatched: true },
  { patterns: ['/videos/*'], url: 'https://site.example/videos/', isMatched: true },
  { patterns: ['/videos/*'], url: 'https://site.example/videos', isMatched: false },
  { patterns: ['/videos/*'], url: 'https://site.example/other/videos/a.mp4', isMatched: false },
  { patterns: ['/videos/*'], url: 'https://elsewhere.example/videos/a.mp4', isMatched: false },
  { patterns: ['/videos/*'], url: 'https://site.example/videos/a.mp4?v=2#t=10', isMatched: true },
  { patterns: ['*.mp4'], url: 'https://site.example/film/a.mp4', isMatched: true },
  { patterns: ['*.mp4'], url: 'https://site.example/a.mp4', isMatched: false },
  { patterns: ['/*.mp4'], url: 'https://site.example/a/b.mp4', isMatched: true },
  { patterns: ['/*.mp4'], url: 'https://site.example/a/bxmp4', isMatched: false },
  { patterns: ['/a.mp4'], url: 'https://site.example/a.mp4', isMatched: true },
  { patterns: ['/a.mp4'], url: 'https://site.example/aXmp4', isMatched: false },
  { patterns: ['/a.mp4'], url: 'https://site.example/a.mp4.swarm', isMatched: false },
  { patterns: ['/(a|b)+[1].mp4'], url: 'https://site.example/(a|b)+[1].mp4', isMatched: true },
  { patterns: ['/(a|b)+[1].mp4'], url: 'https://site.example/a1.mp4', isMatched: false },
  { patterns: ['/a b.mp4'], url: 'https://site.example/a%20b.mp4', isMatched: true },
  { patterns: ['/电影/*'], url: 'https://site.example/电影/a.mp4', isMatched: true },
  { patterns: ['/a*b*c'], url: 'https://site.example/a-b-b-c', isMatched: true },
  { patterns: ['/a*b*c'], url: 'https://site.example/a-c-b', isMatched: false },
  { patterns: ['/x.mp4', '/y.mp4'], url: 'https://site.example/y.mp4', isMatched: true },
  { patterns: ['clip.mp4'], url: 'https://site.example/film/clip.mp4', isMatched: true },
  {
    patterns: ['https://elsewhere.example/*'],
    url: 'https://elsewhere.example/a.mp4',
    isMatched: true,
  },
])('$patterns and $url: $isMatched', ({ patterns, url, isMatched }) => {
  expect(compileMatch(patterns, BASE)(new URL(url))).toBe(isMatched)
})
