import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseEvictions, type Holding } from '../../../src/core/eviction.js'
import { CHUNK_BYTES, chunk, chunksIn, runsOf } from '../../../src/core/units.js'

/* Pictures have one character a chunk: `#` is held, `.` is not, `x` goes. The head is 16 chunks. */
const HEAD = '################'

const holding = (root: string, picture: string, usedAtMs = 0): Holding => ({
  root,
  chunkCount: picture.length,
  runs: runsOf([...picture].flatMap((mark, index) => (mark === '#' ? [chunk(index)] : []))),
  usedAtMs,
})

interface Situation {
  /** Films by name, the one unused for longest first. */
  films: Record<string, string>
  watched?: string
  playhead?: number
  freeChunks: number
}

/** The films as they look afterwards. */
function evict({ films, watched, playhead = 0, freeChunks }: Situation): Record<string, string> {
  const holdings = Object.entries(films).map(([root, picture], at) => holding(root, picture, at))
  const inUse = watched === undefined ? undefined : { root: watched, playhead: chunk(playhead) }
  const after = new Map(Object.entries(films).map(([root, picture]) => [root, [...picture]]))
  for (const { root, runs } of chooseEvictions(
    holdings.reverse(),
    inUse,
    freeChunks * CHUNK_BYTES,
  )) {
    const picture = after.get(root)
    for (const index of chunksIn(runs)) {
      expect(picture?.[index], `${root} ${index}`).toBe('#')
      picture?.splice(index, 1, 'x')
    }
  }
  return Object.fromEntries([...after].map(([root, marks]) => [root, marks.join('')]))
}

test('nothing goes where no byte is to be won', () => {
  const films = { old: '####', film: '####' }
  expect(evict({ films, freeChunks: 0 })).toEqual(films)
})

test('the film unused for longest goes first, and whole', () => {
  expect(evict({ films: { old: '##.#', newer: '####', newest: '####' }, freeChunks: 1 })).toEqual({
    old: 'xx.x',
    newer: '####',
    newest: '####',
  })
})

test('as many films go as are needed, the newest stays', () => {
  expect(evict({ films: { old: '##.#', newer: '####', newest: '####' }, freeChunks: 4 })).toEqual({
    old: 'xx.x',
    newer: 'xxxx',
    newest: '####',
  })
})

test('a film that yields exactly what is needed goes alone', () => {
  expect(evict({ films: { old: '####', newer: '####' }, freeChunks: 4 })).toEqual({
    old: 'xxxx',
    newer: '####',
  })
})

test('part of a chunk to win costs a whole one', () => {
  const films = [holding('film', `${HEAD}####`)]
  const inUse = { root: 'film', playhead: chunk(20) }
  expect(chooseEvictions(films, inUse, CHUNK_BYTES + 1)).toEqual([
    { root: 'film', runs: [{ from: 16, to: 18 }] },
  ])
})

test('the film being watched is spared while another can go, however old it is', () => {
  expect(
    evict({
      films: { watched: `${HEAD}####`, newer: '####' },
      watched: 'watched',
      playhead: 20,
      freeChunks: 3,
    }),
  ).toEqual({ watched: `${HEAD}####`, newer: 'xxxx' })
})

test('of the film being watched goes what lies furthest behind the playhead', () => {
  expect(
    evict({
      films: { film: `${HEAD}##.#######` },
      watched: 'film',
      playhead: 24,
      freeChunks: 3,
    }),
  ).toEqual({ film: `${HEAD}xx.x######` })
})

test('neither the head nor anything at or after the playhead goes', () => {
  expect(
    evict({
      films: { film: `${HEAD}##########` },
      watched: 'film',
      playhead: 20,
      freeChunks: 100,
    }),
  ).toEqual({ film: `${HEAD}xxxx######` })
})

test('with the playhead in the head nothing of the film goes', () => {
  const films = { film: `${HEAD}########` }
  expect(evict({ films, watched: 'film', playhead: 16, freeChunks: 5 })).toEqual(films)
  expect(evict({ films, watched: 'film', playhead: 3, freeChunks: 5 })).toEqual(films)
})

test('other films go whole before the film being watched gives what is still missing', () => {
  expect(
    evict({
      films: { old: '##', watched: `${HEAD}######`, newer: '#.#' },
      watched: 'watched',
      playhead: 21,
      freeChunks: 6,
    }),
  ).toEqual({ old: 'xx', watched: `${HEAD}xx####`, newer: 'x.x' })
})

test('a film being watched of which nothing is kept gives nothing', () => {
  expect(evict({ films: { other: '##' }, watched: 'film', playhead: 30, freeChunks: 5 })).toEqual({
    other: 'xx',
  })
})

test('an empty store gives nothing', () => {
  expect(chooseEvictions([], undefined, CHUNK_BYTES)).toEqual([])
})

test('what is chosen suffices, or all that may go is chosen', () => {
  const picture = fc.string({ unit: fc.constantFrom('#', '.'), maxLength: 40 })
  const playheads = fc.nat(40)
  fc.assert(
    fc.property(fc.array(picture), picture, playheads, fc.nat(80), (others, film, at, chunks) => {
      const films = Object.fromEntries([
        ...others.map((each, n) => [`other ${n}`, each] as const),
        ['film', film] as const,
      ])
      const after = evict({ films, watched: 'film', playhead: at, freeChunks: chunks })
      const gone = Object.values(after).join('').split('x').length - 1
      const mayGo = others.join('') + film.slice(16, Math.max(16, at))
      expect(gone).toBeGreaterThanOrEqual(Math.min(chunks, mayGo.split('#').length - 1))
      expect(after.film).toMatch(/^[#.]{0,16}(x|\.)*[#.]*$/)
    }),
    { numRuns: 500 },
  )
})

test('the list of holdings is left as it was', () => {
  const holdings = [holding('b', '#', 2), holding('a', '#', 1)]
  chooseEvictions(holdings, undefined, CHUNK_BYTES)
  expect(holdings.map(({ root }) => root)).toEqual(['b', 'a'])
})
