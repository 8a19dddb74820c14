/** Where the viewer of a video is, read from the page's media elements. */

import type { NameOf } from '../bridge/video-url.js'

export interface Playhead {
  /** Whether an element plays the video now. */
  readonly isPlaying: boolean
  /** Whether the element cannot go on for want of data. */
  readonly isStarved: boolean
  /** Whether the viewer has gone to another place, whose picture is not there yet. */
  readonly isSeeking: boolean
  readonly currentMs: number
  /** Playing time of the whole film; nothing where its head does not tell, as in what a browser recorded. */
  readonly durationMs: number | undefined
  /** The latest time that the element has data of. */
  readonly reachedMs: number
  /** Speed of playing; 1 where it is paused. */
  readonly rate: number
}

/** The playhead of the element that plays a video, or that is nearest to doing so; nothing where none has loaded it. */
export function readPlayhead(name: string, nameOf: NameOf): Playhead | undefined {
  let found: Playhead | undefined
  for (const media of mediaElements()) {
    if (Number.isNaN(media.duration) || nameOf(media.currentSrc) !== name) continue
    const playhead = playheadOf(media)
    if (!found || playhead.isPlaying) found = playhead
  }
  return found
}

/** Whether the page has an element with the video, whatever it does. */
export const isShown = (name: string, nameOf: NameOf): boolean =>
  mediaElements().some(({ currentSrc }) => currentSrc !== '' && nameOf(currentSrc) === name)

const mediaElements = () => [...document.querySelectorAll<HTMLMediaElement>('video, audio')]

function playheadOf(media: HTMLMediaElement): Playhead {
  return {
    isPlaying: !media.paused && !media.ended,
    isStarved: media.readyState < HTMLMediaElement.HAVE_FUTURE_DATA,
    isSeeking: media.seeking,
    currentMs: media.currentTime * 1_000,
    durationMs: Number.isFinite(media.duration) ? media.duration * 1_000 : undefined,
    reachedMs: endOf(media.buffered) * 1_000,
    rate: media.playbackRate || 1,
  }
}

const endOf = (ranges: TimeRanges): number =>
  ranges.length > 0 ? ranges.end(ranges.length - 1) : 0

/** Calls back when an element has begun to play a video, or its playhead has moved. */
export function watchPlayhead(
  nameOf: NameOf,
  onMove: (name: string, isPlaying: boolean) => void,
  signal: AbortSignal,
): void {
  const onEvent = (event: Event) => {
    if (event.target instanceof HTMLMediaElement && event.target.currentSrc)
      onMove(nameOf(event.target.currentSrc), event.type === 'playing')
  }
  // Media events do not bubble; they can be caught on their way down.
  // Not `seeking`: what is needed then is told in a moment, and what was planned until then would be for the old place.
  for (const type of ['playing', 'timeupdate'])
    document.addEventListener(type, onEvent, { capture: true, signal })
}
