/** A first visit: the page comes before its worker, and the viewer notices nothing. */

import { readFileSync } from 'node:fs'
import { CLIP, expect, FILM, FILM_SHA256, film, test, visitInTime } from './fixtures.js'

const destinations = (requests: { destination: string }[]) => requests.map(each => each.destination)

test('a first visit sends no request past the worker', async ({ site, arrive }) => {
  const viewer = await visitInTime(site, arrive, site.watchPage())
  const requests = site.requestsOf(FILM)
  expect(requests.length).toBeGreaterThan(0)
  // A media element's own requests say so; those of the worker are its own.
  expect(destinations(requests)).not.toContain('video')
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
})

test('a film in a source element is held and then plays through the worker', async ({
  site,
  arrive,
}) => {
  const url = site.page(
    'source.html',
    `<script src="/swarmtag.js"></script>
     <video autoplay muted onerror="document.title='failed'">
       <source src="${CLIP}" type="video/webm" onerror="document.title='failed'">
       <source src="${FILM}" type="video/mp4">
     </video>`,
  )
  const viewer = await visitInTime(site, arrive, url)
  expect(await viewer.page.title()).toBe('source.html')
  expect(destinations(site.requestsOf(CLIP))).not.toContain('video')
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the clip takes part', CLIP)
  expect(site.requestsOf(FILM)).toEqual([])
})

test('a worker that does not come does not keep the video: it plays, ready to move', async ({
  site,
  arrive,
}) => {
  site.intercept = request => request.url?.startsWith('/swarmtag-sw.js') === true
  const viewer = await (await arrive()).visit(site.watchPage())
  await viewer.plays()
  expect(destinations(site.requestsOf(FILM))).toContain('video')
  const [standing] = await viewer.page.evaluate(() => window.swarmtag?.stats().elements ?? [])
  expect(standing).toMatchObject({ takesPart: false, reason: 'late' })
  expect(viewer.console.filter(line => line.includes('plays-plainly'))).toHaveLength(1)
  // With it the worker may answer its next request.
  expect(await viewer.page.evaluate(() => document.querySelector('video')?.crossOrigin)).toBe(
    'anonymous',
  )
})

test('a worker that comes while the video plays answers its next request', async ({
  site,
  arrive,
}) => {
  const held: (() => void)[] = []
  const worker = readFileSync('dist/swarmtag-sw.js')
  site.intercept = (request, response) => {
    if (!request.url?.startsWith('/swarmtag-sw.js') || held.length > 0) return false
    held.push(() => response.writeHead(200, { 'content-type': 'text/javascript' }).end(worker))
    return true
  }
  // So slow that most of the film is still to come.
  site.server.line.bytesPerSecond = 2_000_000
  const viewer = await (await arrive()).visit(site.watchPage())
  await viewer.plays()
  for (const answer of held) answer()
  expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toEqual({ state: 'active' })
  await viewer.plays()
  expect(await viewer.stats()).toBeUndefined()
  await viewer.seek(50)
  await viewer.plays()
  await viewer.until(({ bytes }) => bytes.origin > 0, 'the film takes part')
  const [standing] = await viewer.page.evaluate(() => window.swarmtag?.stats().elements ?? [])
  expect(standing).toMatchObject({ takesPart: true })
  await viewer.seek(1)
  await viewer.plays()
  site.server.line.bytesPerSecond = Number.POSITIVE_INFINITY
  expect(await viewer.sha256()).toBe(FILM_SHA256)
})

test('with data-hold="0" nothing waits, and what has no data yet moves when the worker is there', async ({
  site,
  arrive,
}) => {
  // What is asked past the worker is not answered.
  site.intercept = request => request.url === FILM && request.headers['sec-fetch-dest'] === 'video'
  const url = site.page(
    'watch.html',
    `<script src="/swarmtag.js" data-hold="0"></script><video src="${FILM}" muted></video><script>
     window.heard = []
     const video = document.querySelector('video')
     for (const type of ['loadstart', 'abort', 'emptied', 'play', 'error', 'playing'])
       video.addEventListener(type, () => heard.push(type))
     video.play().then(() => heard.push('played'), error => heard.push(error.name))</script>`,
  )
  const viewer = await (await arrive()).visit(url)
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  const heard = await viewer.page.evaluate<string[]>('heard')
  expect(heard.sort()).toEqual(['loadstart', 'play', 'played', 'playing'])
  expect(destinations(site.requestsOf(FILM))).toContain('video')
})

test('a missing worker file is said once, and the video plays', async ({ site, arrive }) => {
  const viewer = await (await arrive()).visit(
    site.watchPage('watch.html', 'data-worker="/nowhere.js"'),
  )
  await viewer.plays()
  expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toMatchObject({ state: 'off' })
  const lines = viewer.console.filter(line => line.startsWith('[swarmtag]'))
  expect(lines).toEqual([
    expect.stringContaining('worker-unavailable: /nowhere.js could not be registered'),
  ])
})

for (const missing of ['RTCPeerConnection', 'indexedDB', 'serviceWorker'])
  test(`a browser without ${missing} plays over plain HTTP, and one line says so`, async ({
    site,
    arrive,
  }) => {
    const viewer = await arrive()
    await viewer.page.addInitScript(name => {
      for (const owner of [window, Navigator.prototype]) Reflect.deleteProperty(owner, name)
    }, missing)
    await viewer.visit(site.watchPage())
    await viewer.plays()
    expect(await viewer.page.evaluate(() => window.swarmtag?.stats().state)).toBe('off')
    const lines = viewer.console.filter(line => /swarmtag|uncaught/.test(line))
    expect(lines).toEqual([expect.stringContaining('unsupported: this browser has no')])
    expect(destinations(site.requestsOf(FILM))).toContain('video')
  })

test('a page that is not secure plays over plain HTTP, and one line says so', async ({
  browser,
  site,
}) => {
  // A name that is neither localhost nor HTTPS.
  const context = await browser.newContext()
  const page = await context.newPage()
  const lines: string[] = []
  page.on('console', message => lines.push(message.text()))
  const url = new URL(site.watchPage())
  await page.route('http://site.test/**', async route => {
    const asked = new URL(route.request().url())
    const response = await route.fetch({ url: new URL(asked.pathname, url).href })
    await route.fulfill({ response })
  })
  await page.goto('http://site.test/watch.html')
  await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.3)
  expect(lines.filter(line => line.includes('swarmtag'))).toEqual([
    expect.stringContaining('unsupported: the page is not served over HTTPS'),
  ])
  await context.close()
})

test('an element that started before the tag is never broken by the worker', async ({
  site,
  arrive,
}) => {
  const url = site.page(
    'late.html',
    `${film()}<script>addEventListener('load', () => setTimeout(() => {
    const script = document.createElement('script'); script.src = '/swarmtag.js'; document.body.append(script)
  }, 500))</script>`,
  )
  const viewer = await (await arrive()).visit(url)
  await viewer.plays()
  await viewer.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  for (const seconds of [45, 5, 58]) {
    await viewer.page.evaluate(seconds => {
      const video = document.querySelector('video')
      if (video) video.currentTime = seconds
    }, seconds)
    await viewer.plays()
  }
  expect(new Set(destinations(site.requestsOf(FILM)))).toEqual(new Set(['video']))
})

test('the second visit plays through the worker from the first byte, with the same bytes', async ({
  site,
  arrive,
}) => {
  const viewer = await visitInTime(site, arrive, site.watchPage('watch.html', ''))
  await viewer.page.reload()
  await viewer.plays()
  expect(destinations(site.requestsOf(FILM))).not.toContain('video')
  expect(await viewer.sha256()).toBe(FILM_SHA256)
})

test('a page that is loaded past its worker is taken over, and what follows takes part', async ({
  site,
  arrive,
}) => {
  const viewer = await (await arrive()).visit(site.watchPage())
  await viewer.plays()
  const session = await viewer.context.newCDPSession(viewer.page)
  const loaded = viewer.page.waitForEvent('load')
  // As with the shift key held: the browser leaves the worker out.
  await session.send('Page.reload', { ignoreCache: true })
  await loaded
  await viewer.plays()
  expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toEqual({ state: 'active' })
  expect(await viewer.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
})
