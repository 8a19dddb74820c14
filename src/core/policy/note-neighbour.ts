/** Writes what a neighbour said or did into the book of neighbours. */

import type { ChunkSet } from '../chunk-set.js'
import type { SourceBook } from '../scheduling/source-book.js'
import type { NeighbourEvent } from './viewer-messages.js'

/** How soon a new plan is worth its time: at once, with other news in a moment, or not at all. */
export type Urgency = 'at-once' | 'soon' | 'none'

export function noteNeighbour(
  book: SourceBook,
  held: ChunkSet,
  event: NeighbourEvent,
  nowMs: number,
): Urgency {
  const neighbour = book.get(event.peer)
  switch (event.type) {
    case 'joined':
      book.join(event.peer, event.maxWants, nowMs)
      return 'at-once'
    case 'left':
      book.leave(event.peer)
      return 'at-once'
    case 'have':
      for (const each of event.runs) neighbour?.has.addRun(each)
      // Nobody need be asked for what is here.
      return event.runs.some(each => held.lackedIn(each) > 0) ? 'soon' : 'none'
    case 'no-longer-has':
      for (const each of event.runs) neighbour?.has.deleteRun(each)
      return 'soon'
    case 'busy':
      neighbour?.refused(event.runs, event.retryMs, nowMs)
      return 'soon'
    case 'progress':
      neighbour?.progressed(nowMs)
      return 'none'
    case 'arrived':
      neighbour?.delivered(event.index, nowMs)
      return 'none'
    case 'false':
      neighbour?.checked(event.index, false)
      return 'soon'
  }
}
