/** Generated messages of every type, for a resource of so many chunks. */

import fc from 'fast-check'
import { type ChunkRun, chunk, run } from '../../../src/core/units.js'
import { MOST_MANIFEST_BYTES, type PeerMessage } from '../../../src/swarm/messages.js'

/** Ascending runs that do not overlap, though they may touch: what a list on the wire may be. */
export const someRuns = (chunkCount: number, most = 300): fc.Arbitrary<ChunkRun[]> =>
  fc
    .uniqueArray(fc.nat(chunkCount), { minLength: 2, maxLength: 2 * most })
    .map(ends => ends.sort((a, b) => a - b))
    .map(ends =>
      ends.flatMap((from, at) => {
        const to = ends[at + 1]
        return at % 2 === 0 && to !== undefined ? [run(from, to)] : []
      }),
    )

export function someMessage(
  chunkCount: number,
  { mostRuns = 300, mostBytes = 2_000 } = {},
): fc.Arbitrary<PeerMessage> {
  const runs = someRuns(chunkCount, mostRuns)
  const u32 = fc.nat(0xffff_ffff)
  const index = fc.nat(chunkCount - 1).map(chunk)
  const bytes = (least: number, most: number) =>
    fc
      .uint8Array({ minLength: least, maxLength: most })
      .map(each => new Uint8Array<ArrayBuffer>(each.slice().buffer))
  return fc.oneof(
    fc.record({
      type: fc.constant('hello' as const),
      version: fc.nat(255),
      role: fc.constantFrom('provider' as const, 'receiver' as const),
      maxWants: fc.nat(65_535),
      maxMessageBytes: u32,
      root: bytes(32, 32),
    }),
    fc.record({ type: fc.constantFrom('have', 'lost', 'want', 'cancel'), runs }),
    fc.record({ type: fc.constant('busy' as const), retryMs: u32, runs }),
    fc.record({
      type: fc.constant('data' as const),
      index,
      offset: u32,
      bytes: bytes(1, mostBytes),
    }),
    fc.record({ type: fc.constant('position' as const), index }),
    fc.record({
      type: fc.constant('bye' as const),
      reason: fc.constantFrom('leaving', 'protocol', 'corrupt', 'crowded'),
    }),
    fc.record({
      type: fc.constant('join' as const),
      offerId: fc.stringMatching(/^[0-9A-Za-z]{20}$/),
      lane: fc.nat(65_535),
      proof: bytes(32, 32),
    }),
    fc.record({
      type: fc.constant('ask-manifest' as const),
      offset: u32,
      length: fc.integer({ min: 1, max: MOST_MANIFEST_BYTES }),
    }),
    fc.record({ type: fc.constant('manifest' as const), offset: u32, bytes: bytes(0, mostBytes) }),
  )
}
