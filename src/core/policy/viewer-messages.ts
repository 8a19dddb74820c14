/** The events and actions of a viewer of a resource: see `viewer.ts`. */

import type { ChunkIndex, ChunkRun } from '../units.js'
import type { Opened } from './open-demand.js'
import type { Playback } from './playback.js'

export type ViewerEvent =
  /** A response was opened. */
  | { readonly type: 'opened'; readonly demand: Opened }
  /** It has ended, or nobody wants it any more. */
  | { readonly type: 'closed'; readonly demand: number }
  /** It lacks these chunks; `cursor` is the first that its video was not given. */
  | {
      readonly type: 'needed'
      readonly demand: number
      readonly cursor: ChunkIndex
      readonly runs: readonly ChunkRun[]
    }
  /** The origin gave it a chunk, which is not verified and kept yet. */
  | { readonly type: 'fetched'; readonly demand: number; readonly index: ChunkIndex }
  /** The origin has given all that was granted. */
  | { readonly type: 'origin-ended'; readonly demand: number }
  /** The origin does not answer. */
  | { readonly type: 'origin-failed'; readonly demand: number }
  /** A video was given chunks that an earlier visit left. */
  | { readonly type: 'stored'; readonly runs: readonly ChunkRun[] }
  /** A chunk that was to be `read` is there, and true. */
  | { readonly type: 'found'; readonly demand: number; readonly index: ChunkIndex }
  /** A chunk came and is true, from a peer or from the origin. */
  | { readonly type: 'kept'; readonly index: ChunkIndex; readonly peer?: string | undefined }
  /** A chunk that the origin gave is not to be kept after all. */
  | { readonly type: 'not-kept'; readonly index: ChunkIndex }
  /** Chunks are no longer kept. */
  | { readonly type: 'lost'; readonly runs: readonly ChunkRun[] }
  /** Whether the store has room for chunks that are not needed yet. */
  | { readonly type: 'room'; readonly hasRoom: boolean }
  /** Where the viewer is now; `undefined`: nobody shows the resource any more. */
  | { readonly type: 'playback'; readonly playback: Playback | undefined }
  /** Whether somebody shows the resource, also paused or at its end; sent every few seconds. */
  | { readonly type: 'presence'; readonly isShown: boolean }
  /** Whether this viewer may be connected to others. */
  | { readonly type: 'sharing'; readonly isAllowed: boolean }
  /** Nothing plays here, but what is held is to be given away: to the end, or until it is not shown any more. */
  | { readonly type: 'seeding'; readonly stays: boolean }
  /** The swarm cannot be joined. */
  | { readonly type: 'unreachable' }
  /** A tracker's count of viewers, this one included. */
  | { readonly type: 'counted'; readonly viewers: number }
  | NeighbourEvent
  /** The time `dueAtMs` has come. */
  | { readonly type: 'due' }

/** What a neighbour says or does. */
export type NeighbourEvent =
  /** A neighbour said hello. */
  | { readonly type: 'joined'; readonly peer: string; readonly maxWants: number }
  | { readonly type: 'left'; readonly peer: string }
  | { readonly type: 'have'; readonly peer: string; readonly runs: readonly ChunkRun[] }
  | { readonly type: 'no-longer-has'; readonly peer: string; readonly runs: readonly ChunkRun[] }
  /** It does not give chunks that it was asked for, and says to ask again after `retryMs`. */
  | {
      readonly type: 'busy'
      readonly peer: string
      readonly runs: readonly ChunkRun[]
      readonly retryMs: number
    }
  /** Some bytes of a chunk came. */
  | { readonly type: 'progress'; readonly peer: string }
  /** A whole chunk came, which is to be verified: `kept` or `false` follows. */
  | { readonly type: 'arrived'; readonly peer: string; readonly index: ChunkIndex }
  /** A peer gave false bytes. */
  | { readonly type: 'false'; readonly index: ChunkIndex; readonly peer: string }

export type ViewerAction =
  /** Look for other viewers. */
  | { readonly type: 'join' }
  /** Leave all other viewers. */
  | { readonly type: 'leave' }
  | { readonly type: 'want'; readonly peer: string; readonly indices: readonly ChunkIndex[] }
  | { readonly type: 'cancel'; readonly peer: string; readonly indices: readonly ChunkIndex[] }
  /** End with a neighbour whose chunks come only once others gave them; it may come back. */
  | { readonly type: 'let-go'; readonly peer: string }
  /** Send the neighbours a chunk gained. */
  | { readonly type: 'send-have'; readonly index: ChunkIndex }
  /** Send the neighbours chunks that are no longer held. */
  | { readonly type: 'send-lost'; readonly runs: readonly ChunkRun[] }
  /** What the origin is to give a response from now on; without a run it stops. */
  | { readonly type: 'grant'; readonly demand: number; readonly run: ChunkRun | undefined }
  /** The origin's run of a response is to be read as far as this chunk for others, whether its video wants it yet or not. */
  | { readonly type: 'read-on'; readonly demand: number; readonly to: ChunkIndex }
  /** Inform a response that it is kept waiting on purpose. */
  | { readonly type: 'hold'; readonly demand: number; readonly forMs: number }
  /** Inform a response that nobody is left who could give what it waits for. */
  | { readonly type: 'exhausted'; readonly demand: number }
  /** Give a response the chunk that was just kept or found. */
  | { readonly type: 'give'; readonly demand: number; readonly index: ChunkIndex }
  /** Read chunks that are held, and send `found` for each, or `lost`. */
  | { readonly type: 'read'; readonly demand: number; readonly runs: readonly ChunkRun[] }
  /** The viewer is at this chunk: keep what is ahead longest. */
  | { readonly type: 'watch'; readonly index: ChunkIndex }
