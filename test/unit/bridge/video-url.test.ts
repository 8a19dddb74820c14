import { expect, test } from 'vitest'
import { compileNameOf, compileParticipation } from '../../../src/bridge/video-url.js'

const SITE = 'https://site.example/page.html'

test.each([
  { ignoreQuery: [], url: '/a.mp4#t=10', name: '/a.mp4' },
  { ignoreQuery: [], url: '/a.mp4?v=2&x=a+b%2f', name: '/a.mp4?v=2&x=a+b%2f' },
  { ignoreQuery: ['Expires', 'Signature'], url: '/a.mp4?Expires=1&Signature=a', name: '/a.mp4' },
  { ignoreQuery: ['Signature'], url: '/a.mp4?v=a+b%2f&Signature=a', name: '/a.mp4?v=a+b%2f' },
  { ignoreQuery: ['signature'], url: '/a.mp4?Signature=a', name: '/a.mp4' },
  {
    ignoreQuery: ['X-Amz-*'],
    url: '/a.mp4?X-Amz-Date=1&X-Amz-Signature=a&v=2',
    name: '/a.mp4?v=2',
  },
  { ignoreQuery: ['sig'], url: '/a.mp4?signal=1', name: '/a.mp4?signal=1' },
  { ignoreQuery: ['s.g'], url: '/a.mp4?sig=1', name: '/a.mp4?sig=1' },
  { ignoreQuery: ['*'], url: '/a.mp4?v=2&sig=1', name: '/a.mp4' },
  { ignoreQuery: ['a b'], url: '/a.mp4?a%20b=1&c', name: '/a.mp4?c' },
])('without $ignoreQuery, $url is $name', ({ ignoreQuery, url, name }) => {
  const nameOf = compileNameOf(ignoreQuery)
  expect(nameOf(new URL(url, SITE).href)).toBe(new URL(name, SITE).href)
})

test.each([
  { ignoreQuery: [], query: '?v=2', parameter: undefined },
  { ignoreQuery: [], query: '?v=2&Signature=a', parameter: 'Signature' },
  { ignoreQuery: ['Signature'], query: '?Signature=a', parameter: undefined },
  { ignoreQuery: ['Signature'], query: '?Signature=a&token=b', parameter: 'token' },
  { ignoreQuery: ['*'], query: '?Signature=a&token=b', parameter: undefined },
])('without $ignoreQuery, $query is signed by $parameter', ({ ignoreQuery, query, parameter }) => {
  const { signatureOf } = compileParticipation({ ignoreQuery }, SITE)
  expect(signatureOf(new URL(`/a.mp4${query}`, SITE))).toBe(parameter)
})
