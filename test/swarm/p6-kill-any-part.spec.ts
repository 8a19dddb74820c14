/**
 * P6: stop any part in the middle of a film, and playback goes on within a second from what is left;
 * nothing stored is lost or spoilt.
 *
 * The line to the origin is slow enough that the film is not in the browser already when a part is
 * stopped, and each test seeks to where nothing is buffered right after it.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BRIDGE_VERSION,
  expect,
  FILM,
  FILM_DIGESTS,
  FILM_SHA256,
  film,
  type Site,
  settle,
  test,
  type Viewer,
  withBridgeVersion,
} from './fixtures.js'

const MOST_STILL_MS = 1_000

/** 8 Mbit/s, five times what the film needs: a minute of it takes eleven seconds. */
const slow = (site: Site) => {
  site.server.line.bytesPerSecond = 1_000_000
}

test.beforeEach(({ site }) => {
  site.page('empty.html', '<script src="/swarmtag.js"></script>')
})

/** Stops a part, seeks to where nothing is buffered, and plays on; tells for how long nothing moved. */
async function ridesOut(viewer: Viewer, stopPart: () => unknown, seekTo = 45): Promise<void> {
  const longestStillMs = await viewer.watchStalls()
  await stopPart()
  await viewer.seek(seekTo)
  await viewer.plays('video', 1)
  const ms = await longestStillMs()
  test.info().annotations.push({ type: 'still', description: `${Math.round(ms)} ms` })
  expect(ms).toBeLessThanOrEqual(MOST_STILL_MS)
}

/** What is stored now is true, and what was stored before is among it. */
async function keepsAll(viewer: Viewer, before: Map<number, string> = new Map()): Promise<void> {
  const now = await viewer.stored()
  for (const [index, digest] of now) expect(digest, `chunk ${index}`).toBe(FILM_DIGESTS[index])
  expect([...before.keys()].filter(index => !now.has(index))).toEqual([])
}

/** After all that happened the viewer gets the whole film, true, and has nothing false stored. */
async function endsWell(site: Site, viewer: Viewer, before?: Map<number, string>): Promise<void> {
  site.server.line.bytesPerSecond = Number.POSITIVE_INFINITY
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  await keepsAll(viewer, before)
  expect(viewer.console.filter(line => line.includes('uncaught'))).toEqual([])
}

/** A viewer that has begun to play, and has some of the film stored. */
async function begins(viewer: Viewer, url: string): Promise<Map<number, string>> {
  // A busy machine may need longer for the first worker than a first visit waits for it.
  await viewer.visit(new URL('/empty.html', url).href)
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  await viewer.visit(url)
  await viewer.plays()
  await expect.poll(async () => (await viewer.stored()).size).toBeGreaterThan(0)
  return viewer.stored()
}

test('P6 the worker is stopped, again and again', async ({ site, arrive }) => {
  slow(site)
  const viewer = await arrive()
  const before = await begins(viewer, site.watchPage())
  for (const seconds of [20, 40, 10]) await ridesOut(viewer, () => viewer.stopWorker(), seconds)
  expect(site.requestsOf(FILM).map(each => each.destination)).not.toContain('video')
  await endsWell(site, viewer, before)
})

test('P6 the page says nothing any more: the worker goes on by itself', async ({
  site,
  arrive,
}) => {
  slow(site)
  const viewer = await arrive()
  await viewer.page.addInitScript(() => {
    const { postMessage } = MessagePort.prototype
    MessagePort.prototype.postMessage = function (this: MessagePort, ...message: unknown[]) {
      if (!('isSilent' in window)) return postMessage.apply(this, message as never)
    }
  })
  const before = await begins(viewer, site.watchPage())
  await ridesOut(viewer, () => viewer.page.evaluate(() => Object.assign(window, { isSilent: 1 })))
  // The worker answers no less to a page that says nothing from the start.
  await endsWell(site, viewer, before)
})

test('P6 the page hangs for three seconds, and comes back', async ({ site, arrive }) => {
  slow(site)
  const viewer = await arrive()
  const before = await begins(viewer, site.watchPage())
  await viewer.plays('video', 1)
  await ridesOut(viewer, () =>
    viewer.page.evaluate(() => {
      const untilMs = performance.now() + 3_000
      while (performance.now() < untilMs);
    }),
  )
  await endsWell(site, viewer, before)
})

test('P6 the browser freezes the page for two seconds, and thaws it', async ({ site, arrive }) => {
  slow(site)
  const viewer = await arrive()
  const before = await begins(viewer, site.watchPage())
  const session = await viewer.context.newCDPSession(viewer.page)
  await session.send('Page.setWebLifecycleState', { state: 'frozen' })
  await new Promise(resolve => setTimeout(resolve, 2_000))
  await session.send('Page.setWebLifecycleState', { state: 'active' })
  await ridesOut(viewer, () => {})
  await endsWell(site, viewer, before)
})

test('P6 a tab is closed while another plays', async ({ site, arrive }) => {
  slow(site)
  const url = site.watchPage()
  const closing = await arrive()
  await begins(closing, url)
  const viewer = await closing.sameBrowser()
  const before = await begins(viewer, url)
  await ridesOut(viewer, () => closing.page.close())
  await endsWell(site, viewer, before)
})

/** A viewer that has all and gives a chunk every so often, so that it is always in the middle of some. */
async function holdsAllAndGivesSlowly(viewer: Viewer, url: string, everyMs = 100): Promise<Viewer> {
  await viewer.page.addInitScript(everyMs => {
    const send = RTCDataChannel.prototype.send
    let freeAtMs = 0
    RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: never) {
      const bytes: unknown = data
      if (!(bytes instanceof Uint8Array) || bytes[0] !== 7) return send.call(this, data)
      freeAtMs = Math.max(freeAtMs, performance.now()) + everyMs
      setTimeout(() => send.call(this, data), freeAtMs - performance.now())
    }
  }, everyMs)
  await viewer.visit(url)
  await viewer.plays()
  await viewer.holdsAll()
  return viewer
}

test('P6 the tab that gives chunks crashes in the middle of one', async ({ site, arrive }) => {
  const url = site.watchPage()
  const giver = await holdsAllAndGivesSlowly(await settle(site, await arrive()), url)
  slow(site)
  const viewer = await arrive()
  const before = await begins(viewer, url)
  await viewer.until(({ bytes }) => bytes.peers > 0, 'chunks come from the other')
  await ridesOut(viewer, () => giver.page.goto('chrome://crash').catch(() => {}))
  await endsWell(site, viewer, before)
})

test('P6 the tracker is down from the start', async ({ site, arrive }) => {
  slow(site)
  site.server.tracker.stop()
  const viewer = await arrive()
  const before = await begins(viewer, site.watchPage())
  await ridesOut(viewer, () => {})
  await endsWell(site, viewer, before)
})

test('P6 the tracker goes: who is connected stays so, and who comes plays from the origin', async ({
  site,
  arrive,
}) => {
  const url = site.watchPage()
  // Not so slow that the origin would overtake it on a busy machine: it would be let go, and without a tracker for good.
  await holdsAllAndGivesSlowly(await settle(site, await arrive()), url, 30)
  slow(site)
  const viewer = await arrive()
  const before = await begins(viewer, url)
  await viewer.until(({ bytes }) => bytes.peers > 0, 'chunks come from the other')
  await ridesOut(viewer, () => site.server.tracker.stop())
  const given = (await viewer.stats())?.bytes.peers ?? 0
  await viewer.until(({ bytes }) => bytes.peers > given, 'the other gives on')
  const late = await arrive()
  await begins(late, url)
  await ridesOut(late, () => {})
  await endsWell(site, viewer, before)
})

test('P6 the origin goes: the other viewer carries the film on', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  const url = site.watchPage()
  await arriveHolding(url)
  slow(site)
  const viewer = await arrive()
  const before = await begins(viewer, url)
  await viewer.until(({ peers }) => peers === 1, 'the viewers are connected')
  await ridesOut(viewer, () => site.server.origin.stop())
  await endsWell(site, viewer, before)
})

for (const [when, fate] of [
  ['in the middle of a film', awaitsOrigin],
  ['before it begins', failsAtStart],
  ['with the whole network', waitsForNetwork],
] as const)
  test(`P6 the origin goes ${when} and nobody else is there: as over plain HTTP, and it plays when it is back`, async ({
    site,
    arrive,
  }) => {
    site.server.line.bytesPerSecond = 400_000
    const plain = await fate(site, await arrive(), site.page('plain.html', film()))
    const ours = await fate(site, await arrive(), site.watchPage())
    test.info().annotations.push({ type: 'fate', description: JSON.stringify({ plain, ours }) })
    expect(ours.error).toBe(plain.error)
    expect(ours.backMs).toBeLessThanOrEqual(plain.backMs + MOST_STILL_MS)
  })

/** What the element says within two seconds of a dead origin, and how long it takes to go on afterwards. */
interface Fate {
  readonly error: number | 'none'
  readonly backMs: number
}

async function awaitsOrigin(site: Site, viewer: Viewer, url: string): Promise<Fate> {
  await viewer.visit(url)
  await viewer.plays()
  site.server.origin.stop()
  await viewer.seek(50)
  const error = await errorOf(viewer)
  expect(await viewer.currentTime()).toBe(50)
  return { error, backMs: await back(viewer, () => site.server.origin.start()) }
}

async function waitsForNetwork(_site: Site, viewer: Viewer, url: string): Promise<Fate> {
  await viewer.visit(url)
  await viewer.plays()
  await viewer.context.setOffline(true)
  await viewer.seek(50)
  const error = await errorOf(viewer)
  expect(await viewer.currentTime()).toBe(50)
  return { error, backMs: await back(viewer, () => viewer.context.setOffline(false)) }
}

async function failsAtStart(site: Site, viewer: Viewer, url: string): Promise<Fate> {
  await viewer.visit(url)
  await viewer.plays()
  site.server.origin.stop()
  await viewer.page.evaluate(url => {
    const video = document.querySelector('video')
    if (video) video.src = `${url}?another`
  }, FILM)
  const error = await errorOf(viewer)
  return { error, backMs: await back(viewer, () => site.server.origin.start()) }
}

const errorOf = ({ page }: Viewer) =>
  page.evaluate(
    () =>
      new Promise<number | 'none'>(resolve => {
        const video = document.querySelector('video')
        if (video?.error) resolve(video.error.code)
        video?.addEventListener('error', () => resolve(video.error?.code ?? 0))
        setTimeout(resolve, 2_000, 'none')
      }),
  )

/** What was gone comes back, and an element that failed is told to load anew. */
async function back(viewer: Viewer, comesBack: () => unknown): Promise<number> {
  const startMs = performance.now()
  await comesBack()
  await viewer.page.evaluate(() => {
    const video = document.querySelector('video')
    if (video?.error) video.load()
  })
  await viewer.plays('video', 0.2)
  return Math.round(performance.now() - startMs)
}

test('P6 storage is blocked from the start', async ({ site, arrive }) => {
  slow(site)
  const url = site.watchPage()
  const blocker = await (await arrive()).visit(site.page('blocker.html', 'nothing'))
  // A connection that does not let go, and somebody who waits for it: whoever comes later waits behind.
  await blocker.page.evaluate(
    () =>
      new Promise(resolve => {
        const opening = indexedDB.open('swarmtag')
        opening.onsuccess = () => {
          Object.assign(window, { held: opening.result })
          indexedDB.deleteDatabase('swarmtag').onblocked = resolve
        }
      }),
  )
  const viewer = await (await blocker.sameBrowser()).visit(url)
  await viewer.plays('video', 1)
  await ridesOut(viewer, () => {})
  site.server.line.bytesPerSecond = Number.POSITIVE_INFINITY
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  expect(viewer.console.filter(line => line.includes('uncaught'))).toEqual([])
})

test('P6 storage is deleted', async ({ site, arrive }) => {
  slow(site)
  const viewer = await arrive()
  await begins(viewer, site.watchPage())
  const deleteAll = () =>
    viewer.page.evaluate(
      () =>
        new Promise(resolve => {
          indexedDB.deleteDatabase('swarmtag').onsuccess = resolve
        }),
    )
  await ridesOut(viewer, deleteAll)
  await ridesOut(viewer, () => {}, 1)
  await endsWell(site, viewer)
})

test('P6 storage is full', async ({ site, arrive }) => {
  slow(site)
  const viewer = await arrive()
  // Chromium's own override of the quota (Storage.overrideQuotaForOrigin) does not stop IndexedDB.
  await viewer.page.addInitScript(() => {
    const put = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...record) {
      if (!('refused' in window)) return put.apply(this, record)
      ;(window.refused as number)++
      throw new DOMException('the disk is full', 'QuotaExceededError')
    }
  })
  await begins(viewer, site.watchPage())
  await viewer.page.evaluate(() => Object.assign(window, { refused: 0 }))
  // What was under way is written.
  await viewer.page.waitForTimeout(500)
  const before = await viewer.stored()
  await ridesOut(viewer, () => {})
  await endsWell(site, viewer)
  expect(
    await viewer.page.evaluate(() => (window as never as { refused: number }).refused),
  ).toBeGreaterThan(0)
  expect((await viewer.stored()).size).toBeLessThanOrEqual(before.size)
})

for (const [what, change] of [
  ['another worker of the same release', (script: string) => `${script}\n// another`],
  [
    'a worker of a newer release',
    (script: string) => withBridgeVersion(script, BRIDGE_VERSION + 1),
  ],
  [
    'a worker of an older release',
    (script: string) => withBridgeVersion(script, BRIDGE_VERSION - 1),
  ],
] as const)
  test(`P6 ${what} takes over`, async ({ site, arrive }) => {
    slow(site)
    const viewer = await arrive()
    const before = await begins(viewer, site.watchPage())
    writeFileSync(
      join(site.folder, 'swarmtag-sw.js'),
      change(readFileSync('dist/swarmtag-sw.js', 'utf8')),
    )
    // The browser lets the old worker finish what it gives, unless it is stopped.
    const update = () =>
      viewer.page.evaluate(async () => {
        const { serviceWorker } = navigator
        const replaced = new Promise(resolve => {
          serviceWorker.addEventListener('controllerchange', () => resolve(true))
        })
        Object.assign(window, { replaced })
        await (await serviceWorker.ready).update()
      })
    await ridesOut(viewer, update)
    const takeOver = async () => {
      await viewer.stopWorker()
      await viewer.page.evaluate(() => (window as never as { replaced: Promise<void> }).replaced)
    }
    await ridesOut(viewer, takeOver, 20)
    await endsWell(site, viewer, before)
  })
