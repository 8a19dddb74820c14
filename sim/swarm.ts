/** Runs a crowd: viewers arrive, connect, watch and leave. */

import { CHUNK_BYTES } from '../src/core/units.js'
import { VirtualClock } from './clock.js'
import type { Film } from './film.js'
import { Origin } from './origin.js'
import { Random } from './random.js'
import { SimViewer, type ViewerLines } from './sim-viewer.js'

export interface Crowd {
  readonly seed: number
  readonly viewers: number
  /** Mean time between two arrivals, which come by chance. */
  readonly arrivalMs: number
  readonly film: Film
  readonly lines: ViewerLines
  readonly originBytesPerSecond: number
  readonly originLatencyMs: number
  /** Neighbours that each looks for. */
  readonly degree: number
  /** A viewer stays so long after the film. */
  readonly lingerMs: number
}

/** A viewer accepts more than it looks for. */
const MOST_NEIGHBOURS = 20
/** From the first word to the tracker to a hello. */
const CONNECT_MS = 600
/** Whether all have left is looked at so often. */
const STEP_MS = 1_000
/** A tracker is asked again while neighbours are wanted. */
const ANNOUNCE_MS = 15_000

export interface Outcome {
  readonly originBytes: number
  readonly playedBytes: number
  readonly offload: number
  readonly wastedShare: number
  readonly meanStartMs: number
  readonly stalledViews: number
  readonly meanDegree: number
  readonly mostDegree: number
  readonly originCopies: number
  readonly originRequests: number
  readonly events: number
  readonly virtualMs: number
}

export function simulate(crowd: Crowd): Outcome {
  const clock = new VirtualClock()
  const random = new Random(crowd.seed)
  const origin = new Origin(crowd.originBytesPerSecond, crowd.originLatencyMs)
  const here = new Set<SimViewer>()
  const all: SimViewer[] = []
  const degrees: number[] = []

  const announce = (viewer: SimViewer): void => {
    if (viewer.isGone) return
    const wanted = crowd.degree - viewer.neighbours.size
    const strangers = [...here].filter(each => each !== viewer && !viewer.neighbours.has(each.id))
    for (const each of random.some(strangers, Math.max(0, wanted)))
      clock.after(CONNECT_MS, () => {
        const isFull = [viewer, each].some(
          ({ isGone, neighbours }) => isGone || neighbours.size >= MOST_NEIGHBOURS,
        )
        if (!isFull && !viewer.neighbours.has(each.id)) viewer.meet(each)
      })
    clock.after(ANNOUNCE_MS, () => announce(viewer))
  }

  const arrive = (at: number): void => {
    const viewer: SimViewer = new SimViewer(`viewer-${at}`, crowd.lines, {
      clock,
      film: crowd.film,
      origin,
      join: () =>
        // After the constructor is through.
        clock.after(0, () => {
          viewer.handle({ type: 'counted', viewers: here.size + 1 })
          here.add(viewer)
          announce(viewer)
        }),
      ended: () => {
        degrees.push(viewer.neighbours.size)
        clock.after(crowd.lingerMs, () => {
          here.delete(viewer)
          viewer.leave()
        })
      },
    })
    all.push(viewer)
    if (at + 1 < crowd.viewers)
      clock.after(random.exponential(crowd.arrivalMs), () => arrive(at + 1))
  }

  arrive(0)
  const lastMs = crowd.viewers * crowd.arrivalMs * 3 + crowd.film.durationMs * 4 + crowd.lingerMs
  const isOver = () => all.length === crowd.viewers && all.every(({ isGone }) => isGone)
  while (!isOver() && clock.nowMs() < lastMs) clock.run(clock.nowMs() + STEP_MS)
  return outcomeOf(all, origin, degrees, crowd, clock)
}

function outcomeOf(
  all: readonly SimViewer[],
  origin: Origin,
  degrees: readonly number[],
  { film }: Crowd,
  clock: VirtualClock,
): Outcome {
  const sum = (of: (viewer: SimViewer) => number) =>
    all.reduce((total, each) => total + of(each), 0)
  const originBytes = sum(each => each.originBytes)
  const playedBytes = all.length * film.chunkCount * CHUNK_BYTES
  return {
    originBytes,
    playedBytes,
    offload: 1 - originBytes / playedBytes,
    wastedShare: sum(each => each.wastedBytes) / playedBytes,
    meanStartMs: sum(each => (each.element.startedAtMs ?? 0) - each.arrivedAtMs) / all.length,
    stalledViews: all.filter(({ element }) => element.stalls > 0).length,
    meanDegree: degrees.reduce((total, each) => total + each, 0) / Math.max(1, degrees.length),
    mostDegree: Math.max(0, ...degrees),
    originCopies: originBytes / (film.chunkCount * CHUNK_BYTES),
    originRequests: origin.requests,
    events: clock.events,
    virtualMs: clock.nowMs(),
  }
}
