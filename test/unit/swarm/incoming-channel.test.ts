import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openOnceSpokenTo } from '../../../src/swarm/incoming-channel.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A channel, and what one who uses it is called with. */
function incoming() {
  const channel = new EventTarget()
  const events: string[] = []
  openOnceSpokenTo(channel)
  for (const type of ['open', 'message', 'close'])
    channel.addEventListener(type, () => events.push(type))
  return { events, happens: (type: string) => channel.dispatchEvent(new Event(type)) }
}

test('a channel is open once the peer has spoken, and its word comes after that', () => {
  const { events, happens } = incoming()
  happens('open')
  expect(events).toEqual([])
  happens('message')
  happens('message')
  expect(events).toEqual(['open', 'message', 'message'])
  vi.advanceTimersByTime(60_000)
  expect(events).toHaveLength(3)
})

test('a channel whose first word is lost is open after a second', () => {
  const { events, happens } = incoming()
  happens('open')
  vi.advanceTimersByTime(1_000)
  expect(events).toEqual(['open'])
  happens('message')
  expect(events).toEqual(['open', 'message'])
})

test('a channel that closes without a word is never open', () => {
  const { events, happens } = incoming()
  happens('open')
  happens('close')
  vi.advanceTimersByTime(60_000)
  expect(events).toEqual(['close'])
})
