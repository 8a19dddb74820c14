import { VirtualClock } from '../../sim/clock.js'
import { MemoryPlayback } from '../unit/engine/memory-playback.js'
import { playbackSourceContract } from './playback-source.js'

const URL = 'https://site.example/film.mp4'

playbackSourceContract('playback in memory', () => {
  const clock = new VirtualClock()
  const source = new MemoryPlayback(clock)
  return {
    ...{ source, url: URL },
    show: () => source.show(URL, 10_000),
    play: () => source.play(URL),
    pause: () => source.pause(URL),
    seek: ms => source.seek(URL, ms),
    remove: () => source.remove(URL),
    pass: async ms => clock.run(clock.nowMs() + ms),
  }
})
