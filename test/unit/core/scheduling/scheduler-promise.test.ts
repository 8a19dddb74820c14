/**
 * The seventh promise of the scheduler: whatever peers do, no more stillness than without them on the same line, no more of
 * the origin, and little in vain. A virtual clock, the real scheduler and its book, a modelled line, video and peers.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { holds } from '../../../fuzz/decoder.js'
import {
  HOSTILE,
  mustBeNoWorse,
  PATIENCE_MS,
  scheduler,
  steady,
  untilChange,
} from '../../../fuzz/scheduler.js'
import { watch } from './scheduler-world.js'

/** Other worlds are drawn by `npm run fuzz`. */
const SEED = 1

const SLOW_LINE = {
  chunkCount: 120,
  chunkMs: 350,
  variation: 0.5,
  latencyMs: 200,
  originChunkMs: 131,
  changesAtMs: 4_000,
}

for (const [what, hostile] of Object.entries(HOSTILE))
  for (const count of [1, 4, 10])
    test(`${count} that ${what}: no stiller than without, on a slow line`, () => {
      const peers = Array.from({ length: count }, hostile)
      mustBeNoWorse({ ...SLOW_LINE, peers })
      // To where nothing was fetched ahead yet.
      const seek = { atMs: 4_000, to: 250 }
      mustBeNoWorse({ ...SLOW_LINE, chunkCount: 300, peers: peers.map(hostile), seek })
    })

test('whatever peers do, on whatever line: no stiller, no more of the origin, little in vain', () => {
  fc.assert(holds(scheduler), { seed: SEED, numRuns: 500 })
}, 120_000)

test.each([20, 200, 400])(
  'honest peers that give a chunk every %i ms give what they can',
  everyMs => {
    const { originChunks } = mustBeNoWorse({
      ...SLOW_LINE,
      peers: [steady({ everyMs }), steady({ everyMs })],
    })
    expect(originChunks).toBeLessThan(10)
  },
)

test.each([1, 4, 10, 20])(
  '%i that were true until a seek cost it one wait, and not one each',
  count => {
    const gives = untilChange
    const peers = Array.from({ length: count }, () => steady({ everyMs: 15, gives }))
    const seek = { atMs: 8_000, to: 330 }
    const world = { ...SLOW_LINE, chunkCount: 400, changesAtMs: 8_000, seek, peers }
    const { stallMs } = watch({ ...world, peers: [] })
    expect(watch(world).stallMs).toBeLessThanOrEqual(stallMs + PATIENCE_MS)
  },
)
