/** Swarmtag on a site that is strict, and with files of other releases. */

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BRIDGE_VERSION,
  expect,
  FILM,
  FILM_SHA256,
  film,
  type Site,
  settle,
  test,
  type Viewer,
  withBridgeVersion,
} from './fixtures.js'

const built = (name: string) => readFileSync(join('dist', name), 'utf8')

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self' ws:",
  "media-src 'self'",
  "worker-src 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types swarmtag',
  'report-uri /reports',
].join('; ')

/** Gives a site's answers these headers, the worker's script included. */
function withHeaders(site: Site, headers: Record<string, string>): { reports: string[] } {
  const reports: string[] = []
  site.intercept = (request, response) => {
    if (request.url === '/reports') {
      request.on('data', data => reports.push(String(data)))
      response.writeHead(204).end()
      return true
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    return false
  }
  return { reports }
}

/** Notes what the page's policy refuses, from its first script on. */
async function noteViolations({ page }: Viewer): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const noted: string[] = []
    Object.assign(window, { noted })
    document.addEventListener('securitypolicyviolation', event =>
      noted.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
    )
  })
  return () => page.evaluate(() => (window as never as { noted: string[] }).noted)
}

test('under a strict policy with Trusted Types all works, and nothing is refused', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  const { reports } = withHeaders(site, { 'content-security-policy': POLICY })
  const url = site.watchPage()
  await arriveHolding(url)
  const second = await settle(site, await arrive())
  const violations = await noteViolations(second)
  await second.visit(url)
  await second.plays()
  await second.until(
    ({ complete, bytes }) => complete && bytes.peers > 0,
    'it plays from the first',
  )
  expect(await second.sha256()).toBe(FILM_SHA256)
  expect(await violations()).toEqual([])
  expect(reports).toEqual([])

  // The policy is in force: what it forbids is refused, and noticed here.
  const refused = await second.page.evaluate(() => {
    try {
      document.createElement('script').src = '/any.js'
      return false
    } catch {
      return true
    }
  })
  expect(refused).toBe(true)
  expect(await violations()).toHaveLength(1)
})

test('under a strict policy with Trusted Types a file of the disk is hashed and shared, and nothing is refused', async ({
  site,
  arrive,
}) => {
  const { reports } = withHeaders(site, { 'content-security-policy': POLICY })
  const sender = await arrive()
  const violations = await noteViolations(sender)
  const tag = '<script src="/swarmtag.js" data-tracker="/tracker"></script>'
  await sender.visit(site.page('send.html', `${tag}<input type="file">`))
  await sender.page.setInputFiles('input', join(site.folder, FILM))
  const state = await sender.page.evaluate(async () => {
    const [file] = document.querySelector('input')?.files ?? []
    const share = await window.swarmtag?.share(file as File)
    await share?.hashed
    return share?.state
  })
  expect(state).toBe('sharing')
  expect(await violations()).toEqual([])
  expect(reports).toEqual([])
})

test('a policy that does not know our Trusted Types leaves videos to plain HTTP, and one line says why', async ({
  site,
  arrive,
}) => {
  withHeaders(site, {
    'content-security-policy': POLICY.replace('trusted-types swarmtag', 'trusted-types another'),
  })
  const viewer = await (await arrive()).visit(site.watchPage())
  await viewer.plays()
  expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toMatchObject({ state: 'off' })
  expect(viewer.console.filter(line => line.startsWith('[swarmtag]'))).toEqual([
    expect.stringContaining('Policy "swarmtag" disallowed'),
  ])
})

test('the tag runs with the digest that the build names, and with no other', async ({
  site,
  arrive,
}) => {
  const digests: Record<string, string> = JSON.parse(built('integrity.json'))
  const page = (name: string, integrity = '') =>
    site.page(name, `<script src="/swarmtag.js" integrity="${integrity}"></script>${film()}`)
  const viewer = await (await arrive()).visit(page('right.html', digests['swarmtag.js']))
  await viewer.plays()
  expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toEqual({ state: 'active' })
  await viewer.page.reload()
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the engine is there')

  const other = await (await arrive()).visit(page('other.html', digests['swarmtag-sw.js']))
  await other.plays()
  expect(await other.page.evaluate(() => window.swarmtag)).toBeUndefined()
})

test('an engine of another release is not run, and the video plays', async ({ site, arrive }) => {
  writeFileSync(
    join(site.folder, 'swarmtag-peers.js'),
    `document.title = 'run'; ${built('swarmtag-peers.js')}`,
  )
  const viewer = await (await settle(site, await arrive())).visit(site.watchPage())
  await viewer.plays()
  await expect
    .poll(() => viewer.console.join('\n'))
    .toContain('swarmtag-peers.js could not be loaded')
  await viewer.plays()
  expect(await viewer.page.title()).toBe('watch.html')
  expect(await viewer.sha256()).toBe(FILM_SHA256)
})

test('in a folder of its own, only the pages of that folder have a worker', async ({
  site,
  arrive,
}) => {
  mkdirSync(join(site.folder, 'watch'))
  for (const name of ['swarmtag.js', 'swarmtag-peers.js', 'swarmtag-sw.js'])
    cpSync(join('dist', name), join(site.folder, 'watch', name))
  const url = site.page('watch/film.html', `<script src="swarmtag.js"></script>${film()}`)
  const viewer = await (await arrive()).visit(url)
  expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toEqual({ state: 'active' })
  // On a first visit a busy machine may play over plain HTTP.
  await viewer.visit(url)
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  const scopes = viewer.page.evaluate(async () =>
    (await navigator.serviceWorker.getRegistrations()).map(each => each.scope),
  )
  expect(await scopes).toEqual([`${site.server.url}watch/`])

  await viewer.visit(site.page('outside.html', film('autoplay muted crossorigin')))
  await viewer.plays()
  expect(await viewer.page.evaluate(() => navigator.serviceWorker.controller)).toBe(null)
})

for (const [older, change] of [
  ['page', (script: string) => withBridgeVersion(script, BRIDGE_VERSION + 1)],
  ['worker', (script: string) => withBridgeVersion(script, BRIDGE_VERSION - 1)],
] as const)
  test(`an older ${older} and a newer one do not talk, and the film plays from the origin`, async ({
    site,
    arrive,
    arriveHolding,
  }) => {
    const url = site.watchPage()
    await arriveHolding(url)
    const script = built('swarmtag-sw.js')
    writeFileSync(join(site.folder, 'swarmtag-sw.js'), change(script))
    const viewer = await (await arrive()).visit(url)
    await viewer.plays()
    await viewer.seek(45)
    await viewer.plays()
    expect(await viewer.sha256()).toBe(FILM_SHA256)
    expect(await viewer.stats()).toBeUndefined()
    expect(site.requestsOf('/swarmtag-peers.js')).toHaveLength(1)
    expect(viewer.console.filter(line => line.includes('uncaught'))).toEqual([])
  })
