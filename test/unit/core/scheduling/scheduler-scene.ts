/** Draws what the scheduler is given and what it decides, one character a chunk. */

import { ChunkSet } from '../../../../src/core/chunk-set.js'
import type { Neighbour } from '../../../../src/core/scheduling/neighbour.js'
import { type Plan, plan } from '../../../../src/core/scheduling/scheduler.js'
import type { Demand, Line, SwarmState } from '../../../../src/core/scheduling/situation.js'
import { SourceBook } from '../../../../src/core/scheduling/source-book.js'
import { type ChunkIndex, type ChunkRun, chunk, run, runsOf } from '../../../../src/core/units.js'

export const NOW_MS = 100_000

/** Playing time of a chunk in these films: 64 KiB at 5.2 Mbit/s. */
export const FILM_CHUNK_MS = 100

export interface NeighbourScene {
  /** `x` it has, `a` it has and was asked for just now; a capital `A`: it was asked long ago and has been silent since. */
  has: string
  chunkMs?: number
  latencyMs?: number
  maxWants?: number
  /** Chunks that it gave so far. @default enough to be trusted */
  gave?: number
  isRefusing?: boolean
  /** How long ago it was asked for what is marked `a`. */
  askedAgoMs?: number
  /** How long ago it gave some other chunk. */
  progressAgoMs?: number
}

export interface DemandScene {
  /** `#` the worker lacks. */
  lacks: string
  /** First chunk that the video was not given. @default the first one that is lacking */
  cursor?: number
  /** @default 0, the video waits */
  bufferedMs?: number
  /** Playing time of a chunk; `null`: not known yet. */
  chunkMs?: number | null
  isPlayed?: boolean
  /** `o` was granted from the origin, and has not come. */
  origin?: string
  /** First and last chunk of the response. @default the whole film */
  of?: readonly [number, number]
}

export interface Scene {
  /** `#` is held, `+` will be in a moment. */
  held?: string
  /** By name; in the answer each is drawn as the first letter of its name, so these must differ. */
  neighbours?: Readonly<Record<string, string | NeighbourScene>>
  demand?: string | DemandScene
  /** Further demands. */
  others?: readonly DemandScene[]
  /** `>` may be asked for ahead of demand. */
  prefetch?: string
  swarm?: SwarmState
  handedChunks?: number
  jumps?: number
  isOriginOpen?: boolean
  /** @default not known yet */
  line?: Line
}

export interface Decided {
  /** Who gives a chunk from now on: a neighbour's letter, or `o` for the origin. Both or twice: `!`. */
  readonly picture: string
  /** Who is sent a cancel for a chunk. */
  readonly cancelled: string
  /** What the origin gives to each demand from now on. */
  readonly origins: readonly (ChunkRun | undefined)[]
  readonly plan: Plan
}

export function planFor(scene: Scene): Decided {
  const { swarm = 'over', isOriginOpen = true, others = [], prefetch = '' } = scene
  const chunkCount = widthOf(scene)
  const book = new SourceBook(chunkCount)
  for (const [id, each] of Object.entries(scene.neighbours ?? {}))
    join(book, id, typeof each === 'string' ? { has: each } : each)
  const first = typeof scene.demand === 'string' ? { lacks: scene.demand } : scene.demand
  const demands = [...(first ? [first] : []), ...others].map((each, id) =>
    demandOf(each, id, chunkCount),
  )
  const decided = plan({
    nowMs: NOW_MS,
    book,
    held: new ChunkSet(chunkCount, runsOf(marked(scene.held, '#'))),
    arriving: new Set(marked(scene.held, '+')),
    demands,
    swarm,
    handedChunks: scene.handedChunks ?? 0,
    jumps: scene.jumps ?? 1,
    isOriginOpen,
    line: scene.line,
    prefetch: runsOf(marked(prefetch, '>'))[0] ?? run(0, 0),
  })
  const origins = originsAfter(decided, demands)
  return {
    picture: draw(chunkCount, decided.wants, origins),
    cancelled: draw(chunkCount, decided.cancels),
    origins,
    plan: decided,
  }
}

/** What the origin gives to each demand once a plan was carried out. */
export const originsAfter = ({ origin }: Plan, demands: readonly Demand[]) =>
  demands.map(each => (origin.has(each.id) ? origin.get(each.id) : each.origin))

function join(book: SourceBook, id: string, scene: NeighbourScene): Neighbour | undefined {
  const { has, maxWants = 64, askedAgoMs = 0, progressAgoMs, isRefusing = false, gave = 64 } = scene
  book.join(id, maxWants, NOW_MS - 60_000)
  const neighbour = book.get(id)
  for (let index = 0; index < gave; index++)
    neighbour?.checked(chunk(index), true, { nowMs: NOW_MS - 500 })
  for (const index of marked(has, 'xaA')) neighbour?.has.add(index)
  if (neighbour) neighbour.chunkMs = scene.chunkMs ?? neighbour.chunkMs
  if (neighbour) neighbour.latencyMs = scene.latencyMs ?? neighbour.latencyMs
  for (const index of marked(has, 'A')) neighbour?.asked(index, NOW_MS - 30_000)
  for (const index of marked(has, 'a')) neighbour?.asked(index, NOW_MS - askedAgoMs)
  if (progressAgoMs !== undefined) neighbour?.progressed(NOW_MS - progressAgoMs)
  if (isRefusing) neighbour?.refused([], 0, NOW_MS)
  return neighbour
}

function demandOf(scene: DemandScene, id: number, chunkCount: number): Demand {
  const { lacks, bufferedMs = 0, chunkMs = FILM_CHUNK_MS, isPlayed = true, origin, of } = scene
  const missing = marked(lacks, '#')
  return {
    id,
    run: of ? run(of[0], of[1]) : run(0, chunkCount),
    cursor: chunk(scene.cursor ?? missing[0] ?? 0),
    missing: new Set(missing),
    isPlayed,
    bufferedMs,
    chunkMs: chunkMs ?? undefined,
    origin: runsOf(marked(origin, 'o'))[0],
  }
}

function widthOf({ held = '', neighbours = {}, demand = '', others = [], prefetch = '' }: Scene) {
  const pictures = [
    held,
    prefetch,
    ...Object.values(neighbours).map(each => (typeof each === 'string' ? each : each.has)),
    ...[demand, ...others].map(each => (typeof each === 'string' ? each : each.lacks)),
  ]
  return Math.max(...pictures.map(each => each.length))
}

const marked = (picture = '', marks: string): ChunkIndex[] =>
  [...picture].flatMap((mark, index) => (marks.includes(mark) ? [chunk(index)] : []))

function draw(
  chunkCount: number,
  lists: ReadonlyMap<string, readonly ChunkIndex[]>,
  origins: readonly (ChunkRun | undefined)[] = [],
): string {
  const picture = Array.from({ length: chunkCount }, () => '.')
  const mark = (index: number, letter: string) => {
    picture[index] = picture[index] === '.' ? letter : '!'
  }
  for (const [id, indices] of lists) for (const index of indices) mark(index, id.charAt(0))
  for (const each of origins) if (each) for (let at = each.from; at < each.to; at++) mark(at, 'o')
  return picture.join('')
}
