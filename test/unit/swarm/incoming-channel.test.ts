import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openOnceSpokenTo } from '../../../src/swarm/incoming-channel.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A channel, and what one who uses it hears of it. */
function incoming() {
  const channel = new EventTarget()
  const heard: string[] = []
  openOnceSpokenTo(channel)
  for (const type of ['open', 'message', 'close'])
    channel.addEventListener(type, () => heard.push(type))
  return { heard, happens: (type: string) => channel.dispatchEvent(new Event(type)) }
}

test('a channel is open once the peer has spoken, and its word comes after that', () => {
  const { heard, happens } = incoming()
  happens('open')
  expect(heard).toEqual([])
  happens('message')
  happens('message')
  expect(heard).toEqual(['open', 'message', 'message'])
  vi.advanceTimersByTime(60_000)
  expect(heard).toHaveLength(3)
})

test('a channel whose first word is lost is open after a second', () => {
  const { heard, happens } = incoming()
  happens('open')
  vi.advanceTimersByTime(1_000)
  expect(heard).toEqual(['open'])
  happens('message')
  expect(heard).toEqual(['open', 'message'])
})

test('a channel that closes without a word is never open', () => {
  const { heard, happens } = incoming()
  happens('open')
  happens('close')
  vi.advanceTimersByTime(60_000)
  expect(heard).toEqual(['close'])
})
