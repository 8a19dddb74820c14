/** Lists of runs as bytes, in messages between viewers. */

import { SwarmtagError } from '../core/errors.js'
import { type ChunkRun, run } from '../core/units.js'

/** Runs in one message at most: 8 KiB. Longer lists go as several messages. */
export const MAX_RUNS = 1_024
export const RUN_BYTES = 8

/** Cuts a list of runs into pieces that each fit one message. */
export function splitRuns(runs: readonly ChunkRun[]): (readonly ChunkRun[])[] {
  const pieces: (readonly ChunkRun[])[] = []
  for (let at = 0; at < runs.length; at += MAX_RUNS) pieces.push(runs.slice(at, at + MAX_RUNS))
  return pieces
}

export function writeRuns(
  view: DataView<ArrayBuffer>,
  at: number,
  runs: readonly ChunkRun[],
): Uint8Array<ArrayBuffer> {
  runs.forEach(({ from, to }, position) => {
    view.setUint32(at + position * RUN_BYTES, from)
    view.setUint32(at + position * RUN_BYTES + 4, to)
  })
  return new Uint8Array(view.buffer)
}

/** Runs must be ascending and apart, so that no list names a chunk twice. */
export function readRuns(
  view: DataView,
  at: number,
  count: number,
  chunkCount: number,
): ChunkRun[] {
  if (count === 0 || count > MAX_RUNS) throw refused(`${count} runs`)
  requireLength(view, at + count * RUN_BYTES)
  const runs: ChunkRun[] = []
  let least = 0
  for (let position = 0; position < count; position++) {
    const from = view.getUint32(at + position * RUN_BYTES)
    const to = view.getUint32(at + position * RUN_BYTES + 4)
    if (from < least || to <= from || to > chunkCount) throw refused(`a run from ${from} to ${to}`)
    runs.push(run(from, to))
    least = to
  }
  return runs
}

/** @throws SwarmtagError `peer-protocol` */
export function requireLength(view: DataView, bytes: number): void {
  if (view.byteLength !== bytes) throw refused(`${view.byteLength} bytes instead of ${bytes}`)
}

export const refused = (what: string) => new SwarmtagError('peer-protocol', `the peer sent ${what}`)
