/** What a viewer does now, by all it knows: asks neighbours, grants chunks to the origin, and tells responses why they wait. */

import type { ChunkSet } from '../chunk-set.js'
import type { OriginLine } from '../origin-line.js'
import { type Plan, plan } from '../scheduler.js'
import type { SourceBook } from '../source-book.js'
import type { ChunkIndex } from '../units.js'
import type { OpenDemand } from './open-demand.js'
import { type Playback, withLength } from './playback.js'
import { isWatched, prefetchRun, type Viewing, viewedChunk } from './prefetch.js'
import type { SearchState } from './search.js'
import type { ViewerAction } from './viewer-messages.js'

/** A response that waits for what the origin gives to another is told to wait as if its video had this much ahead: half of it at a time. */
const SHARED_HOLD_MS = 2_000

export interface Known {
  readonly chunkCount: number
  readonly held: ChunkSet
  /** Chunks that the origin gave, and that are not kept yet. */
  readonly arriving: ReadonlySet<ChunkIndex>
  readonly book: SourceBook
  readonly demands: ReadonlyMap<number, OpenDemand>
  readonly line: OriginLine
  readonly search: SearchState
  readonly playback: Playback | undefined
  readonly handedChunks: number
  readonly hasRoom: boolean
  readonly isOriginOpen: boolean
}

export interface Decided {
  readonly actions: readonly ViewerAction[]
  /** When to decide again if nothing happens until then; `undefined`: only when something happens. */
  readonly againAtMs: number | undefined
}

export function decide(known: Known, nowMs: number): Decided {
  const { chunkCount, handedChunks, hasRoom, book, held, arriving, search, isOriginOpen } = known
  const open = [...known.demands.values()]
  const readChunks = Math.max(0, ...open.map(({ cursor }) => cursor))
  const playback = withLength(known.playback, readChunks, chunkCount)
  const demands = open.map(each => each.facts(playback, chunkCount, nowMs))
  const viewing: Viewing = { chunkCount, playback, demands, handedChunks, hasRoom }
  const decided = plan({
    ...{ nowMs, book, held, arriving, demands, swarm: search, isOriginOpen, handedChunks },
    line: known.line.facts,
    prefetch: prefetchRun(viewing),
  })
  const holds = open.map((each, at) => {
    const sharedMs = decided.sharing.has(each.id) ? SHARED_HOLD_MS : 0
    return each.hold(Math.max(demands[at]?.bufferedMs ?? 0, sharedMs), nowMs)
  })
  const actions: ViewerAction[] = [
    ...(isWatched(viewing) ? [{ type: 'watch', index: viewedChunk(viewing) } as const] : []),
    ...asked(known, decided, nowMs),
    ...granted(known, decided, nowMs),
    ...readOn(known, decided, nowMs),
    ...open
      .filter(each => isHopeless(each, known))
      .map(({ id }) => ({ type: 'exhausted', demand: id }) as const),
    ...open.flatMap(({ id }, at) => {
      const forMs = holds[at]?.forMs
      return forMs === undefined ? [] : [{ type: 'hold', demand: id, forMs } as const]
    }),
  ]
  const times = [
    decided.againAtMs,
    ...holds.map(({ againAtMs }) => againAtMs),
    ...open.map(each => each.originStallsAtMs(nowMs)),
  ].filter(atMs => atMs !== undefined)
  return { actions, againAtMs: times.length > 0 ? Math.min(...times) : undefined }
}

/** Writes into the book what neighbours are asked for from now on. */
function asked({ book }: Known, { cancels, wants, letDownSinceMs }: Plan, nowMs: number) {
  const actions: ViewerAction[] = []
  book.letDown(letDownSinceMs)
  for (const [peer, indices] of cancels) {
    for (const index of indices) book.get(peer)?.cancelled(index, nowMs)
    actions.push({ type: 'cancel', peer, indices })
  }
  for (const [peer, indices] of wants) {
    for (const index of indices) book.get(peer)?.asked(index, nowMs)
    actions.push({ type: 'want', peer, indices })
  }
  return actions
}

function granted({ demands, line }: Known, { origin }: Plan, nowMs: number): ViewerAction[] {
  return [...origin].map(([id, run]) => {
    const demand = demands.get(id)
    if (run && run.from !== demand?.origin?.from) line.asked(nowMs)
    demand?.granted(run, nowMs)
    return { type: 'grant', demand: id, run }
  })
}

function readOn({ demands }: Known, { readTo }: Plan, nowMs: number): ViewerAction[] {
  return [...readTo]
    .filter(([id, to]) => demands.get(id)?.readOn(to, nowMs))
    .map(([id, to]) => ({ type: 'read-on', demand: id, to }))
}

/** Whether nobody is left who could give what a video waits for: then it must be told so, as over plain HTTP. */
function isHopeless({ missing, hasOriginFailed, cursor }: OpenDemand, known: Known): boolean {
  if (!hasOriginFailed || known.search === 'searching' || missing.size === 0) return false
  if (known.held.has(cursor)) return false
  return ![...known.book.neighbours].some(({ has }) => has.has(cursor))
}
