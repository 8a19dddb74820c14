/** Viewers meet again soon after their tracker, or their network, was away. */

import { expect, settle, test, type Viewer } from './fixtures.js'

/** Within this time viewers have met. */
const MEET_MS = 10_000

declare global {
  interface Window {
    /** Whether a tracker has said that it knows nobody else. */
    isAlone: boolean
    /** From now on its sockets are as those of a network that is gone: nothing comes or goes, and none is closed. */
    numb(): void
  }
}

/** Lets a test take the network from a page's sockets. */
async function watchSockets({ page }: Viewer): Promise<void> {
  await page.addInitScript(() => {
    window.isAlone = false
    const open = new Set<WebSocket>()
    const numb = new WeakSet<WebSocket>()
    window.numb = () => {
      for (const each of open) numb.add(each)
    }
    const Real = WebSocket
    window.WebSocket = class extends Real {
      constructor(url: string | URL) {
        super(url)
        open.add(this)
        this.addEventListener('message', ({ data }) => {
          const { complete, incomplete } = JSON.parse(data)
          window.isAlone ||= complete + incomplete === 1
        })
        for (const type of ['message', 'close'])
          this.addEventListener(type, event => numb.has(this) && event.stopImmediatePropagation())
      }

      override send(data: string): void {
        if (!numb.has(this)) super.send(data)
      }

      override close(): void {
        if (!numb.has(this)) super.close()
      }
    }
  })
}

/** Has it meet the other within ten seconds from now. */
async function meetsSoon(viewer: Viewer): Promise<void> {
  const fromMs = Date.now()
  await viewer.until(({ peers }) => peers === 1, 'they have met')
  expect(Date.now() - fromMs).toBeLessThan(MEET_MS)
}

/** A viewer that knows itself alone at the tracker. */
async function isAlone(viewer: Viewer, url: string): Promise<Viewer> {
  await watchSockets(viewer)
  await viewer.visit(url)
  await viewer.plays()
  await viewer.page.waitForFunction(() => window.isAlone)
  return viewer
}

test('two that both count as alone connect as soon as the tracker knows both', async ({
  site,
  arrive,
}) => {
  const url = site.watchPage()
  const first = await isAlone(await settle(site, await arrive()), url)
  site.server.tracker.stop()
  await first.context.setOffline(true)
  site.server.tracker.start()
  const second = await isAlone(await settle(site, await arrive()), url)
  await first.context.setOffline(false)
  await meetsSoon(second)
})

test('a browser whose socket died silently connects to others once it is online again', async ({
  site,
  arrive,
}) => {
  const url = site.watchPage()
  const first = await isAlone(await settle(site, await arrive()), url)
  await first.page.evaluate(() => window.numb())
  const second = await (await settle(site, await arrive())).visit(url)
  await second.plays()
  await first.context.setOffline(true)
  await first.context.setOffline(false)
  await meetsSoon(second)
})

test('a machine that slept, and whose socket died meanwhile, meets others', async ({
  site,
  arrive,
}) => {
  const url = site.watchPage()
  const first = await isAlone(await settle(site, await arrive()), url)
  await first.page.evaluate(() => window.numb())
  const second = await (await settle(site, await arrive())).visit(url)
  await second.plays()
  await first.page.evaluate(() => {
    const now = Date.now
    Date.now = () => now() + 600_000
  })
  await meetsSoon(second)
})
