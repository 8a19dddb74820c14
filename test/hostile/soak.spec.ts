/** Attackers of all kinds, coming and going for as long as is asked for, against one viewer: `npm run hostile -- --minutes 30`. */

import { expect, FILM_SHA256, film, test } from '../swarm/fixtures.js'
import { ATTACKS } from './attacks.js'
import { countsOf, hostilePage, joinWith, slowLine, stillMsOf, watchStillness } from './viewing.js'

const MINUTES = Number(process.env.HOSTILE_MINUTES ?? 0)
/** New attackers come this often; all go after six times as long. */
const TURN_MS = 5_000
const STAY_TURNS = 6

test(`${MINUTES} minutes of mixed attackers`, async ({ site, arrive }) => {
  test.skip(MINUTES === 0, 'takes as long as --minutes says')
  test.setTimeout((MINUTES + 3) * 60_000)
  const [mallory, viewer] = await Promise.all([arrive(), arrive()])
  await viewer.visit(site.page('empty.html', '<script src="/swarmtag.js"></script>'))
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  const tag = '<script src="/swarmtag.js" data-tracker="/tracker"></script>'
  const url = site.page('soak.html', `${tag}${film('autoplay muted loop')}`)
  const session = await viewer.context.newCDPSession(viewer.page)
  const heapMiB = async () => {
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize = 0 } = (await session.send('Runtime.getHeapUsage')) as { usedSize?: number }
    return Math.round(usedSize / 1_024 ** 2)
  }
  const names = Object.keys(ATTACKS)
  const startMs = Date.now()
  const heaps: number[] = []
  const bytes = { origin: 0, peers: 0, wasted: 0, uploaded: 0 }
  let [seeks, stillMs, met] = [0, 0, 0]
  for (let turn = 0; Date.now() - startMs < MINUTES * 60_000; ) {
    // All begin anew: a browser has only so many connections, and who has the film needs nobody.
    await hostilePage(site, mallory)
    slowLine(site)
    await viewer.page.evaluate(() => window.swarmtag?.consent(false, { purge: true }))
    await viewer.page.evaluate(() => window.swarmtag?.consent(true))
    await viewer.visit(url)
    await viewer.plays()
    await watchStillness(viewer)
    const { root } = await viewer.until(() => true, 'the film takes part')
    for (let stayed = 0; stayed < STAY_TURNS; stayed++, turn++) {
      const attack = ATTACKS[names[turn % names.length] ?? '']
      if (attack) await joinWith(site, mallory, root, attack)
      await mallory.page.evaluate(() => {
        Object.assign(window, { isSought: Math.random() < 0.5 })
      })
      await viewer.page.waitForTimeout(TURN_MS)
      if (stayed % 2 === 0) continue
      await viewer.seek((turn * 17) % 55)
      await viewer.plays()
      seeks++
    }
    met += (await countsOf(mallory)).met
    stillMs += await stillMsOf(viewer)
    heaps.push(await heapMiB())
    const now = (await viewer.stats())?.bytes
    for (const each of ['origin', 'peers', 'wasted', 'uploaded'] as const)
      bytes[each] += now?.[each] ?? 0
    const minutes = ((Date.now() - startMs) / 60_000).toFixed(1)
    console.log(minutes, 'min:', seeks, 'seeks', Math.round(stillMs), 'ms still', met, 'met', bytes)
  }
  const passedMs = Date.now() - startMs
  const count = (code: string) => viewer.console.filter(line => line.includes(code)).length
  const figures = {
    minutes: +(passedMs / 60_000).toFixed(1),
    seeks,
    stillMsASeek: Math.round(stillMs / Math.max(1, seeks)),
    ...bytes,
    met,
    heapMiB: [Math.min(...heaps), Math.max(...heaps)],
    protocol: count('peer-protocol'),
    corrupt: count('chunk-corrupt'),
    timeout: count('peer-timeout'),
  }
  console.log(JSON.stringify(figures))
  expect(viewer.console.filter(line => line.startsWith('uncaught'))).toEqual([])
  // Most of a seek on such a line is the line's own time.
  expect(figures.stillMsASeek).toBeLessThan(2_500)
  expect(Math.max(...heaps)).toBeLessThan(2 * (heaps[0] ?? 0) + 10)
  expect(await viewer.sha256()).toBe(FILM_SHA256)
})
