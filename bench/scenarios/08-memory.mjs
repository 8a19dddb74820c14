/** What a film of 4 GiB leaves in memory, wherever in it the viewer is. */

import { swarmtag } from '../contenders/swarmtag.mjs'
import { DevTools } from '../harness/devtools.mjs'

/** Places of the film, as shares of it. */
const PLACES = [0, 0.25, 0.5, 0.75, 0.95]
const WATCH_MS = 4_000
const MIB = 2 ** 20

/** @type {import('../harness/trial.mjs').Scenario} */
export default {
  name: 'memory',
  about:
    'JavaScript heaps after garbage collection, 4 GiB film played at five places with one peer',
  runs: 1,
  limitMs: 600_000,
  measures: {
    'heap of the page': { unit: 'MiB' },
    'heap of the worker': { unit: 'MiB' },
    'buffers of the page': { unit: 'MiB' },
    'buffers of the worker': { unit: 'MiB' },
  },
  async run(trial) {
    const { site } = trial
    const film = await site.publish('huge.mp4')
    const viewer = await trial.open({ args: ['--remote-debugging-port=0'] })
    const tools = await DevTools.of(viewer.folder)
    const look = async name => {
      for (const { type, heap, buffers } of await tools.heaps()) {
        const who = type === 'page' ? 'page' : 'worker'
        trial.record(name, `heap of the ${who}`, heap / MIB)
        trial.record(name, `buffers of the ${who}`, buffers / MIB)
      }
    }
    await viewer.visit(swarmtag.prime(site))
    await viewer.page.waitForFunction(() => window.swarmtag.ready)
    await look('idle page')

    // Another viewer of the same film gives what it has; so there is prefetch and upload as well.
    const other = await trial.open()
    await other.visit(swarmtag.watch(site, { film, peers: true }))
    await other.untilPlayed(5)
    await viewer.visit(swarmtag.watch(site, { film, peers: true }))
    await viewer.untilPlayed(1)
    for (const place of PLACES) {
      await viewer.page.evaluate(place => {
        const video = document.querySelector('video')
        video.currentTime = place * video.duration
      }, place)
      await viewer.page.waitForFunction(
        place => {
          const { currentTime, duration, readyState } = document.querySelector('video')
          return readyState > 2 && currentTime > place * duration + 1
        },
        place,
        { timeout: 60_000 },
      )
      await viewer.page.waitForTimeout(WATCH_MS)
      await look('4 GiB film')
    }
    tools.close()
  },
}
