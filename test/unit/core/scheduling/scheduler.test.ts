import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChunkSet } from '../../../../src/core/chunk-set.js'
import { plan } from '../../../../src/core/scheduling/scheduler.js'
import type { Demand, Situation } from '../../../../src/core/scheduling/situation.js'
import { SourceBook } from '../../../../src/core/scheduling/source-book.js'
import { chunk, chunksIn, run, runsOf } from '../../../../src/core/units.js'
import { NOW_MS, originsAfter, planFor } from './scheduler-scene.js'

const SECOND = 1_000
const FAR = 60 * SECOND

/* A film of which the worker lacks everything, long enough to see where the origin is held back. */
const LONG = '#'.repeat(1_000)
const NOTHING = '.'.repeat(1_000)

/** A run of the origin, drawn. */
const marks = (from: number, to: number): string => '.'.repeat(from) + 'o'.repeat(to - from)

const lengthOf = (picture: string): number => picture.split('o').length - 1

test('a film whose head is long is given as much again as it had, while nobody knows how fast it plays', () => {
  const demand = { lacks: LONG, chunkMs: null }
  expect(lengthOf(planFor({ demand, swarm: 'searching' }).picture)).toBe(8)
  expect(lengthOf(planFor({ demand, swarm: 'searching', handedChunks: 100 }).picture)).toBe(100)
})

test('a film without an index is given as fast as its video jumps through it', () => {
  const lengthAfter = (jumps: number, chunkMs: number | null) =>
    lengthOf(planFor({ demand: { lacks: LONG, chunkMs }, swarm: 'searching', jumps }).picture)
  expect(lengthAfter(4, null)).toBe(8)
  expect(lengthAfter(5, null)).toBe(1_000)
  expect(lengthAfter(5, 100)).toBe(40)
})

test('without neighbours the first bytes come from the origin at once', () => {
  const demand = { lacks: '####............', chunkMs: null }
  for (const swarm of ['off', 'searching', 'over'] as const)
    expect(planFor({ demand, swarm }).picture).toMatch(/^oooo/)
})

test('an urgent chunk is asked of the faster of two holders', () => {
  const decided = planFor({
    neighbours: { fast: { has: 'x...', chunkMs: 20 }, slow: { has: 'x...', chunkMs: 60 } },
    demand: '#...',
  })
  expect(decided.picture).toBe('f...')
})

test('of holders that are about as fast, the one that gave least is asked, unless the viewer waits', () => {
  const asked = (restedMs: number, bufferedMs: number) =>
    planFor({
      neighbours: {
        giver: { has: 'x...', chunkMs: 40, latencyMs: 0, gave: 100 },
        rested: { has: 'x...', chunkMs: restedMs, latencyMs: 0, gave: 50 },
      },
      demand: { lacks: '#...', bufferedMs },
    }).picture
  expect(asked(110, FAR)).toBe('r...')
  expect(asked(130, FAR)).toBe('g...')
  expect(asked(41, 0)).toBe('g...')
})

test('a holder that gave more is asked where the one that gave least has enough to do', () => {
  const decided = planFor({
    neighbours: {
      giver: { has: 'x......', chunkMs: 40, latencyMs: 100, gave: 100 },
      rested: {
        has: 'x.aaaa.',
        chunkMs: 40,
        latencyMs: 100,
        gave: 50,
        maxWants: 4,
        progressAgoMs: 0,
      },
    },
    demand: { lacks: '#.####.', bufferedMs: FAR },
  })
  expect(decided.picture).toBe('g......')
})

test('what a holder was asked for already counts against it', () => {
  const decided = planFor({
    neighbours: {
      busy: { has: 'x.aaaa', chunkMs: 30, progressAgoMs: 0 },
      idle: { has: 'x.....', chunkMs: 40 },
    },
    demand: '#.####',
  })
  expect(decided.picture).toBe('i.....')
})

test('where a viewer waits, what was asked for ahead of need is taken back', () => {
  const ahead = { has: 'x.aaaa', chunkMs: 30, progressAgoMs: 0 }
  const waiting = planFor({ neighbours: { ahead }, demand: '#.....' })
  expect(waiting.picture).toBe('a.....')
  expect(waiting.cancelled).toBe('..aaaa')
  const content = planFor({
    neighbours: { ahead },
    demand: { lacks: '#.....', bufferedMs: 20 * SECOND },
  })
  expect(content.cancelled).toBe('......')
})

test('who has gone to another place is not made to wait for what was ahead of the last one', () => {
  const near = { has: '..aaaaaa', chunkMs: 30, progressAgoMs: 0 }
  const scene = { neighbours: { near }, demand: '..#.....' }
  expect(planFor({ ...scene, prefetch: '..>>>>>>' }).cancelled).toBe('........')
  expect(planFor({ ...scene, prefetch: '..>>....' }).cancelled).toBe('....nnnn')
  const content = { lacks: '..#.....', bufferedMs: 20 * SECOND }
  expect(planFor({ ...scene, demand: content, prefetch: '..>>....' }).cancelled).toBe('........')
})

test('what comes next in the film stays asked for while a viewer waits for what this neighbour is not asked for', () => {
  const ahead = { has: 'xxaaxxxx', chunkMs: 30, progressAgoMs: 0 }
  const prefetch = '>>>>>>>>'
  const ofOrigin = { lacks: '#.......', origin: 'oo......' }
  expect(planFor({ neighbours: { ahead }, demand: ofOrigin, prefetch }).cancelled).toBe('........')
  const toAnother = { demand: '#.......', others: [ofOrigin] }
  expect(planFor({ neighbours: { ahead }, ...toAnother, prefetch }).cancelled).toBe('........')
  const other = { has: '...aaxxx', chunkMs: 30, progressAgoMs: 0 }
  const { cancelled } = planFor({ neighbours: { other }, demand: '#.......', prefetch })
  expect(cancelled).toBe('........')
  const { picture, ...both } = planFor({
    neighbours: { ahead, other },
    demand: '#.......',
    prefetch,
  })
  expect(both.cancelled).toBe('..aa....')
  expect(picture[0]).toBe('a')
})

test('a viewer who waits is not made to wait for a stranger', () => {
  const neighbours = { stranger: { has: 'xxxxxxxx', gave: 0 } }
  const waiting = planFor({ neighbours, demand: '#.......', prefetch: '.>>>>>>>' })
  expect(waiting.picture).toBe('oooos...')
  const demand = { lacks: '#.......', bufferedMs: 20 * SECOND }
  expect(planFor({ neighbours, demand }).picture).toBe('s.......')
  const loader = { lacks: '#.......', isPlayed: false }
  expect(planFor({ neighbours, demand: loader }).picture).toBe('s.......')
  const alone = planFor({ neighbours, demand: '#.......', isOriginOpen: false })
  expect(alone.picture).toBe('s.......')
})

test('what a stranger shows itself by is not taken back where a viewer waits', () => {
  const neighbours = { stranger: { has: 'xxaxxxxx', gave: 0, progressAgoMs: 0 } }
  expect(planFor({ neighbours, demand: '#.......' }).cancelled).toBe('........')
})

test('chunks that two hold alike are shared out between them', () => {
  const { picture } = planFor({
    neighbours: { a: 'xxxxxxxx', b: 'xxxxxxxx' },
    demand: '########',
  })
  expect(picture).toMatch(/^[ab]{8}$/)
  expect(picture.split('a')).toHaveLength(5)
})

test('a slow holder keeps a chunk whose deadline is far', () => {
  const neighbours = { slow: { has: 'xxxx', chunkMs: 3_000 } }
  expect(planFor({ neighbours, demand: { lacks: '#...', bufferedMs: FAR } }).picture).toBe('s...')
})

test('a chunk whose deadline is near goes to the origin rather than to a slow holder', () => {
  const neighbours = { slow: { has: 'x...', chunkMs: 3_000 } }
  expect(planFor({ neighbours, demand: '#...' }).picture).toMatch(/^o/)
})

test('chunks that are held are asked of nobody', () => {
  const decided = planFor({ held: '#.#.', neighbours: { n: 'xxxx' }, demand: '####' })
  expect(decided.picture).toBe('.n.n')
})

test('a chunk that is on its way is not asked for again', () => {
  const neighbours = { asked: 'aaaa', other: 'xxxx' }
  const { picture, cancelled } = planFor({ neighbours, demand: '####' })
  expect(picture).toBe('....')
  expect(cancelled).toBe('....')
})

test('what a silent neighbour was asked for goes to another', () => {
  const decided = planFor({ neighbours: { silent: 'AAAA', backup: 'xxxx' }, demand: '####' })
  expect(decided.cancelled).toBe('ssss')
  expect(decided.picture).toBe('bbbb')
})

test('what a silent neighbour was asked for goes to another also where it is not urgent', () => {
  const neighbours = { silent: 'AAAA', backup: 'xxxx' }
  const decided = planFor({ neighbours, demand: { lacks: '####', bufferedMs: FAR } })
  expect(decided.cancelled).toBe('ssss')
  expect(decided.picture).toBe('bbbb')
})

test('where nobody else has it, what a silent neighbour was asked for goes to the origin', () => {
  const decided = planFor({ neighbours: { silent: 'AAAA' }, demand: '####' })
  expect(decided.picture).toBe('oooo')
  expect(decided.cancelled).toBe('ssss')
})

test('a silent neighbour is asked for nothing more', () => {
  const neighbours = { silent: '....Axxx' }
  expect(planFor({ neighbours, demand: '.....###', prefetch: '>>>>>>>>' }).picture).not.toMatch('s')
})

test('a neighbour is not silent while it gives other chunks', () => {
  const neighbours = { steady: { has: 'aaaa', askedAgoMs: 2 * SECOND, progressAgoMs: 10 } }
  const decided = planFor({ neighbours, demand: { lacks: '####', bufferedMs: FAR } })
  expect(decided.cancelled).toBe('....')
})

test('an urgent chunk that is late is taken from whoever was asked for it', () => {
  const neighbours = {
    late: { has: 'a...', askedAgoMs: 2 * SECOND, progressAgoMs: 10 },
    backup: 'x...',
  }
  const decided = planFor({ neighbours, demand: '#...' })
  expect(decided.cancelled).toBe('l...')
  expect(decided.picture).toBe('b...')
})

test('a chunk that was cancelled is not asked of the same neighbour in the same breath', () => {
  const neighbours = {
    late: { has: 'a...', askedAgoMs: 2 * SECOND, progressAgoMs: 10, chunkMs: 20 },
  }
  const decided = planFor({ neighbours, demand: '#...' })
  expect(decided.picture).not.toMatch('l')
})

test('a neighbour that refuses is not asked', () => {
  const refusing = { has: 'xxxx', isRefusing: true }
  const demand = '####'
  expect(planFor({ neighbours: { refusing }, demand }).picture).toBe('oooo')
  const both = { neighbours: { refusing, backup: 'xxxx' }, demand }
  expect(planFor(both).picture).toBe('bbbb')
  expect(planFor({ neighbours: { refusing }, prefetch: '>>>>' }).picture).toBe('....')
})

test('a neighbour is asked for no more than it takes at a time', () => {
  const n = { has: 'x'.repeat(16), maxWants: 6 }
  const demand = { lacks: '#'.repeat(16), bufferedMs: FAR }
  expect(planFor({ neighbours: { n }, demand }).picture).toBe('nnnnnn..........')
})

test('what it was asked for before counts as well', () => {
  const n = { has: 'aaaaxxxxxxxxxxxx', maxWants: 6 }
  const demand = { lacks: '#'.repeat(16), bufferedMs: FAR }
  expect(planFor({ neighbours: { n }, demand }).picture).toBe('....nn..........')
})

test('a fast neighbour is asked for more at a time than a slow one', () => {
  const askedOf = (chunkMs: number) => {
    const n = { has: 'x'.repeat(64), chunkMs }
    const demand = { lacks: '#'.repeat(64), bufferedMs: FAR }
    return planFor({ neighbours: { n }, demand }).picture.split('n').length - 1
  }
  expect(askedOf(20)).toBeGreaterThan(askedOf(100))
  expect(askedOf(100)).toBeGreaterThan(1)
})

test('while neighbours are looked for, the origin gives the next few seconds and no more', () => {
  const { picture } = planFor({ swarm: 'searching', demand: LONG })
  expect(picture).toMatch(/^o+\.+$/)
  expect(lengthOf(picture)).toBeLessThan(200)
})

test('the first bytes of a response come from the origin however much the video has', () => {
  const demand = { lacks: LONG, bufferedMs: 30 * SECOND }
  expect(planFor({ swarm: 'searching', demand }).picture).toMatch(/^o{2,16}\.+$/)
})

test('the origin is asked for several chunks at a time, however few it may give', () => {
  for (let bufferedMs = 0; bufferedMs < FAR; bufferedMs += 50) {
    const demand = { lacks: `${'.'.repeat(100)}####`, of: [0, 1_000], bufferedMs } as const
    const [given] = planFor({ neighbours: { n: NOTHING }, demand }).origins
    if (given) expect(given.to - given.from, `${bufferedMs} ms`).toBeGreaterThan(1)
  }
})

test('the origin is asked again when half of what it may be ahead has been played', () => {
  const lengthAt = (bufferedMs: number) => {
    const demand = { lacks: `${'.'.repeat(100)}####${'.'.repeat(896)}`, bufferedMs }
    const [given] = planFor({ swarm: 'searching', demand }).origins
    return given ? given.to - given.from : 0
  }
  expect(lengthAt(2.1 * SECOND)).toBe(0)
  expect(lengthAt(1.9 * SECOND)).toBeGreaterThan(15)
})

test('with neighbours, the origin gives what none of them has, further ahead but not everything', () => {
  const aheadWhile = (swarm: 'searching' | 'over') =>
    lengthOf(planFor({ swarm, neighbours: { n: NOTHING }, demand: LONG }).picture)
  expect(aheadWhile('over')).toBeGreaterThan(aheadWhile('searching'))
  expect(aheadWhile('over')).toBeLessThan(500)
})

test('with neighbours, the origin rests while the video has enough', () => {
  const demand = { lacks: `${NOTHING}####`, of: [0, 1_004], bufferedMs: FAR } as const
  expect(planFor({ neighbours: { n: `${NOTHING}....` }, demand }).picture).toBe(`${NOTHING}....`)
})

test('where there are no neighbours, the origin gives everything', () => {
  const all = 'o'.repeat(1_000)
  for (const swarm of ['off', 'over'] as const)
    expect(planFor({ swarm, demand: { lacks: LONG, bufferedMs: 10 * SECOND } }).picture).toBe(all)
})

test("a loader of the page's own is given everything by the origin", () => {
  const demand = { lacks: LONG, isPlayed: false, chunkMs: null }
  expect(planFor({ swarm: 'searching', demand }).picture).toBe('o'.repeat(1_000))
})

test('the origin goes on past what the worker has asked for so far', () => {
  expect(planFor({ swarm: 'off', demand: '.###............' }).picture).toBe('.ooooooooooooooo')
})

test('the origin stops at the end of the response', () => {
  const demand = { lacks: '..##............', of: [2, 7] } as const
  expect(planFor({ swarm: 'off', demand }).picture).toBe('..ooooo.........')
})

test('the origin stops before what is held', () => {
  const decided = planFor({ swarm: 'off', held: '........####....', demand: '#'.repeat(16) })
  expect(decided.picture).toMatch(/^oooooooo\./)
})

test('the origin stops before what a neighbour has', () => {
  const neighbours = { n: '........xxxxxxxx' }
  expect(planFor({ neighbours, demand: '#'.repeat(16) }).picture).toBe('oooooooonnnnnnnn')
})

test('what only a refusing or silent neighbour has does not stop the origin', () => {
  const demand = '#'.repeat(12)
  const refusing = { has: '........xxxx', isRefusing: true }
  for (const neighbour of [refusing, '........xxxA'])
    expect(planFor({ neighbours: { n: neighbour }, demand }).picture).toBe('o'.repeat(12))
})

test('a run of the origin goes on while there is no reason to change it', () => {
  const demand = { lacks: '########', origin: 'oooooooo' }
  const { plan, picture } = planFor({ swarm: 'off', demand })
  expect(plan.origin.size).toBe(0)
  expect(picture).toBe('oooooooo')
})

test('what no neighbour can give in time waits for the next run of the origin', () => {
  const neighbours = { slow: { has: '.....x..', chunkMs: 3_000 } }
  const demand = { lacks: '#....#..', origin: 'o.......' }
  expect(planFor({ neighbours, demand }).picture).toBe('o.......')
})

test('a run of the origin is cut when a neighbour turns up who has the rest', () => {
  const demand = { lacks: '#'.repeat(16), origin: 'o'.repeat(16) }
  const neighbours = { n: '........xxxxxxxx' }
  expect(planFor({ neighbours, demand }).picture).toBe('oooooooonnnnnnnn')
})

test('a run of the origin is cut before what is held by now', () => {
  const demand = { lacks: '#'.repeat(16), origin: 'o'.repeat(16) }
  expect(planFor({ held: '........########', demand }).picture).toBe('oooooooo........')
})

test('a run of the origin whose first chunk is held by now goes on behind it', () => {
  const decided = planFor({
    held: '#...............',
    demand: { lacks: '.###............', origin: 'oooooooooooooooo', of: [0, 16] },
    swarm: 'off',
  })
  expect(decided.picture.slice(1, 4)).toBe('ooo')
  for (const each of decided.origins) expect(each && each.from < each.to).toBe(true)
})

test('a run of the origin whose first chunks others gave is read past these, unless they are many', () => {
  const demand = { lacks: '....############', origin: 'o'.repeat(16) }
  const few = planFor({ held: '####............', demand, swarm: 'off' })
  expect(few.plan.origin.size).toBe(0)
  const behind = { lacks: '.....###########', origin: 'o'.repeat(16) }
  const many = planFor({ held: '#####...........', demand: behind, swarm: 'off' })
  expect(many.picture).toBe('.....ooooooooooo')
})

test('a run of the origin of which all is held by now does not keep what follows waiting', () => {
  const demand = { lacks: '....############', origin: 'oooo............' }
  const line = { latencyMs: 300, chunkMs: 10 }
  const { picture } = planFor({ held: '####............', demand, line, swarm: 'off' })
  expect(picture).toBe('....oooooooooooo')
})

test('gaps between held chunks are one run where the viewer has no time to ask for each', () => {
  const held = '..##..####..#####..'
  const lacks = '##..##....##.....##'
  const line = { latencyMs: 400, chunkMs: 10 }
  const waiting = planFor({ held, demand: { lacks }, line, swarm: 'off' })
  expect(waiting.picture).toBe('oooooooooooo.......')
  const patient = planFor({ held, demand: { lacks, bufferedMs: 5_000 }, line, swarm: 'off' })
  expect(patient.picture).toBe('oo.................')
})

test('a run of the origin is cut for a neighbour no nearer than it could be asked again', () => {
  const neighbours = { n: 'x'.repeat(24) }
  const demand = { lacks: '#'.repeat(24), origin: 'o'.repeat(24) }
  const near = planFor({ neighbours, demand, line: { latencyMs: 10, chunkMs: 10 } })
  const far = planFor({ neighbours, demand, line: { latencyMs: 500, chunkMs: 10 } })
  const runLength = ({ origins: [given] }: typeof near) => (given ? given.to - given.from : 0)
  expect(runLength(near)).toBeLessThan(8)
  expect(runLength(far)).toBeGreaterThan(10)
})

test('a chunk that the video waits for is fetched though the origin is busy further on', () => {
  const demand = { lacks: '..##############', origin: '........oooooooo', bufferedMs: 0 }
  expect(planFor({ demand }).picture).toMatch(/^\.\.o/)
})

test('where the origin must not be asked, it never is', () => {
  const demand = { lacks: '####', origin: 'oooo' }
  expect(planFor({ isOriginOpen: false, demand: '####' }).picture).toBe('....')
  const { plan, picture } = planFor({ isOriginOpen: false, demand })
  expect(picture).toBe('....')
  expect(plan.origin.get(0)).toBeUndefined()
  expect(plan.origin.has(0)).toBe(true)
})

test('where the origin must not be asked, even a slow neighbour is', () => {
  const neighbours = { slow: { has: 'xxxx', chunkMs: 3_000 } }
  expect(planFor({ isOriginOpen: false, neighbours, demand: '####' }).picture).toBe('ssss')
})

test('where the origin must not be asked, a late chunk stays with the only one who has it', () => {
  const late = { has: 'a...', askedAgoMs: 2 * SECOND, progressAgoMs: 10 }
  const decided = planFor({ isOriginOpen: false, neighbours: { late }, demand: '#...' })
  expect(decided.cancelled).toBe('....')
})

test('what comes next is asked for ahead, in order, and leaves half of the room free', () => {
  const n = { has: 'x'.repeat(16), maxWants: 10 }
  expect(planFor({ neighbours: { n }, prefetch: '..>>>>>>>>>>>>>>' }).picture).toBe(
    '..nnnnn.........',
  )
})

test('nothing is asked for ahead past the end of what may be', () => {
  expect(planFor({ neighbours: { n: 'xxxxxxxx' }, prefetch: '.>>>....' }).picture).toBe('.nnn....')
})

test('a demand comes before what is asked for ahead', () => {
  const n = { has: 'xxxxxxxx', maxWants: 4 }
  const decided = planFor({ neighbours: { n }, demand: '....####', prefetch: '>>>>>>>>' })
  expect(decided.picture).toBe('....nnnn')
})

test('what is held, asked for or coming from the origin is not asked for ahead', () => {
  const decided = planFor({
    held: '#.....#.........',
    neighbours: { n: 'xx..xx.xxxxxxxxx', asked: 'xaaxxxxxxxxxxxxx' },
    demand: { lacks: '...#............', origin: '...oooo.........', of: [0, 16] },
    prefetch: '>>>>>>>>........',
  })
  expect(decided.picture.slice(0, 7)).toBe('...oooo')
  expect(decided.picture.slice(7)).toMatch(/^[na]\.{8}$/)
})

test('nothing is asked for ahead of the origin', () => {
  expect(planFor({ neighbours: { n: '....' }, prefetch: '>>>>' }).picture).toBe('....')
})

test('of two demands the one whose viewer waits is served first', () => {
  const n = { has: 'xxxxxxxx', maxWants: 4 }
  const enough = { lacks: '####....', bufferedMs: 30 * SECOND }
  const waits = { lacks: '....####', bufferedMs: 0 }
  const expected = '....nnnn'
  expect(planFor({ neighbours: { n }, demand: enough, others: [waits] }).picture).toBe(expected)
  expect(planFor({ neighbours: { n }, demand: waits, others: [enough] }).picture).toBe(expected)
})

test('a chunk that two demands lack is asked for once', () => {
  const neighbours = { n: 'xxxx', m: 'xxxx' }
  const { picture } = planFor({ neighbours, demand: '##..', others: [{ lacks: '.##.' }] })
  expect(picture).toMatch(/^[nm]{3}\.$/)
})

test('what the origin is about to give to one response is shared by another, whatever the first has asked for', () => {
  const element = { lacks: '..##....', origin: '..oooooo', bufferedMs: 20 * SECOND }
  const loader = { lacks: '..######', isPlayed: false }
  const { plan, origins } = planFor({ demand: element, others: [loader] })
  expect(origins).toEqual([run(2, 8), undefined])
  // The first has enough from where it is: it is read on for the other.
  expect([...plan.readTo]).toEqual([[0, 8]])
  expect([...plan.sharing]).toEqual([1])
})

test('what both have asked for is read for the first already', () => {
  const first = { lacks: '..##....', origin: '..oooooo' }
  const { plan, origins } = planFor({ demand: first, others: [{ lacks: '..##....' }] })
  expect(origins).toEqual([run(2, 8), undefined])
  expect(plan.readTo.size).toBe(0)
})

test('of two responses that begin together one has the run of the origin', () => {
  const lacks = `${'#'.repeat(32)}${'.'.repeat(100)}`
  const { origins } = planFor({ demand: lacks, others: [{ lacks }] })
  expect(origins.filter(each => each)).toEqual([run(0, lacks.length)])
})

test('who is far ahead of the run of another has one of his own, and the other ends where that begins', () => {
  const near = { lacks: `##${'.'.repeat(198)}`, origin: 'o'.repeat(200) }
  const far = { lacks: `${'.'.repeat(100)}##${'.'.repeat(98)}`, isPlayed: false }
  const planned = planFor({ demand: near, others: [far] })
  expect(planned.origins[1]).toEqual(run(100, 200))
  const { origins } = planFor({ demand: near, others: [{ ...far, origin: marks(100, 200) }] })
  expect(origins).toEqual([run(0, 100), run(100, 200)])
})

test('a run does not begin into that of another', () => {
  const ahead = { lacks: NOTHING, origin: marks(500, 1_000) }
  const { origins } = planFor({ demand: ahead, others: [{ lacks: LONG, isPlayed: false }] })
  expect(origins).toEqual([run(500, 1_000), run(0, 500)])
})

test('a run that gives to another is that of the origin alone: shut, it gives nothing', () => {
  const first = { lacks: '..##....', origin: '..oooooo' }
  const scene = { neighbours: { n: 'xxxxxxxx' }, demand: first, others: [{ lacks: '....##..' }] }
  expect(planFor({ ...scene, isOriginOpen: false }).picture).toBe('..nnnn..')
})

test('what came and will be held in a moment is asked of nobody', () => {
  const { picture } = planFor({ held: '++..', neighbours: { n: 'xx..' }, demand: '####' })
  expect(picture).toBe('..oo')
  expect(planFor({ held: '++..', demand: '##..', neighbours: { n: 'xxxx' } }).picture).toBe('....')
})

test('a late chunk that two demands lack is cancelled once', () => {
  const late = { has: 'a...', askedAgoMs: 2 * SECOND, progressAgoMs: 10 }
  const { plan } = planFor({ neighbours: { late }, demand: '#...', others: [{ lacks: '#...' }] })
  expect(plan.cancels.get('late')).toEqual([0])
})

test('whoever waits for a chunk on its way is thought of again before long', () => {
  const { plan } = planFor({ neighbours: { n: 'xxxx' }, demand: '####' })
  expect(plan.againAtMs).toBeGreaterThan(NOW_MS)
  expect(plan.againAtMs).toBeLessThan(NOW_MS + 5 * SECOND)
})

test('with nothing to do there is no plan', () => {
  const { plan } = planFor({ held: '####', neighbours: { n: 'xxxx' }, prefetch: '>>>>' })
  expect(plan.wants.size + plan.cancels.size + plan.origin.size).toBe(0)
  expect(plan.againAtMs).toBeUndefined()
})

/* Any situation at all: some of these no client would ever be in. */
const CHUNKS = 40
const someChunks = fc
  .array(fc.boolean(), { minLength: CHUNKS, maxLength: CHUNKS })
  .map(marks => marks.flatMap((isIn, index) => (isIn ? [chunk(index)] : [])))
const someRun = fc
  .tuple(fc.nat(CHUNKS - 1), fc.integer({ min: 1, max: CHUNKS }))
  .map(([from, length]) => run(from, Math.min(from + length, CHUNKS)))

const someNeighbour = fc.record({
  has: someChunks,
  maxWants: fc.integer({ min: 0, max: 64 }),
  chunkMs: fc.double({ min: 0.5, max: 5_000, noNaN: true }),
  latencyMs: fc.double({ min: 0, max: 2_000, noNaN: true }),
  progressAgoMs: fc.nat(5_000),
  isRefusing: fc.boolean(),
})

const someDemand = fc.record({
  run: someRun,
  cursor: fc.nat(CHUNKS),
  missing: someChunks,
  isPlayed: fc.boolean(),
  bufferedMs: fc.nat(60_000),
  chunkMs: fc.option(fc.integer({ min: 1, max: 2_000 }), { nil: undefined }),
  origin: fc.option(someRun, { nil: undefined }),
})

const someSituation = fc
  .record({
    neighbours: fc.array(someNeighbour, { maxLength: 5 }),
    /** Which neighbour was asked for each chunk, if any, and how long ago. */
    asked: fc.array(fc.tuple(fc.nat(9), fc.nat(5_000)), { minLength: CHUNKS, maxLength: CHUNKS }),
    held: someChunks,
    arriving: someChunks,
    demands: fc.array(someDemand, { maxLength: 3 }),
    handedChunks: fc.nat(1_000),
    jumps: fc.nat(10),
    swarm: fc.constantFrom('off' as const, 'searching' as const, 'over' as const),
    isOriginOpen: fc.boolean(),
    prefetch: someRun,
  })
  .map(({ neighbours, asked, held, arriving, demands, ...others }): Situation => {
    const book = new SourceBook(CHUNKS)
    for (const [at, each] of neighbours.entries()) {
      book.join(String(at), each.maxWants, NOW_MS - 60_000)
      const neighbour = book.get(String(at))
      if (!neighbour) continue
      for (const index of each.has) neighbour.has.add(index)
      for (const [index, [whom, agoMs]] of asked.entries())
        if (whom === at && neighbour.has.has(chunk(index)))
          neighbour.asked(chunk(index), NOW_MS - agoMs)
      neighbour.progressed(NOW_MS - each.progressAgoMs)
      neighbour.chunkMs = each.chunkMs
      neighbour.latencyMs = each.latencyMs
      if (each.isRefusing) neighbour.refused([], 0, NOW_MS)
    }
    return {
      nowMs: NOW_MS,
      book,
      held: new ChunkSet(CHUNKS, runsOf(held)),
      arriving: new Set(arriving),
      demands: demands.map((each, id): Demand => {
        const within = (index: number) => index >= each.run.from && index < each.run.to
        const origin = each.origin && within(each.origin.from) ? each.origin : undefined
        return {
          ...each,
          id,
          cursor: chunk(Math.min(Math.max(each.cursor, each.run.from), each.run.to)),
          missing: new Set(each.missing.filter(within)),
          origin: origin && run(origin.from, Math.min(origin.to, each.run.to)),
        }
      }),
      ...others,
    }
  })

const RUNS = { numRuns: 3_000 }

test('no neighbour is asked for what it lacks, is held, or was asked for before', () => {
  fc.assert(
    fc.property(someSituation, situation => {
      const { wants, cancels } = plan(situation)
      const asked = new Set<number>()
      for (const [id, indices] of wants) {
        const neighbour = situation.book.get(id)
        for (const index of indices) {
          expect(neighbour?.has.has(index), `${id} has ${index}`).toBe(true)
          expect(situation.held.has(index), `${index} is held`).toBe(false)
          expect(asked.has(index), `${index} is asked twice`).toBe(false)
          asked.add(index)
          const before = situation.book.asked().get(index)
          if (before) expect(cancels.get(before.id), `${index} was asked`).toContain(index)
        }
      }
    }),
    RUNS,
  )
})

test('nobody is asked for more than its pipeline holds, nor while it is silent or refuses', () => {
  fc.assert(
    fc.property(someSituation, situation => {
      const { wants, cancels } = plan(situation)
      for (const [id, indices] of wants) {
        const neighbour = situation.book.get(id)
        if (!neighbour) throw new Error(`${id} is no neighbour`)
        const cancelled = new Set(cancels.get(id)).size
        const queued = neighbour.asks.size - cancelled + indices.length
        expect(queued).toBeLessThanOrEqual(neighbour.pipeline)
        expect(neighbour.isSilent(NOW_MS) || neighbour.isRefusing(NOW_MS)).toBe(false)
      }
    }),
    RUNS,
  )
})

test('only what a neighbour was asked for is cancelled, and each chunk once', () => {
  fc.assert(
    fc.property(someSituation, situation => {
      for (const [id, indices] of plan(situation).cancels) {
        expect(new Set(indices).size).toBe(indices.length)
        for (const index of indices) expect(situation.book.get(id)?.asks.has(index)).toBe(true)
      }
    }),
    RUNS,
  )
})

test('the origin gives no chunk outside the response and starts with none that is held', () => {
  fc.assert(
    fc.property(someSituation, situation => {
      const decided = plan(situation)
      for (const [id, origin] of decided.origin) {
        const demand = situation.demands[id]
        if (!demand) throw new Error(`${id} is no demand`)
        if (!origin) continue
        expect(origin.from).toBeGreaterThanOrEqual(demand.run.from)
        expect(origin.to).toBeLessThanOrEqual(demand.run.to)
        expect(origin.from).toBeLessThan(origin.to)
        if (origin.from !== demand.origin?.from) expect(situation.held.has(origin.from)).toBe(false)
      }
    }),
    RUNS,
  )
})

test('the origin is asked for nothing while it must not be', () => {
  fc.assert(
    fc.property(someSituation, situation => {
      const decided = plan({ ...situation, isOriginOpen: false })
      expect(originsAfter(decided, situation.demands).filter(each => each)).toEqual([])
    }),
    RUNS,
  )
})

test('what the origin gives to a demand is not asked of a neighbour too', () => {
  fc.assert(
    fc.property(someSituation, situation => {
      const one = { ...situation, demands: situation.demands.slice(0, 1) }
      const decided = plan(one)
      const given = new Set(
        originsAfter(decided, one.demands).flatMap(each => (each ? [...chunksIn([each])] : [])),
      )
      for (const indices of decided.wants.values())
        for (const index of indices) expect(given.has(index), `${index}`).toBe(false)
    }),
    RUNS,
  )
})

test('a plan changes none of the facts that it is made from', () => {
  fc.assert(
    fc.property(someSituation, situation => {
      const facts = () =>
        JSON.stringify([
          [...situation.book.neighbours].map(each => [...each.asks, each.has.runs()]),
          situation.held.runs(),
          situation.demands.map(each => [each, ...each.missing]),
        ])
      const before = facts()
      plan(situation)
      expect(facts()).toBe(before)
    }),
  )
})

test('a viewer who waits does so for 350 ms, however long the neighbour was expected to take', () => {
  const cancelledAfter = (askedAgoMs: number) => {
    const far = { has: 'a...', latencyMs: 400, askedAgoMs, progressAgoMs: 10 }
    return planFor({ neighbours: { far }, demand: '#...' })
  }
  expect(cancelledAfter(340).cancelled).toBe('....')
  expect(cancelledAfter(360).cancelled).toBe('f...')
  expect(cancelledAfter(360).picture).toMatch(/^o/)
})

test('once one lets a viewer down, he waits for none that gave nothing since that one was asked', () => {
  // The others gave their last chunk half a second ago.
  const decide = (askedAgoMs: number) => {
    const late = { has: 'a...', askedAgoMs, progressAgoMs: 10 }
    return planFor({ neighbours: { late, backup: 'x...' }, demand: '#...' })
  }
  expect(decide(600).picture).toBe('b...')
  expect(decide(400).picture).toMatch(/^o/)
  expect(decide(400).plan.letDownSinceMs).toBe(NOW_MS - 400)
})

test('no chunk waits for a neighbour that takes no wants', () => {
  const neighbours = { none: { has: 'x'.repeat(16), maxWants: 0 } }
  for (const bufferedMs of [0, 2 * SECOND]) {
    const demand = { lacks: '#'.repeat(16), bufferedMs }
    const { picture, plan } = planFor({ neighbours, demand })
    expect(picture).toBe('o'.repeat(16))
    expect(plan.againAtMs).toBeUndefined()
  }
})

test('a run of the origin whose first chunks others gave goes on also where there is time to ask anew', () => {
  const demand = { lacks: '....############', origin: 'o'.repeat(16), bufferedMs: 8 * SECOND }
  expect(planFor({ held: '####............', demand, swarm: 'off' }).plan.origin.size).toBe(0)
})
