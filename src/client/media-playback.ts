/** Playback position and state of videos, read from the page's media elements. */

import type { NameOf } from '../bridge/video-url.js'
import type { Playback } from '../core/policy/playback.js'
import type { PlaybackSource } from '../engine/playback-source.js'

/**
 * After these the scheduler may decide otherwise. `timeupdate` comes four times a second. Not `seeking`: what is needed at
 * the new position is not known yet, and a plan made now would be for the old one.
 */
const CHANGES = [
  'playing',
  'pause',
  'waiting',
  'seeked',
  'timeupdate',
  'ratechange',
  'durationchange',
  'ended',
]

export class MediaPlayback implements PlaybackSource {
  constructor(readonly nameOf: NameOf) {}

  /** Of several elements with a video, the one that plays it. */
  read(url: string): Playback | undefined {
    const known = this.#elementsOf(url).filter(({ duration }) => !Number.isNaN(duration))
    const media = known.find(each => !each.paused && !each.ended) ?? known[0]
    return media && playbackOf(media)
  }

  isShown(url: string): boolean {
    return this.#elementsOf(url).length > 0
  }

  watch(onChange: (url: string) => void): () => void {
    const watching = new AbortController()
    const onEvent = ({ target }: Event) => {
      if (target instanceof HTMLMediaElement && target.currentSrc)
        onChange(this.nameOf(target.currentSrc))
    }
    // Media events do not bubble.
    for (const type of CHANGES)
      document.addEventListener(type, onEvent, { capture: true, signal: watching.signal })
    return () => watching.abort()
  }

  #elementsOf(url: string): HTMLMediaElement[] {
    const all = [...document.querySelectorAll<HTMLMediaElement>('video, audio')]
    return all.filter(({ currentSrc }) => currentSrc !== '' && this.nameOf(currentSrc) === url)
  }
}

function playbackOf(media: HTMLMediaElement): Playback {
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
