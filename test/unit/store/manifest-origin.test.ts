import { expect, test } from 'vitest'
import { manifestUrl } from '../../../src/store/manifest-origin.js'

test.each([
  ['https://site.example/movie.mp4', 'https://site.example/movie.mp4.swarm'],
  ['https://site.example/a/b.mp4?v=2&t=x', 'https://site.example/a/b.mp4.swarm?v=2&t=x'],
  ['https://site.example/movie.mp4#t=10', 'https://site.example/movie.mp4.swarm'],
  ['https://site.example/watch/%C3%BCber', 'https://site.example/watch/%C3%BCber.swarm'],
])('the manifest of %s lies at %s', (video, expected) => {
  expect(manifestUrl(video)).toBe(expected)
})
