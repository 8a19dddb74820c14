import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseEvictions, type Holding, neededBytes } from '../../../../src/core/policy/eviction.js'
import { CHUNK_BYTES, chunk, chunksIn, runsOf } from '../../../../src/core/units.js'

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
  /** Playheads of those being watched. */
  watched?: Record<string, number>
  freeChunks: number
}

const inUseOf = (watched: Record<string, number>) =>
  new Map(Object.entries(watched).map(([root, playhead]) => [root, chunk(playhead)]))

/** The films as they look afterwards. */
function evict({ films, watched = {}, freeChunks }: Situation): Record<string, string> {
  const holdings = Object.entries(films).map(([root, picture], at) => holding(root, picture, at))
  const after = new Map(Object.entries(films).map(([root, picture]) => [root, [...picture]]))
  for (const { root, runs } of chooseEvictions(
    holdings.reverse(),
    inUseOf(watched),
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
  expect(evict({ films, freeChunks: -7 })).toEqual(films)
})

test('the film unused for longest goes first, from its tail on and no further than needed', () => {
  expect(evict({ films: { old: '##.#.', newer: '####', newest: '####' }, freeChunks: 2 })).toEqual({
    old: '#x.x.',
    newer: '####',
    newest: '####',
  })
})

test('as many films go as are needed, the newest stays', () => {
  expect(evict({ films: { old: '##.#', newer: '####', newest: '####' }, freeChunks: 4 })).toEqual({
    old: 'xx.x',
    newer: '###x',
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
  expect(chooseEvictions(films, inUseOf({ film: 20 }), CHUNK_BYTES + 1)).toEqual([
    { root: 'film', runs: [{ from: 16, to: 18 }] },
  ])
})

test('a film being watched is spared while another can go, however old it is', () => {
  expect(
    evict({
      films: { watched: `${HEAD}####`, newer: '####' },
      watched: { watched: 20 },
      freeChunks: 3,
    }),
  ).toEqual({ watched: `${HEAD}####`, newer: '#xxx' })
})

test('of the film being watched goes first what lies furthest behind the playhead', () => {
  expect(
    evict({ films: { film: `${HEAD}##.#######` }, watched: { film: 24 }, freeChunks: 3 }),
  ).toEqual({ film: `${HEAD}xx.x######` })
})

test('where nothing is left behind the playhead, what lies furthest ahead goes', () => {
  expect(
    evict({ films: { film: `${HEAD}#####.####` }, watched: { film: 20 }, freeChunks: 6 }),
  ).toEqual({ film: `${HEAD}xxxx#.##xx` })
})

test('with the playhead in the head, all the rest is ahead', () => {
  const films = { film: `${HEAD}########` }
  for (const playhead of [0, 3, 16])
    expect(evict({ films, watched: { film: playhead }, freeChunks: 5 })).toEqual({
      film: `${HEAD}###xxxxx`,
    })
})

test('the head goes where nothing else is left, the first chunk at last', () => {
  const films = { film: `${HEAD}####` }
  expect(evict({ films, watched: { film: 18 }, freeChunks: 6 })).toEqual({
    film: '##############xxxxxx',
  })
  expect(evict({ films, watched: { film: 18 }, freeChunks: 19 })).toEqual({
    film: '#xxxxxxxxxxxxxxxxxxx',
  })
})

test('other films go before the film being watched gives what is still missing', () => {
  expect(
    evict({
      films: { old: '##', watched: `${HEAD}######`, newer: '#.#' },
      watched: { watched: 21 },
      freeChunks: 6,
    }),
  ).toEqual({ old: 'xx', watched: `${HEAD}xx####`, newer: 'x.x' })
})

test('of two films being watched goes what is farther from its playhead', () => {
  const films = { first: `${HEAD}########`, second: `${HEAD}####` }
  expect(evict({ films, watched: { first: 22, second: 18 }, freeChunks: 5 })).toEqual({
    first: `${HEAD}xxxxx###`,
    second: `${HEAD}####`,
  })
  expect(evict({ films, watched: { first: 18, second: 16 }, freeChunks: 6 })).toEqual({
    first: `${HEAD}xx###xxx`,
    second: `${HEAD}###x`,
  })
})

test('a film being watched of which nothing is kept gives nothing', () => {
  expect(evict({ films: { other: '##' }, watched: { film: 30 }, freeChunks: 5 })).toEqual({
    other: 'xx',
  })
})

test('an empty store gives nothing', () => {
  expect(chooseEvictions([], new Map(), CHUNK_BYTES)).toEqual([])
})

const picture = fc.string({ unit: fc.constantFrom('#', '.'), maxLength: 40 })
const playhead = fc.oneof(fc.nat(45), fc.constantFrom(Number.NaN, -1, 1e300, Infinity, -Infinity))
const count = (pictures: string[], mark: string) => pictures.join('').split(mark).length - 1

test('exactly what is asked is chosen, or all there is, wherever the playheads are', () => {
  fc.assert(
    fc.property(
      fc.array(picture, { maxLength: 4 }),
      fc.array(fc.tuple(picture, playhead), { maxLength: 3 }),
      fc.nat(200),
      (unused, used, freeChunks) => {
        const films = Object.fromEntries([
          ...unused.map((each, n) => [`unused ${n}`, each] as const),
          ...used.map(([each], n) => [`used ${n}`, each] as const),
        ])
        const watched = Object.fromEntries(used.map(([, at], n) => [`used ${n}`, at]))
        const after = Object.values(evict({ films, watched, freeChunks }))
        const held = count(Object.values(films), '#')
        expect(count(after, 'x')).toBe(Math.min(freeChunks, held))
        const ofUnused = after.slice(0, unused.length)
        const ofUsed = after.slice(unused.length)
        if (ofUnused.join('').includes('#')) expect(ofUsed.join('')).not.toContain('x')
        if (ofUsed.some(each => each.slice(16).includes('#')))
          expect(ofUsed.map(each => each.slice(0, 16)).join('')).not.toContain('x')
      },
    ),
    { numRuns: 1_000 },
  )
})

test('of a film being watched the order is: behind, ahead from the end, head from its end', () => {
  fc.assert(
    fc.property(picture, fc.nat(40), fc.nat(40), (film, at, freeChunks) => {
      const after = evict({ films: { film }, watched: { film: at }, freeChunks }).film ?? ''
      const from = Math.max(16, at)
      const [head, behind, ahead] = [after.slice(0, 16), after.slice(16, from), after.slice(from)]
      expect(behind).toMatch(/^[x.]*[#.]*$/)
      expect(ahead).toMatch(/^[#.]*[x.]*$/)
      expect(head).toMatch(/^[#.]*[x.]*$/)
      if (ahead.includes('x')) expect(behind).not.toContain('#')
      if (head.includes('x')) expect(behind + ahead).not.toContain('#')
    }),
    { numRuns: 1_000 },
  )
})

test('needed of what is watched are the head and all that is not behind the playhead', () => {
  const films = [holding('unused', HEAD), holding('film', `${HEAD}##.###..##`)]
  const needed = (watched: Record<string, number>) =>
    neededBytes(films, inUseOf(watched)) / CHUNK_BYTES
  expect(needed({})).toBe(0)
  expect(needed({ other: 3 })).toBe(0)
  expect(needed({ film: 0 })).toBe(23)
  expect(needed({ film: 16 })).toBe(23)
  expect(needed({ film: 20 })).toBe(20)
  expect(needed({ film: 26 })).toBe(16)
  expect(needed({ film: 20, unused: 5 })).toBe(36)
  expect(needed({ film: Number.NaN })).toBe(23)
})

test('what is needed goes only when nothing else is left', () => {
  fc.assert(
    fc.property(picture, picture, playhead, (unused, film, at) => {
      const films = [holding('unused', unused), holding('film', film)]
      const inUse = inUseOf({ film: at })
      const free = count([unused, film], '#') * CHUNK_BYTES - neededBytes(films, inUse)
      const after = evict({
        films: { unused, film },
        watched: { film: at },
        freeChunks: free / CHUNK_BYTES,
      })
      const left = [holding('film', after.film ?? '')]
      expect(after.unused).not.toContain('#')
      expect(neededBytes(left, inUse)).toBe(neededBytes(films, inUse))
    }),
  )
})

test('the list of holdings is left as it was', () => {
  const holdings = [holding('b', '#', 2), holding('a', '#', 1)]
  chooseEvictions(holdings, new Map(), CHUNK_BYTES)
  expect(holdings.map(({ root }) => root)).toEqual(['b', 'a'])
})
