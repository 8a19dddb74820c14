/** A first visit far away: the first bytes are on their way while the worker is installed; and the snippet, for which the tag need not be there. */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CLIP,
  expect,
  FILM,
  FILM_SHA256,
  film,
  type Site,
  test,
  type Viewer,
  visitInTime,
} from './fixtures.js'

const built = (name: string) => readFileSync(join('dist', name), 'utf8')

/** The snippet as a site pastes it, the tag after it. */
const snippet = (attributes = '') =>
  `<script ${attributes}>${built('swarmtag-snippet.js')}</script><script src="/swarmtag.js"></script>`

const FIRST_RANGE = 'bytes=0-524287'

const firsts = (site: Site) =>
  site.requestsOf(FILM).filter(
    ({ destination, range }) =>
      // The element's own requests begin there, too, and have no end.
      destination !== 'video' && range === FIRST_RANGE,
  )

/** A worker that never takes a page over: no request of a video reaches it. */
const withoutClaim = (site: Site) =>
  writeFileSync(
    join(site.folder, 'swarmtag-sw.js'),
    `Clients.prototype.claim = () => new Promise(() => {}); ${built('swarmtag-sw.js')}`,
  )

for (const [who, head] of [
  ['the worker asks', '<script src="/swarmtag.js"></script>'],
  [
    'the page asks, where the tag says so',
    '<script src="/swarmtag.js" data-ahead="page"></script>',
  ],
  ['the page asks, where the snippet says so', snippet('data-ahead="page"')],
] as const) {
  test(`${who} for the first bytes and the manifest before the video can`, async ({
    site,
    arrive,
  }) => {
    withoutClaim(site)
    await (await arrive()).visit(site.page('ahead.html', head + film()))
    await expect.poll(() => firsts(site)).toHaveLength(1)
    await expect.poll(() => site.requestsOf(`${FILM}.swarm`)).toHaveLength(1)
  })

  test(`${who} for them once, and the video goes on with them`, async ({ site, arrive }) => {
    const viewer = await visitInTime(site, arrive, site.page('once.html', head + film()))
    await viewer.until(({ heldChunks }) => heldChunks > 8, 'the film takes part')
    expect(firsts(site)).toHaveLength(1)
    expect(site.requestsOf(`${FILM}.swarm`)).toHaveLength(1)
    expect(await viewer.sha256()).toBe(FILM_SHA256)
  })
}

test('on a later visit the video alone asks for its first bytes', async ({ site, arrive }) => {
  const head = snippet('data-ahead="page"')
  const viewer = await (await arrive()).visit(site.page('first.html', head + film()))
  await viewer.plays()
  const clip = `<video src="${CLIP}" autoplay muted></video>`
  await viewer.visit(site.page('later.html', head + clip))
  await viewer.plays()
  expect(site.requestsOf(CLIP).filter(({ range }) => range === FIRST_RANGE)).toHaveLength(1)
})

for (const [what, videoOf] of [
  ['loads nothing by itself', () => film('muted controls')],
  ['sends cookies wherever it goes', () => film('autoplay muted crossorigin="use-credentials"')],
  [
    'is of another origin',
    // The same server under its other name.
    (site: Site) =>
      `<video autoplay muted crossorigin src="http://127.0.0.1:${site.server.port}${FILM}"></video>`,
  ],
] as const)
  test(`nothing is asked ahead for an element that ${what}`, async ({ site, arrive }) => {
    withoutClaim(site)
    const url = site.page('not.html', snippet('data-ahead="page"') + videoOf(site))
    const viewer = await (await arrive()).visit(url)
    // Whatever is asked ahead is asked before this: the worker is there, and was sent what was found.
    await viewer.page.evaluate(() => navigator.serviceWorker.ready)
    await viewer.page.evaluate(() => window.swarmtagEarly?.registration)
    expect(firsts(site)).toEqual([])
  })

test('a page that may not fetch breaks no policy: the worker asks', async ({ site, arrive }) => {
  const policy = "connect-src 'none'"
  const url = site.page(
    'policy.html',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">${snippet()}${film()}`,
  )
  const viewer = await arrive()
  const violations = await noteViolations(viewer)
  await viewer.visit(url)
  await viewer.plays()
  await expect.poll(() => firsts(site)).toHaveLength(1)
  expect(await violations()).toEqual([])
})

test('the snippet runs under a policy that names its hash, and registers the worker that the tag would, once', async ({
  site,
  arrive,
}) => {
  const digests: Record<string, string> = JSON.parse(built('integrity.json'))
  const policy = [
    "default-src 'none'",
    `script-src 'self' '${digests['swarmtag-snippet.js']}'`,
    "connect-src 'self' ws:",
    "media-src 'self'",
    "worker-src 'self'",
    "require-trusted-types-for 'script'",
    'trusted-types swarmtag swarmtag-snippet',
  ].join('; ')
  site.intercept = (_, response) => {
    response.setHeader('content-security-policy', policy)
    return false
  }
  const attributes =
    'data-match="/videos/* /more/*" data-ignore-query="x-*, sig" data-tracker="/tracker"'
  const viewer = await arrive()
  const violations = await noteViolations(viewer)
  await viewer.visit(site.page('snippet.html', snippet(attributes) + film()))
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  expect(await violations()).toEqual([])
  expect(site.requestsOf(FILM).map(each => each.destination)).not.toContain('video')
  const workers = site.requestsOf('/swarmtag-sw.js')
  expect(workers.filter(({ destination }) => destination === 'serviceworker')).toHaveLength(1)

  const other = await (await arrive()).visit(site.watchPage('tag.html', attributes))
  await other.plays()
  expect(await scriptOf(viewer)).toBe(await scriptOf(other))
})

test("the snippet leaves a site's own worker alone", async ({ site, arrive }) => {
  writeFileSync(
    join(site.folder, 'own-worker.js'),
    'addEventListener("install", () => skipWaiting())',
  )
  const viewer = await arrive()
  await viewer.visit(
    site.page('own.html', "<script>navigator.serviceWorker.register('/own-worker.js')</script>"),
  )
  const own = await scriptOf(viewer)
  // Past its worker, as with the shift key held: the page does not see by itself that there is one.
  await viewer.page.addInitScript(() =>
    Object.defineProperty(ServiceWorkerContainer.prototype, 'controller', { get: () => null }),
  )
  await viewer.visit(site.page('both.html', snippet() + film()))
  expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toMatchObject({ state: 'off' })
  expect(await scriptOf(viewer)).toBe(own)
  await viewer.plays()
})

const scriptOf = ({ page }: Viewer) =>
  page.evaluate(async () => (await navigator.serviceWorker.ready).active?.scriptURL)

/** Notes what the page's policy refuses, from its first script on. */
async function noteViolations({ page }: Viewer): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const noted: string[] = []
    Object.assign(window, { noted })
    document.addEventListener('securitypolicyviolation', event =>
      noted.push(`${event.effectiveDirective} ${event.blockedURI}`),
    )
  })
  return () => page.evaluate(() => (window as never as { noted: string[] }).noted)
}
