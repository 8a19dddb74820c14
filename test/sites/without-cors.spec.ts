/** Files that plain HTTP can play and `crossorigin` cannot: one click plays, and the source that would play anyway. */

import { createReadStream } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  test as base,
  CLIP,
  expect,
  FILM,
  FILM_BYTES,
  type Site,
  settle,
  type Viewer,
} from '../swarm/fixtures.js'

/** Another host, without CORS: it has one film. */
const test = base.extend<{ elsewhere: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from it
  elsewhere: async ({}, use) => {
    const server: Server = createServer((request, response) => {
      const from = Number(/bytes=(\d+)/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.writeHead(206, {
        'content-type': 'video/mp4',
        'accept-ranges': 'bytes',
        'content-length': FILM_BYTES.length - from,
        'content-range': `bytes ${from}-${FILM_BYTES.length - 1}/${FILM_BYTES.length}`,
      })
      createReadStream('demo/media/zoom-720p.mp4', { start: from }).pipe(response)
    })
    await new Promise<void>(resolve => server.listen(0, resolve))
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/film.mp4`)
    server.closeAllConnections()
    server.close()
  },
})

function redirect(site: Site, elsewhere: string): void {
  site.intercept = (request, response) => {
    if (request.url !== FILM) return false
    response.writeHead(302, { location: elsewhere }).end()
    return true
  }
}

const ELEMENTS = {
  'a src': `<video src="${FILM}" preload="none" muted></video>`,
  'a src that loads at once': `<video src="${FILM}" muted></video>`,
  sources: `<video preload="none" muted><source src="${FILM}" type="video/mp4"><source src="${CLIP}" type="video/webm"></video>`,
}

const page = (element: string) => `<script src="/swarmtag.js"></script>${element}<script>
  window.heard = []
  const video = document.querySelector('video')
  for (const type of ['error', 'abort', 'emptied', 'loadstart', 'play', 'pause', 'playing'])
    video.addEventListener(type, () => heard.push(type), true)
  addEventListener('click', () => video.play().then(() => heard.push('played'), error => heard.push(error.name)))
</script>`

async function click(viewer: Viewer): Promise<void> {
  await viewer.page.mouse.click(5, 5)
  // Not `plays`, which reads `video.error`: that is set for the instant between what failed and its event, which reloads
  // the element. A failure that lasts leaves the time at 0, and one that the page hears of is among the events.
  await viewer.page.waitForFunction(
    () => Number(document.querySelector('video')?.currentTime) > 0.3,
  )
  const { heard, source } = await viewer.page.evaluate(() => {
    const { heard } = window as never as { heard: string[] }
    return { heard, source: document.querySelector('video')?.currentSrc }
  })
  expect(source).toContain(FILM)
  // Once each, as plain HTTP tells them; where the element loads at once it may do so before the click.
  expect(heard.filter(each => each !== 'loadstart')).toEqual(['play', 'playing', 'played'])
  expect(heard.filter(each => each === 'loadstart').length).toBeLessThan(2)
}

for (const [what, element] of Object.entries(ELEMENTS))
  test(`one click plays the element with ${what} that redirects to a host without CORS`, async ({
    site,
    arrive,
    elsewhere,
  }) => {
    redirect(site, elsewhere)
    const url = site.page('click.html', page(element))
    const viewer = await (await arrive()).visit(url)
    await click(viewer)
    await expect
      .poll(() => viewer.page.evaluate(() => window.swarmtag?.stats().elements[0]?.reason))
      .toBe('without-cors')
    await viewer.page.evaluate(() => window.swarmtag?.ready)
    // The second time the worker is there from the start.
    await viewer.page.reload()
    await click(viewer)
    const lines = viewer.console.filter(line => line.includes('plays only without CORS'))
    expect(lines).toHaveLength(2)
  })

for (const visit of ['first', 'later'] as const)
  test(`a first source that is not there is passed over on a ${visit} visit, and the next takes part`, async ({
    site,
    arrive,
  }) => {
    const url = site.page(
      'gone.html',
      `<script src="/swarmtag.js"></script><script>window.failed = []</script>
     <video autoplay muted><source src="/videos/gone.mp4" onerror="failed.push(this.src)"><source src="${FILM}"></video>`,
    )
    const viewer = await arrive()
    if (visit === 'later') await settle(site, viewer)
    // So slow that most of the film is still to come once the worker is there, however late.
    else site.server.line.bytesPerSecond = 2_000_000
    await viewer.visit(url)
    await viewer.plays()
    expect(await viewer.page.evaluate('failed.length')).toBe(1)
    expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toEqual({ state: 'active' })
    if (visit === 'first') await viewer.seek(50)
    await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
    expect(await viewer.page.evaluate(() => window.swarmtag?.stats().elements)).toEqual([
      { url: expect.stringContaining(FILM), takesPart: true },
    ])
  })

test('a missing file is reported once, and the element is as written', async ({ site, arrive }) => {
  const url = site.page(
    'missing.html',
    `<script src="/swarmtag.js"></script><video src="/videos/gone.mp4" muted></video><script>
     window.failed = []
     const video = document.querySelector('video')
     video.onerror = () => failed.push('error ' + video.error.code)
     video.play().catch(error => failed.push(error.name))</script>`,
  )
  const viewer = await (await arrive()).visit(url)
  await viewer.page.waitForFunction('failed.length === 2')
  expect((await viewer.page.evaluate<string[]>('failed')).sort()).toEqual([
    'NotSupportedError',
    'error 4',
  ])
})
