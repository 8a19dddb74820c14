/** How long offers with nothing behind them, each of another source, hold off a newcomer: `npm run hostile -- --offers 200`. */

import { FILM, settle, test } from '../swarm/fixtures.js'
import { flood } from '../swarm/offer-flood.js'

const PER_SECOND = Number(process.env.HOSTILE_OFFERS) || 8
const NAMES = Number(process.env.HOSTILE_NAMES ?? 0)
/** By then each place is taken, and what offers may have tried is used up. */
const AHEAD_MS = 15_000
const MOST_MS = 300_000

test(`a newcomer among ${PER_SECOND} offers a second and ${NAMES} names`, async ({
  site,
  arrive,
  arriveHolding,
}) => {
  test.setTimeout(MOST_MS + 90_000)
  const giver = await arriveHolding(site.watchPage())
  const { root } = await giver.until(({ complete }) => complete, 'all is held')
  const taker = await settle(site, await arrive())
  const tracker = `${site.server.url.replace('http', 'ws')}tracker`
  const attack = await flood({ root, tracker, drawn: 'all', perSecond: PER_SECOND, names: NAMES })
  await giver.page.waitForTimeout(AHEAD_MS)
  // Slower than it takes to meet.
  site.server.line.bytesPerSecond = 100_000
  const startMs = Date.now()
  await taker.visit(site.watchPage())
  const isMet = await taker
    .until(({ bytes }) => bytes.peers > 0, 'the giver gives', FILM, MOST_MS)
    .catch(() => undefined)
  attack.stop()
  console.log(
    isMet ? 'met after' : 'not met within',
    Math.round((Date.now() - startMs) / 1_000),
    's',
  )
  // Whatever it takes, the film plays.
  await taker.plays()
})
