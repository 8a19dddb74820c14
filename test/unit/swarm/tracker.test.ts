import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { type Topic, type Tracker, trackerAt, wakeTrackers } from '../../../src/swarm/tracker.js'

/** Stands in for the network: whether the server is there, and what was sent to it. */
class Socket {
  static readonly OPEN = 1
  static all: Socket[] = []
  static isServerThere = true
  readyState = 0
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: (() => void) | null = null
  readonly sent: string[] = []

  constructor(readonly url: string) {
    Socket.all.push(this)
    setTimeout(() => {
      this.readyState = Socket.isServerThere ? 1 : 3
      if (Socket.isServerThere) this.onopen?.()
      else this.onclose?.()
    }, 10)
  }

  /** The server ends it. */
  cut(): void {
    this.readyState = 3
    this.onclose?.()
  }

  send(text: string): void {
    this.sent.push(text)
  }

  close(): void {
    this.readyState = 3
  }
}

const DAY_MS = 86_400_000

let tracker: Tracker
const restart = vi.fn<() => void>()
let topic: Topic
const last = () => Socket.all.at(-1) as Socket

beforeEach(async () => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', Socket)
  onTestFinished(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })
  Socket.all = []
  Socket.isServerThere = true
  topic = { handle: () => {}, restart }
  tracker = trackerAt('wss://tracker.example')
  onTestFinished(() => tracker.release())
  tracker.topics.set('room', topic)
  await vi.advanceTimersByTimeAsync(10)
  restart.mockReset()
})

test('a tracker that is away for two days is reached again within eight seconds of its return', async () => {
  Socket.isServerThere = false
  last().cut()
  await vi.advanceTimersByTimeAsync(2 * DAY_MS)
  restart.mockClear()
  Socket.isServerThere = true
  await vi.advanceTimersByTimeAsync(8_010)
  expect(tracker.isOpen).toBe(true)
  expect(restart).toHaveBeenCalledOnce()
})

test('a tracker that is reached anew forgets the socket before', async () => {
  last().cut()
  await vi.advanceTimersByTimeAsync(2_010)
  expect(JSON.parse(last().sent[0] ?? '')).toMatchObject({ info_hash: 'room', event: 'stopped' })
})

test('a tracker that was never there is waited for', async () => {
  Socket.isServerThere = false
  const late = trackerAt('wss://late.example')
  onTestFinished(() => late.release())
  await vi.advanceTimersByTimeAsync(DAY_MS)
  Socket.isServerThere = true
  await vi.advanceTimersByTimeAsync(8_010)
  await expect(late.ready).resolves.toBe(late)
})

test('one that nobody uses any more is not tried again', async () => {
  const other = trackerAt('wss://other.example')
  other.release()
  const tries = Socket.all.length
  await vi.advanceTimersByTimeAsync(DAY_MS)
  expect(Socket.all).toHaveLength(tries)
})

test('a socket on which an announcement is not answered is left for another', async () => {
  tracker.announce('room', {})
  await vi.advanceTimersByTimeAsync(19_000)
  expect(Socket.all).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(3_100)
  expect(Socket.all).toHaveLength(2)
  expect(tracker.isOpen).toBe(true)
})

test('any word of the tracker is an answer', async () => {
  tracker.announce('room', {})
  last().onmessage?.({ data: '{}' })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(Socket.all).toHaveLength(1)
})

test('a browser that wakes announces at once, and leaves a socket that is dead after three seconds', async () => {
  restart.mockImplementation(() => tracker.announce('room', {}))
  wakeTrackers()
  expect(restart).toHaveBeenCalledOnce()
  await vi.advanceTimersByTimeAsync(3_100)
  expect(Socket.all).toHaveLength(2)
  expect(restart).toHaveBeenCalledTimes(2)
})

test('a browser that wakes does not wait for the end of a pause', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  Socket.isServerThere = false
  last().cut()
  // Pauses are 2, 4, 8 and 8 seconds long.
  await vi.advanceTimersByTimeAsync(16_000)
  const tries = Socket.all.length
  Socket.isServerThere = true
  wakeTrackers()
  wakeTrackers()
  expect(Socket.all).toHaveLength(tries + 1)
  await vi.advanceTimersByTimeAsync(10)
  expect(tracker.isOpen).toBe(true)
})
