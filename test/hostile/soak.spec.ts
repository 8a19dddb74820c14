/**
 * Attackers of all kinds, coming and going for as long as is asked for, against one viewer: `npm run hostile -- --minutes 30`.
 * Beside him, at the same moments, another does the same on a line like his, without peers.
 */

import { expect, FILM_SHA256, film, Site, test, type Viewer } from '../swarm/fixtures.js'
import { ATTACKS } from './attacks.js'
import { countsOf, hostilePage, joinWith, slowLine, stillMsOf, watchStillness } from './viewing.js'

const MINUTES = Number(process.env.HOSTILE_MINUTES ?? 0)
/** New attackers come this often; all go after six times as long. */
const TURN_MS = 5_000
const STAY_TURNS = 6
/** What takes longer than this is given up, and the attackers begin anew with another browser. */
const STEP_MS = 60_000
/** What a viewer may wait longer at a place, for neighbours: MOST_PATIENCE_MS of the scheduler. */
const PATIENCE_MS = 350

/** Who watches where, and how long the film stood still for him. */
class Seat {
  stillMs = 0

  constructor(
    readonly site: Site,
    readonly viewer: Viewer,
    readonly attributes: string,
  ) {}

  async open(): Promise<this> {
    const tag = '<script src="/swarmtag.js"></script>'
    await this.viewer.visit(this.site.page('empty.html', tag))
    await this.viewer.page.evaluate(() => window.swarmtag?.ready)
    return this
  }

  /** Begins the film anew, with nothing of it. */
  async begin(): Promise<string> {
    const { site, viewer, attributes } = this
    slowLine(site)
    await viewer.page.evaluate(() => window.swarmtag?.consent(false, { purge: true }))
    await viewer.page.evaluate(() => window.swarmtag?.consent(true))
    const tag = `<script src="/swarmtag.js" ${attributes}></script>`
    await viewer.visit(site.page('soak.html', `${tag}${film('autoplay muted loop')}`))
    await viewer.plays()
    await watchStillness(viewer)
    return (await viewer.until(() => true, 'the film takes part')).root
  }

  async seek(seconds: number): Promise<void> {
    await this.viewer.seek(seconds)
    await this.viewer.plays()
  }

  async end(): Promise<void> {
    this.stillMs += await stillMsOf(this.viewer)
  }
}

/** Fails where a step takes too long, and says which. */
async function within<Value>(what: string, step: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${STEP_MS} ms`)), STEP_MS)
  })
  return Promise.race([step, limit]).finally(() => clearTimeout(timer))
}

test(`${MINUTES} minutes of mixed attackers`, async ({ site, arrive }) => {
  test.skip(MINUTES === 0, 'takes as long as --minutes says')
  test.setTimeout((MINUTES + 5) * 60_000)
  const elsewhere = await new Site().open()
  await soak(site, elsewhere, arrive).finally(() => elsewhere.close())
})

async function soak(site: Site, elsewhere: Site, arrive: () => Promise<Viewer>): Promise<void> {
  let mallory = await arrive()
  const [viewer, other] = await Promise.all([arrive(), arrive()])
  const attacked = await new Seat(site, viewer, 'data-tracker="/tracker"').open()
  const plain = await new Seat(elsewhere, other, '').open()
  const seats = [attacked, plain]
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
  let [seeks, met, turn] = [0, 0, 0]
  const givenUp: string[] = []
  const minutes = () => +((Date.now() - startMs) / 60_000).toFixed(1)
  const watchRound = async () => {
    // All begin anew: a browser has only so many connections, and who has the film needs nobody.
    await within('the attackers come', hostilePage(site, mallory))
    const beginning = seats.map((seat, at) => within(`viewer ${at} begins`, seat.begin()))
    const [root = ''] = await Promise.all(beginning)
    for (let stayed = 0; stayed < STAY_TURNS; stayed++, turn++) {
      const name = names[turn % names.length] ?? ''
      const attack = ATTACKS[name]
      if (attack) await within(`one joins that ${name}`, joinWith(site, mallory, root, attack))
      await mallory.page.evaluate(() => {
        Object.assign(window, { isSought: Math.random() < 0.5 })
      })
      await viewer.page.waitForTimeout(TURN_MS)
      if (stayed % 2 === 0) continue
      const place = (turn * 17) % 55
      await Promise.all(
        seats.map((seat, at) => within(`viewer ${at} seeks to ${place}`, seat.seek(place))),
      )
      seeks++
    }
    met += (await within('counts', countsOf(mallory))).met
  }
  while (minutes() < MINUTES) {
    try {
      await watchRound()
    } catch (error) {
      givenUp.push(String(error))
      console.log(minutes(), 'min:', String(error))
      turn++
      mallory = await arrive()
    }
    await Promise.all(seats.map((seat, at) => within(`viewer ${at} ends`, seat.end())))
    heaps.push(await heapMiB())
    const now = (await viewer.stats())?.bytes
    for (const each of ['origin', 'peers', 'wasted', 'uploaded'] as const)
      bytes[each] += now?.[each] ?? 0
    const still = seats.map(({ stillMs }) => Math.round(stillMs)).join(' and without peers ')
    console.log(minutes(), 'min:', seeks, 'seeks', still, 'ms still', met, 'met', bytes)
  }
  const count = (code: string) => viewer.console.filter(line => line.includes(code)).length
  const aSeek = ({ stillMs }: Seat) => Math.round(stillMs / Math.max(1, seeks))
  const figures = {
    minutes: minutes(),
    seeks,
    stillMsASeek: aSeek(attacked),
    withoutPeers: aSeek(plain),
    ...bytes,
    met,
    givenUp,
    heapMiB: [Math.min(...heaps), Math.max(...heaps)],
    protocol: count('peer-protocol'),
    corrupt: count('chunk-corrupt'),
    timeout: count('peer-timeout'),
  }
  console.log(JSON.stringify(figures))
  expect(viewer.console.filter(line => line.startsWith('uncaught'))).toEqual([])
  expect(givenUp.filter(each => each.includes('viewer 0'))).toEqual([])
  expect(figures.stillMsASeek).toBeLessThanOrEqual(figures.withoutPeers + PATIENCE_MS)
  expect(Math.max(...heaps)).toBeLessThan(2 * (heaps[0] ?? 0) + 10)
  expect(await viewer.sha256()).toBe(FILM_SHA256)
}
