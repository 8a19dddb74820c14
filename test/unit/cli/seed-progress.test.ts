import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { bytesIn, lineOf, SeedProgress } from '../../../src/cli/seed-progress.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function arrange(isTTY: boolean) {
  const stdout = new PassThrough().setEncoding('utf8')
  const stderr = Object.assign(new PassThrough().setEncoding('utf8'), { isTTY })
  const figures = { films: 2, peers: 3, givenBytes: 0, isAnnounced: true }
  const progress = new SeedProgress({ stdout, stderr }, () => figures)
  progress.start()
  return { progress, figures, out: () => stdout.read() ?? '', err: () => stderr.read() ?? '' }
}

test('on a terminal one line is rewritten each second, and made way for others', () => {
  const { progress, figures, out, err } = arrange(true)
  vi.advanceTimersByTime(1_000)
  expect(err()).toBe('\r\x1b[K2 films, 3 viewers, 0 B/s, 0 B given')
  figures.givenBytes = 3 * 1_048_576
  vi.advanceTimersByTime(1_000)
  expect(err()).toBe('\r\x1b[K2 films, 3 viewers, 3.0 MiB/s, 3.0 MiB given')
  progress.warn('a\nb')
  expect(err()).toBe('\r\x1b[Kswarmtag: a\\x0ab\n')
  progress.stop()
  vi.advanceTimersByTime(60_000)
  expect(err()).toBe('\r\x1b[K')
  expect(out()).toBe('given 3.0 MiB\n')
})

test('elsewhere it is a line a minute', () => {
  const { progress, figures, out, err } = arrange(false)
  figures.givenBytes = 60 * 1_024
  vi.advanceTimersByTime(59_000)
  expect(out()).toBe('')
  vi.advanceTimersByTime(1_000)
  expect(out()).toBe('2 films, 3 viewers, 1.0 KiB/s, 60.0 KiB given\n')
  progress.warn('a line')
  expect(err()).toBe('swarmtag: a line\n')
  progress.stop()
})

test('that no tracker was reached is printed', () => {
  expect(lineOf({ films: 1, peers: 1, givenBytes: 5, isAnnounced: false }, 0)).toBe(
    '1 film, 1 viewer, 0 B/s, 5 B given (no tracker has answered yet)',
  )
})

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_023.7, '1.0 KiB'],
  [1_536, '1.5 KiB'],
  [102_348, '99.9 KiB'],
  [102_400, '100 KiB'],
  [1_048_575, '1.0 MiB'],
  [5 * 1_024 ** 4, '5.0 TiB'],
  [5_000 * 1_024 ** 4, '5000 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(bytesIn(bytes)).toBe(text)
})
