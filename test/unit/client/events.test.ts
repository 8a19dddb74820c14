import { expect, test } from 'vitest'
import { Events } from '../../../src/client/events.js'

test('that a video is dropped is said once, however many requests find it', () => {
  const events = new Events()
  const notices: string[] = []
  events.addEventListener('notice', ({ detail: { code, detail } }) =>
    notices.push(`${code}: ${detail}`),
  )
  events.emitDropped('not-public', 'one.mp4: status 403')
  events.emitDropped('not-public', 'one.mp4: status 403')
  events.emitDropped('not-public', 'two.mp4: status 403')
  expect(notices).toEqual(['not-public: one.mp4: status 403', 'not-public: two.mp4: status 403'])
})
