/** The types of `stats()`. */

import type { Sharing } from '../core/policy/sharing.js'
import type { Session } from '../engine/session.js'

/** What `stats()` returns. */
export interface Stats {
  state: 'starting' | 'active' | 'off'
  /** Why it is off. */
  reason?: string
  /** Whether this browser may be connected to other viewers; if not, why. `undefined` before a video takes part. */
  sharing?: Sharing
  /** Connections to other viewers, all videos together. */
  peers: number
  /** What was given to other viewers; `undefined` before a video takes part. */
  upload?: UploadStats
  videos: VideoStats[]
  /** The page's elements that match the site's options, and whether they take part. */
  elements: ElementStats[]
}

export interface VideoStats {
  /** The video's absolute URL, without fragment. */
  url: string
  /** The manifest's root, as 64 hexadecimal digits. */
  root: string
  /** 0 while nothing but the root is known. */
  sizeBytes: number
  /** Chunks of the video. */
  chunks: number
  /** Chunks that this browser holds. */
  heldChunks: number
  complete: boolean
  /** Other viewers connected for this video. */
  peers: number
  bytes: {
    /** Received from the origin, including what of it is counted as `wasted`. */
    origin: number
    /** Received from other viewers and verified. */
    peers: number
    /** Read from the store for the video. */
    store: number
    /** Given to other viewers. */
    uploaded: number
    /** Received from anyone and of no use: too late, twice or corrupt. */
    wasted: number
  }
  /** Share of bytes that did not come from the origin, 0 to 1: 1 − bytes of the origin ÷ bytes handed to the video. */
  offload: number
  /**
   * How it stands with a file that no server has, at `…/swarmtag/<root>/<name>`; `undefined` for others:
   *
   * - `searching`: nobody who has it is connected
   * - `receiving`: somebody is
   * - `complete`: all of it is here
   * - `off`: nobody is looked for; `why` says why
   */
  state?: 'searching' | 'receiving' | 'complete' | 'off'
  why?: string
  /** The media type of such a file, as whoever made it says; `undefined` before that is known. */
  type?: string
}

/**
 * Why an element does not take part:
 *
 * - `waiting`: it waits for the worker
 * - `late`: the worker was late; it takes part from its next request on
 * - `begun`: it had begun to load, without CORS, before the tag ran
 * - `without-cors`: its file plays only without CORS
 * - `no-swarm`: the worker answers it, and knows no manifest for it; or nothing was requested yet
 * - `off`: there is no worker; `reason` says why
 */
export type WhyPlain = 'waiting' | 'late' | 'begun' | 'without-cors' | 'no-swarm' | 'off'

/** The state of an element that matches the site's options. */
export interface ElementStats {
  /** What it plays, or would play. */
  url: string
  takesPart: boolean
  /** Why it does not. */
  reason?: WhyPlain
}

/** What this viewer gave to others. */
export interface UploadStats {
  /** Bytes given by this page. */
  sessionBytes: number
  /** Bytes given in this month by all pages of the site's origin. */
  monthBytes: number
  /** Whether a limit was reached, so that nothing more is given in this visit. */
  isOver: boolean
}

export function statsOf({ options, neighbourCount }: Session): VideoStats {
  const { url, manifest, store } = options
  const { held, tally } = store
  return {
    url,
    root: manifest.id,
    sizeBytes: manifest.descriptor.sizeBytes,
    chunks: manifest.map.chunkCount,
    heldChunks: held.size,
    complete: held.isComplete,
    peers: neighbourCount,
    bytes: { ...tally.bytes },
    offload: tally.offload,
  }
}
