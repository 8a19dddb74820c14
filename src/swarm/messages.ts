/** The messages between two viewers. `codec` encodes and decodes them; docs/protocol.md describes both. */

import type { ChunkIndex, ChunkRun } from '../core/units.js'
import type { Join } from './lane.js'

/** Raised with any change that the other side would misread; it is in the room's name, so that different versions never connect. */
export const WIRE_VERSION = 3

/** Bytes of a manifest in one message at most: with their head no more than every browser accepts (`SAFE_MESSAGE_BYTES`). */
export const MOST_MANIFEST_BYTES = 16_376
/** Questions for parts of the manifest that a neighbour may have open. */
export const MOST_MANIFEST_QUESTIONS = 8

/** Whether a peer gives (`provider`) or only receives (`receiver`). */
export type Role = 'provider' | 'receiver'

/** Why a peer hangs up. */
export type ByeReason = 'leaving' | 'protocol' | 'corrupt' | 'crowded'

export type PeerMessage =
  /** The first message of each side; sent again in answer to the first one received. */
  | {
      readonly type: 'hello'
      readonly version: number
      readonly role: Role
      /** Chunks that may be asked of the sender at a time. */
      readonly maxWants: number
      /** Largest message that the sender accepts. */
      readonly maxMessageBytes: number
      readonly root: Uint8Array
    }
  /** Chunks that the sender has from now on, no longer has, wants, or no longer wants. */
  | { readonly type: 'have' | 'lost' | 'want' | 'cancel'; readonly runs: readonly ChunkRun[] }
  /** Chunks that were wanted and will not be sent; ask again after `retryMs`, or elsewhere. */
  | { readonly type: 'busy'; readonly retryMs: number; readonly runs: readonly ChunkRun[] }
  /** A fragment of a wanted chunk, from `offset` on; the fragments of a chunk come in order. */
  | {
      readonly type: 'data'
      readonly index: ChunkIndex
      readonly offset: number
      readonly bytes: Uint8Array<ArrayBuffer>
    }
  /** Bytes of the manifest's file that are asked for. */
  | { readonly type: 'ask-manifest'; readonly offset: number; readonly length: number }
  /** The answer: as many of them, from the first on, as the sender has verified. */
  | {
      readonly type: 'manifest'
      readonly offset: number
      readonly bytes: Uint8Array<ArrayBuffer>
    }
  /** Where the sender's viewer is in the film. */
  | { readonly type: 'position'; readonly index: ChunkIndex }
  | { readonly type: 'bye'; readonly reason: ByeReason }
  /** The sender answers an offer for another film, on this connection. */
  | ({ readonly type: 'join' } & Join)
