/** What neighbours of one video say and give, noted for whoever decides by it. */

import type { SourceBook } from '../core/source-book.js'
import type { ChunkIndex } from '../core/units.js'
import { type Manifest, prepareAll } from '../store/manifest.js'
import type { Events } from './events.js'
import type { Keeper } from './keeper.js'
import type { MembershipOptions } from './membership.js'
import type { Planning } from './planning.js'

export interface Hearing {
  /** The video's name. */
  readonly url: string
  readonly manifest: Manifest
  readonly book: SourceBook
  readonly keeper: Keeper
  readonly events: Events
  readonly planning: Planning
  /** Takes a chunk that a neighbour gave; resolves once it was judged. */
  take(peer: string, index: ChunkIndex, bytes: Uint8Array<ArrayBuffer>): Promise<void>
}

export function hearNeighbours(hearing: Hearing): MembershipOptions['events'] {
  const { url, manifest, book, keeper, events, planning, take } = hearing
  return {
    joined: (peer, maxWants) => {
      book.join(peer, maxWants, performance.now())
      void prepareAll(manifest)
      events.emit('peer', { url, peer, state: 'joined' })
      planning.hurry()
    },
    left: peer => {
      book.leave(peer)
      if (book.size === 0) keeper.rest()
      events.emit('peer', { url, peer, state: 'left' })
      planning.hurry()
    },
    have: (peer, runs) => {
      for (const each of runs) book.get(peer)?.has.addRun(each)
      planning.request()
    },
    lost: (peer, runs) => {
      for (const each of runs) book.get(peer)?.has.deleteRun(each)
      planning.request()
    },
    busy: (peer, runs, retryMs) => {
      book.get(peer)?.refused(runs, retryMs, performance.now())
      planning.request()
    },
    progress: peer => book.get(peer)?.heard(performance.now()),
    arrived: (peer, index, bytes) => {
      book.get(peer)?.delivered(index, performance.now())
      return take(peer, index, bytes)
    },
    uploaded: (peer, index, bytes) => {
      keeper.tally.bytes.uploaded += bytes
      events.emit('upload', { url, index, bytes, peer })
    },
    offended: (_peer, { code, detail }) => events.emit('notice', { code, detail }),
  }
}
