import { compileNameOf } from '../../src/bridge/video-url.js'
import { MediaPlayback } from '../../src/client/media-playback.js'
import { playbackSourceContract } from './playback-source.js'

playbackSourceContract('playback of a media element', () => {
  const nameOf = compileNameOf()
  const url = new URL('../../demo/media/zoom-720p.webm', import.meta.url).href
  const video = document.createElement('video')
  video.muted = true
  return {
    source: new MediaPlayback(nameOf),
    url: nameOf(url),
    show: () => {
      video.src = url
      document.body.append(video)
    },
    play: () => void video.play(),
    pause: () => video.pause(),
    seek: ms => {
      video.currentTime = ms / 1_000
    },
    remove: () => video.remove(),
    pass: ms => new Promise(resolve => setTimeout(resolve, ms)),
  }
})
