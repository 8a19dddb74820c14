import { expect, test } from 'vitest'
import { expectation, folderOf } from '../../../../src/core/policy/manifest-questions.js'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const NOW_MS = 100 * DAY_MS

const asked = (agoMs: number, misses?: number) => ({
  checkedAtMs: NOW_MS - agoMs,
  ...(misses !== undefined && { misses }),
})

test.each([
  ['nothing was asked', undefined, undefined, 'unknown'],
  ['there was one', asked(1, 0), asked(1, 0), 'unknown'],
  ['others of the folder have one', undefined, asked(1, 0), 'unknown'],
  ['it had none a minute ago', asked(MINUTE_MS, 1), asked(MINUTE_MS, 1), 'absent'],
  ['it had none, others have', asked(MINUTE_MS, 1), asked(MINUTE_MS, 0), 'absent'],
  ['it had none ten minutes ago', asked(10 * MINUTE_MS, 1), asked(10 * MINUTE_MS, 1), 'doubtful'],
  ['it had none ten minutes ago, others have', asked(10 * MINUTE_MS, 1), asked(1, 0), 'doubtful'],
  ['it had none, and others neither since', asked(DAY_MS, 1), asked(MINUTE_MS, 2), 'absent'],
  ['another had none a minute ago', undefined, asked(MINUTE_MS, 1), 'unlikely'],
  ['another had none ten minutes ago', undefined, asked(10 * MINUTE_MS, 1), 'doubtful'],
  ['it was refused a minute ago', asked(MINUTE_MS), asked(1, 0), 'absent'],
  ['it was refused ten minutes ago', asked(10 * MINUTE_MS), asked(1, 0), 'unknown'],
  ['the clock was put back a minute', asked(-MINUTE_MS, 1), asked(-MINUTE_MS, 1), 'absent'],
  ['the clock was put back a year', asked(-365 * DAY_MS, 1), asked(-365 * DAY_MS, 1), 'doubtful'],
] as const)('where %s', (_what, file, folder, expected) => {
  expect(expectation(file, folder, NOW_MS)).toBe(expected)
})

test.each([
  [1, 10 * MINUTE_MS],
  [2, 20 * MINUTE_MS],
  [3, 40 * MINUTE_MS],
  [8, 1_280 * MINUTE_MS],
  [9, DAY_MS],
  [1_000, DAY_MS],
])('after %i misses a folder is left alone for %i ms', (misses, restMs) => {
  expect(expectation(undefined, asked(restMs - 1, misses), NOW_MS)).toBe('unlikely')
  expect(expectation(undefined, asked(restMs, misses), NOW_MS)).toBe('doubtful')
})

test.each([
  ['https://site.example/a/song.mp3', 'https://site.example/a/#*.mp3'],
  ['https://site.example/a/song.MP3?v=1', 'https://site.example/a/#*.mp3'],
  ['https://site.example/a/b.c/song', 'https://site.example/a/b.c/#*'],
  ['https://site.example/play?id=a/b.mp4', 'https://site.example/#*'],
])('%s is one of %s', (name, folder) => {
  expect(folderOf(name)).toBe(folder)
})
