import { afterEach, expect, test, vi } from 'vitest'
import { chunkId, LogGroup, logger, setLogLevel } from '../../../src/log/log.js'

afterEach(() => {
  setLogLevel('off')
  vi.restoreAllMocks()
})

/** What is written to the console. */
function watchConsole(): string[] {
  const lines: string[] = []
  const write = (...facts: unknown[]) => void lines.push(facts.join(' '))
  vi.spyOn(console, 'debug').mockImplementation(write)
  vi.spyOn(console, 'groupCollapsed').mockImplementation(write)
  vi.spyOn(console, 'groupEnd').mockImplementation(() => void lines.push('end'))
  return lines
}

test('nothing is written unless it is asked for', () => {
  const lines = watchConsole()
  const log = logger('supply')
  log.info('a response')
  log.debug('a chunk')
  const group = new LogGroup('response', 'GET /film.mp4', () => 0)
  group.info('asks')
  group.end('is over')
  expect(lines).toEqual([])
})

test('each level writes what is below it, with the name of who writes', () => {
  const lines = watchConsole()
  const log = logger('supply')
  setLogLevel('info')
  log.info('a response')
  log.debug('a chunk')
  setLogLevel('debug')
  log.debug('a chunk')
  expect(lines).toEqual(['[swarmtag:supply] a response', '[swarmtag:supply] a chunk'])
})

test('a group writes what its level lets through', () => {
  const lines = watchConsole()
  setLogLevel('info')
  const group = new LogGroup('response', 'GET', () => 0)
  group.info('asks for 0 to 4')
  group.debug('film.mp4#0 from store')
  group.end('is over')
  expect(lines).toEqual(['[swarmtag:response] GET is over', '0 ms asks for 0 to 4', 'end'])
})

test('a request is written in one group once it is over, with the time of each line', () => {
  const lines = watchConsole()
  setLogLevel('debug')
  let nowMs = 1_000
  const group = new LogGroup('response', 'GET bytes=0- https://site.example/film.mp4', () => nowMs)
  nowMs = 1_012.4
  group.debug('film.mp4#0 from store')
  expect(lines).toEqual([])
  group.end('is over')
  expect(lines).toEqual([
    '[swarmtag:response] GET bytes=0- https://site.example/film.mp4 is over',
    '12 ms film.mp4#0 from store',
    'end',
  ])
})

test('a chunk has the same id wherever it is named', () => {
  expect(chunkId('https://site.example/videos/film.mp4', 12)).toBe('film.mp4#12')
})
