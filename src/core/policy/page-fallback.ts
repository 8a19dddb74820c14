/** When a worker no longer waits for the page of a video, and what it asks of the origin in the page's place. */

import { type ChunkIndex, type ChunkRun, chunk } from '../units.js'
import { FIRST_GRANT_CHUNKS } from './first-grant.js'

/** A page that does not accept within this time is taken for absent until it speaks. */
const ACCEPT_MS = 60
/** A page that accepted may be silent this long while chunks are needed, or as long as it says, within bounds. */
const SILENCE_MS = 500
const MAX_HOLD_MS = 5_000
/** A request without cookies that gets no answer within this time, where the viewer's own did, is not waited for. */
const PUBLIC_WAIT_MS = 3_000
/** What is asked for without cookies before the page is sent the video: 256 KiB. */
const PUBLIC_CHUNKS = 4
/** A silent page may be merely busy and decide soon: each time that it does not, the origin is asked for so many times more. */
const STEP_GROWTH = 4

/** `withheld`: the page is sent nothing about the video, as it is not known yet whether that is public. */
export type PageState = 'withheld' | 'opening' | 'accepted' | 'absent'

/** How long what is needed may not come before something is done about it. */
const PATIENCE_MS = {
  withheld: PUBLIC_WAIT_MS,
  opening: ACCEPT_MS,
  accepted: SILENCE_MS,
  absent: Number.POSITIVE_INFINITY,
} satisfies Record<PageState, number>

export class PageFallback {
  /** First chunk that only another request gives than the viewer's own, where that one is gone on with. */
  ownTo: ChunkIndex | undefined
  #state: PageState = 'withheld'
  /** Whether the origin is asked in the page's place, and for what it was last. */
  #isActive = false
  #run: ChunkRun | undefined
  #stepChunks = FIRST_GRANT_CHUNKS
  #hasOriginFailed = false

  /** @param response - chunks of the whole response */
  constructor(readonly response: ChunkRun) {}

  get state(): PageState {
    return this.#state
  }

  /** What the origin was last asked for in the page's place. */
  get run(): ChunkRun | undefined {
    return this.#run
  }

  /** How long what is needed may not come; `Infinity` where nothing is waited for. */
  get patienceMs(): number {
    return PATIENCE_MS[this.#state]
  }

  /** The page may be sent the video from now on, and also what is fetched, so that it need not stop that; whether that is news. */
  letIn(): boolean {
    if (this.#state !== 'withheld') return false
    this.#state = 'opening'
    this.#isActive = false
    return true
  }

  /** The page takes part. */
  accepted(): void {
    this.#state = 'accepted'
    this.#stepChunks = FIRST_GRANT_CHUNKS
  }

  /** The page does not supply the video. */
  gone(): void {
    this.#state = 'absent'
  }

  /** The page has said what the origin is to give; whether the origin was asked in its place until then. */
  decided(): boolean {
    const wasActive = this.#isActive
    this.#isActive = false
    return wasActive
  }

  /** How long the page may be silent that said that it keeps the video waiting, or that alone is left to be waited for. */
  heldMs(forMs = MAX_HOLD_MS): number {
    return Math.min(forMs, MAX_HOLD_MS)
  }

  /** Something more is needed: whether the page is asked, the origin asked in its place, or nothing done. */
  onNeed(): 'send' | 'ask-origin' | 'wait' {
    if (this.#state === 'absent') return 'ask-origin'
    if (this.#state !== 'withheld') return 'send'
    // One request shows whether the page may decide from now on.
    return this.#run ? 'wait' : 'ask-origin'
  }

  /**
   * What is needed has not come for as long as it may: the origin is asked in the page's place. Where the page was not
   * sent the video it may be now, unless the viewer's own answer is gone on with, which nothing has confirmed to be public.
   */
  onSilence(): 'ask-origin' | 'let-in' | 'give-up' {
    if (this.#state !== 'withheld') return 'ask-origin'
    return this.ownTo === undefined ? 'let-in' : 'give-up'
  }

  /**
   * The origin fails; whether the page is notified, rather than the response given up: one that takes part may know who else
   * gives. One that is still being loaded is notified once, as an origin may fail faster than that.
   */
  onOriginFailed(): boolean {
    const isFirst = !this.#hasOriginFailed
    this.#hasOriginFailed = true
    return this.#state === 'accepted' || (this.#state === 'opening' && isFirst)
  }

  /** Asks the origin in the page's place, from the first chunk that is needed on; returns what for. */
  begin(from: ChunkIndex): ChunkRun {
    this.#isActive = true
    this.#run = { from, to: chunk(Math.min(this.#end(from), this.response.to)) }
    return this.#run
  }

  #end(from: ChunkIndex): number {
    if (this.#state === 'absent') return this.response.to
    // Beyond the viewer's own request, which confirms nothing, to last until the page has decided, and no longer.
    if (this.#state === 'withheld') return Math.max(from, this.ownTo ?? from) + PUBLIC_CHUNKS
    const to = from + this.#stepChunks
    this.#stepChunks *= STEP_GROWTH
    return to
  }
}
