/** Back and forward: a page with the tag is kept by the browser as one without, plays on, and meets the others again. */

import {
  test as base,
  expect,
  FILM,
  film,
  type Site,
  settle,
  type Viewer,
} from '../swarm/fixtures.js'

/** Playwright has Chromium keep no page unless it is told to. */
const test = base.extend<object, { launchOptions: object }>({
  launchOptions: [
    async ({ launchOptions }, use) =>
      use({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    { scope: 'worker' },
  ],
})

/** Playwright sees nothing of a page that is shown again: it tells its server itself how it is, and whether it plays on. */
const TELLING = `<script>
  addEventListener('pageshow', ({ persisted }) => {
    const why = performance.getEntriesByType('navigation')[0].notRestoredReasons
    if (document.referrer.includes('elsewhere') || persisted || why)
      fetch('/' + (persisted ? 'kept' : 'loaded') + '?' + encodeURIComponent(JSON.stringify(why)))
    if (!persisted) return
    const video = document.querySelector('video')
    const from = video.currentTime
    video.currentTime = 50
    video.ontimeupdate = () => video.currentTime > 50.3 && fetch('/' + (from > 0.2 ? 'plays' : 'anew'))
    video.play()
  })
</script>`

/** Goes elsewhere and back. */
async function goAwayAndBack(site: Site, { page }: Viewer, away?: () => Promise<unknown>) {
  await page.goto(site.page('elsewhere.html', 'elsewhere'))
  await away?.()
  await page.evaluate(() => history.back()).catch(() => {})
}

const told = (site: Site) =>
  ['/kept', '/loaded', '/plays', '/anew'].filter(path => site.requestsOf(path).length > 0)

test('a page with the tag that is gone back to is as it was, plays on, and meets the others again', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  const why: string[] = []
  let requests = 0
  site.intercept = ({ url = '' }) => {
    if (url !== FILM) requests++
    if (/^\/(kept|loaded)/.test(url)) why.push(decodeURIComponent(url))
    return false
  }
  const holder = await arriveHolding(site.watchPage())
  const viewer = await settle(site, await arrive())
  const tag = '<script src="/swarmtag.js" data-tracker="/tracker"></script>'
  await viewer.visit(site.page('back.html', TELLING + tag + film()))
  await viewer.plays()
  await viewer.until(({ peers }) => peers === 1, 'they have met')
  // Browsers do not keep a page that asks for something other than its film just then.
  await expect
    .poll(async () => {
      const before = requests
      await viewer.page.waitForTimeout(1_500)
      return requests - before
    })
    .toBe(0)
  await goAwayAndBack(site, viewer, () =>
    holder.until(({ peers }) => peers === 0, 'it has said goodbye'),
  )
  await expect.poll(() => [...told(site), ...why].join(' ')).toContain('/plays')
  expect(told(site), why.join()).toEqual(['/kept', '/plays'])
  await holder.until(({ peers }) => peers === 1, 'they have met again')
})

test('this browser keeps a page without the tag', async ({ site, arrive }) => {
  const viewer = await (await arrive()).visit(site.page('back.html', TELLING + film()))
  await viewer.plays()
  await goAwayAndBack(site, viewer)
  await expect.poll(() => told(site), { timeout: 30_000 }).toEqual(['/kept', '/plays'])
})
