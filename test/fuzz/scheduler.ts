/**
 * The seventh promise of the scheduler, for any world: whatever peers do, no more stillness than without them on the same line,
 * no more of the origin, and little in vain. A virtual clock, the real scheduler and its book, a modelled line, video and peers.
 */

import fc from 'fast-check'
import type { ChunkIndex } from '../../src/core/units.js'
import {
  type Outcome,
  type Peer,
  type Says,
  type World,
  watch,
} from '../unit/core/scheduling/scheduler-world.js'
import { type Fuzzed, must } from './decoder.js'

/** A viewer who has come to a place, and waits, may wait this much longer there, MOST_PATIENCE_MS of the scheduler; and in all by a chunk. */
export const PATIENCE_MS = 350
/** A chunk in vain for so many of use: USED_A_WASTED of the book. */
const USED_A_WASTED = 16

interface Manner {
  readonly everyMs: number
  readonly latencyMs?: number
  readonly isDeaf?: boolean
  /** Whether it still gives. */
  readonly gives?: (given: number, nowMs: number, says: Says) => boolean
}

/** One that gives a chunk every so many ms, in the order in which it was asked, and for as long as it likes. */
export function steady({
  everyMs,
  latencyMs = 20,
  isDeaf = false,
  gives = () => true,
}: Manner): Peer {
  const about = JSON.stringify({ everyMs, latencyMs, isDeaf }) + gives
  const list: ChunkIndex[] = []
  let isBusy = false
  let given = 0
  const goOn = (says: Says, afterMs: number) => {
    isBusy = list.length > 0
    if (!isBusy) return
    says.later(afterMs + everyMs, () => {
      const next = list.shift()
      if (next !== undefined) says.give(next, 0)
      given++
      goOn(says, 0)
    })
  }
  return {
    about,
    asked(indices, says, nowMs) {
      if (!gives(given, nowMs, says)) return
      list.push(...indices)
      if (!isBusy) goOn(says, latencyMs)
    },
    cancelled(indices) {
      if (isDeaf) return
      const left = list.filter(each => !indices.includes(each))
      list.splice(0, list.length, ...left)
    },
  }
}

const silent = (): Peer => ({ asked() {} })

/** Three true chunks, then a kibibyte each 580 ms. */
function trickling(): Peer {
  let given = 0
  return {
    asked(indices, says) {
      for (const index of indices)
        if (given++ < 3) says.give(index, 20)
        else for (let part = 1; part < 64; part++) says.part(part * 580)
    },
  }
}

const busy = (retryMs: number) => (): Peer => ({
  asked(indices, says) {
    says.later(10, () => says.busy(indices, retryMs))
  },
})

export const untilChange = (_given: number, nowMs: number, says: Says) => nowMs < says.changesAtMs

/** Each of these cost a viewer something once. */
export const HOSTILE: Record<string, () => Peer> = {
  'say that they have all, and take no wants': () => ({ ...silent(), maxWants: 0 }),
  'are silent': silent,
  'give three chunks, and then undersized fragments': trickling,
  'give a chunk every 580 ms': () => steady({ everyMs: 580 }),
  'do so, and are deaf to cancels': () => steady({ everyMs: 580, isDeaf: true }),
  'give a chunk every two seconds, and are deaf': () => steady({ everyMs: 2_000, isDeaf: true }),
  'are always busy': busy(0),
  'are busy for ever': busy(2 ** 32 - 1),
  'give three chunks and no more': () => steady({ everyMs: 20, gives: given => given < 3 }),
  'are true until the viewer seeks': () => steady({ everyMs: 15, gives: untilChange }),
}

/** What the promise says of a world. */
export function mustBeNoWorse(world: World): Outcome {
  const plain = watch({ ...world, peers: [] })
  const ours = watch(world)
  const mostMs = (world.seek ? 2 : 1) * PATIENCE_MS + world.chunkMs
  mustBeAtMost(ours.stallMs, plain.stallMs + mostMs, 'ms of stillness')
  mustBeAtMost(ours.originChunks, 1.05 * plain.originChunks + 1, 'chunks of the origin')
  for (const [at, wasted] of ours.wasted.entries())
    mustBeAtMost(wasted, 1 + (ours.used[at] ?? 0) / USED_A_WASTED, 'chunks in vain')
  return ours
}

const mustBeAtMost = (value: number, most: number, what: string) =>
  must(value <= most, `${value} ${what}, of ${most} at most`)

const someManner = fc.record({
  everyMs: fc.integer({ min: 5, max: 3_000 }),
  latencyMs: fc.integer({ min: 1, max: 400 }),
  isDeaf: fc.boolean(),
})
const somePeer: fc.Arbitrary<() => Peer> = fc.oneof(
  fc.constantFrom(...Object.values(HOSTILE)),
  someManner.map(manner => () => steady(manner)),
  fc.tuple(someManner, fc.nat(40)).map(
    ([manner, most]) =>
      () =>
        steady({ ...manner, gives: given => given < most }),
  ),
  someManner.map(manner => () => steady({ ...manner, gives: untilChange })),
)
const someWorld: fc.Arbitrary<World> = fc
  .record({
    chunkMs: fc.integer({ min: 80, max: 500 }),
    variation: fc.double({ min: 0, max: 0.5, noNaN: true }),
    latencyMs: fc.integer({ min: 5, max: 300 }),
    /** How much of what plays in a time the line gives in it: half is twice as fast as the film. */
    load: fc.double({ min: 0.05, max: 0.8, noNaN: true }),
    makers: fc.array(somePeer, { minLength: 1, maxLength: 10 }),
    joinsAtMs: fc.array(fc.nat(5_000), { minLength: 10, maxLength: 10 }),
    changesAtMs: fc.integer({ min: 500, max: 15_000 }),
    seekTo: fc.option(fc.integer({ min: 20, max: 110 }), { nil: undefined }),
  })
  .map(({ makers, joinsAtMs, load, seekTo, ...line }) => ({
    ...line,
    chunkCount: 120,
    originChunkMs: load * line.chunkMs,
    peers: makers.map((make, at) => ({ ...make(), joinsAtMs: joinsAtMs[at] ?? 0 })),
    seek: seekTo === undefined ? undefined : { atMs: line.changesAtMs, to: seekTo },
  }))

export const scheduler: Fuzzed<World> = {
  inputs: someWorld,
  check: world => mustBeNoWorse(world).originChunks < world.chunkCount / 2,
}
