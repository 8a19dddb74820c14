/** What a viewer does now, by all it knows: asks neighbours, grants chunks from the origin, and holds responses. */

import type { ChunkSet } from '../chunk-set.js'
import type { OriginLine } from '../scheduling/origin-line.js'
import { type Plan, plan } from '../scheduling/scheduler.js'
import type { SourceBook } from '../scheduling/source-book.js'
import { earliest } from './earliest.js'
import type { OpenDemand } from './open-demand.js'
import { type Playback, withLength } from './playback.js'
import { isWatched, prefetchRun, type Viewing, viewedChunk } from './prefetch.js'
import type { Responses } from './responses.js'
import type { SearchState } from './search.js'
import type { ViewerAction } from './viewer-messages.js'

/** A response that waits for what the origin gives to another is held as if its video had this much ahead: half of it at a time. */
const SHARED_HOLD_MS = 2_000

export interface Known {
  readonly chunkCount: number
  readonly held: ChunkSet
  readonly book: SourceBook
  readonly responses: Responses
  readonly line: OriginLine
  readonly search: SearchState
  readonly playback: Playback | undefined
  readonly hasRoom: boolean
  readonly isOriginOpen: boolean
}

export interface Decided {
  readonly actions: readonly ViewerAction[]
  /** When to decide again if nothing happens until then; `undefined`: only when something happens. */
  readonly againAtMs: number | undefined
}

export function decide(known: Known, nowMs: number): Decided {
  const { chunkCount, book, held, responses, isOriginOpen } = known
  const { arriving, handedChunks, jumps } = responses
  const open = [...responses.open.values()]
  const readChunks = Math.max(0, ...open.map(({ cursor }) => cursor))
  const playback = withLength(known.playback, readChunks, chunkCount)
  const demands = open.map(each => each.facts(playback, chunkCount, nowMs))
  const viewing: Viewing = { chunkCount, playback, demands, handedChunks, hasRoom: known.hasRoom }
  const decided = plan({
    nowMs,
    book,
    held,
    arriving,
    demands,
    swarm: known.search,
    handedChunks,
    jumps,
    isOriginOpen,
    line: known.line.facts,
    prefetch: prefetchRun(viewing),
  })
  const actions: ViewerAction[] = []
  const times: (number | undefined)[] = [decided.againAtMs]
  if (isWatched(viewing)) actions.push({ type: 'watch', index: viewedChunk(viewing) })
  ask(known, decided, nowMs, actions)
  grant(known, decided, nowMs, actions)
  readOn(known, decided, nowMs, actions)
  for (const [at, each] of open.entries()) {
    const sharedMs = decided.sharing.has(each.id) ? SHARED_HOLD_MS : 0
    const hold = each.hold(Math.max(demands[at]?.bufferedMs ?? 0, sharedMs), nowMs)
    if (isHopeless(each, known)) actions.push({ type: 'exhausted', demand: each.id })
    if (hold.forMs !== undefined) actions.push({ type: 'hold', demand: each.id, forMs: hold.forMs })
    times.push(hold.againAtMs, each.originStallsAtMs(nowMs))
  }
  return { actions, againAtMs: earliest(times) }
}

/** Asks neighbours and lets them off, which is written into the book. */
function ask({ book }: Known, planned: Plan, nowMs: number, actions: ViewerAction[]): void {
  book.letDown(planned.letDownSinceMs)
  for (const [peer, indices] of planned.cancels) {
    for (const index of indices) book.get(peer)?.cancelled(index, nowMs)
    actions.push({ type: 'cancel', peer, indices })
  }
  for (const [peer, indices] of planned.wants) {
    for (const index of indices) book.get(peer)?.asked(index, nowMs)
    actions.push({ type: 'want', peer, indices })
  }
}

function grant(known: Known, { origin }: Plan, nowMs: number, actions: ViewerAction[]): void {
  for (const [id, run] of origin) {
    const demand = known.responses.open.get(id)
    if (run && run.from !== demand?.origin?.from) known.line.asked(nowMs)
    demand?.granted(run, nowMs)
    actions.push({ type: 'grant', demand: id, run })
  }
}

function readOn(
  { responses }: Known,
  { readTo }: Plan,
  nowMs: number,
  actions: ViewerAction[],
): void {
  for (const [id, to] of readTo)
    if (responses.open.get(id)?.readOn(to, nowMs)) actions.push({ type: 'read-on', demand: id, to })
}

/** Whether no source is left for what a video waits for: then the response fails, as over plain HTTP. */
function isHopeless({ missing, hasOriginFailed, cursor }: OpenDemand, known: Known): boolean {
  if (!hasOriginFailed || known.search === 'searching' || missing.size === 0) return false
  if (known.held.has(cursor)) return false
  return ![...known.book.neighbours].some(({ has }) => has.has(cursor))
}
