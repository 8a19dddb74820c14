/** A real site for each test, and viewers that visit it. */

import { type BrowserContext, test as base, expect, type Page } from '@playwright/test'
import { BRIDGE_VERSION } from '../../src/bridge/messages.js'
import type { Swarmtag, VideoStats } from '../../src/client/index.js'
import { CHUNK_BYTES } from '../../src/core/units.js'
import { FILM, Site } from './site.js'

export * from './site.js'
export { BRIDGE_VERSION, expect }

declare global {
  interface Window {
    swarmtag?: Swarmtag
  }
}

/** What was handed out is checked and kept within this time, also on a busy machine. */
const HELD_MS = 10_000

/** One viewer: a browser profile of its own with one page open. */
export class Viewer {
  readonly console: string[] = []

  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('console', message => this.console.push(message.text()))
    page.on('pageerror', error => this.console.push(`uncaught: ${error.message}`))
  }

  async visit(url: string): Promise<this> {
    await this.page.goto(url)
    return this
  }

  /** Waits until the element has played on from where it is. */
  async plays(selector = 'video', seconds = 0.3): Promise<void> {
    const from = await this.currentTime(selector)
    await this.page.waitForFunction(
      ([selector, until]) => {
        const media = document.querySelector<HTMLVideoElement>(selector)
        if (media?.error) throw new Error(media.error.message)
        return media !== null && media.currentTime >= until
      },
      [selector, from + seconds] as const,
    )
  }

  currentTime(selector = 'video'): Promise<number> {
    return this.page.evaluate(
      selector => document.querySelector<HTMLVideoElement>(selector)?.currentTime ?? 0,
      selector,
    )
  }

  /** What Swarmtag says of a video. */
  stats(path = FILM): Promise<VideoStats | undefined> {
    return this.page.evaluate(
      path => window.swarmtag?.stats().videos.find(({ url }) => url.endsWith(path)),
      path,
    )
  }

  /** Waits until the viewer's figures satisfy a condition. */
  async until(
    condition: (stats: VideoStats) => boolean,
    what: string,
    path = FILM,
    timeoutMs?: number,
  ): Promise<VideoStats> {
    let stats: VideoStats | undefined
    const isSatisfied = async () => {
      stats = await this.stats(path)
      return stats !== undefined && condition(stats)
    }
    try {
      await expect.poll(isSatisfied, timeoutMs ? { timeout: timeoutMs } : {}).toBe(true)
    } catch {
      throw new Error(`${what}: not so, but ${JSON.stringify(stats)}\n${this.console.join('\n')}`)
    }
    if (!stats) throw new Error('no figures')
    return stats
  }

  /** Loads a file by `fetch`, as a player's own loader would, and hashes it. */
  sha256(path = FILM): Promise<string> {
    return this.page.evaluate(async path => {
      const digest = await crypto.subtle.digest('SHA-256', await (await fetch(path)).arrayBuffer())
      return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
    }, path)
  }

  /**
   * Loads the whole film and stays, ready to give it to others. What came before worker or manifest were
   * there was played and not kept: on a busy machine it is asked for once more.
   */
  async holdsAll(path = FILM): Promise<void> {
    for (const timeoutMs of [HELD_MS, HELD_MS]) {
      await this.sha256(path)
      const waiting = this.until(({ complete }) => complete, 'all is held', path, timeoutMs)
      if (await waiting.catch(() => undefined)) break
    }
    const { root, chunks } = await this.until(({ complete }) => complete, 'all is held', path)
    await expect.poll(() => this.keptChunks(root)).toBe(chunks)
  }

  /** The digest of each chunk that the browser's database has; that it has all that it says it holds is checked. */
  async stored(): Promise<Map<number, string>> {
    const found = await this.page.evaluate(async chunkBytes => {
      const result = <Value>(request: IDBRequest<Value>) =>
        new Promise<Value>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result)
          request.onerror = () => reject(request.error)
        })
      const database = await result(indexedDB.open('swarmtag'))
      if (!database.objectStoreNames.contains('chunks')) return { chunks: [], held: 0 }
      const reading = database.transaction(['chunks', 'holdings'])
      const [records, holdings] = await Promise.all([
        result<{ from: number; to: number; bytes: Blob }[]>(reading.objectStore('chunks').getAll()),
        result<{ runs: { from: number; to: number }[] }[]>(
          reading.objectStore('holdings').getAll(),
        ),
      ])
      const digested = records.map(async ({ from, to, bytes }) => {
        const whole = await bytes.arrayBuffer()
        return Promise.all(
          Array.from({ length: to - from }, async (_, at) => {
            const chunk = whole.slice(at * chunkBytes, (at + 1) * chunkBytes)
            const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', chunk))
            const hex = Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
            return [from + at, hex] as const
          }),
        )
      })
      const chunks = (await Promise.all(digested)).flat()
      database.close()
      const runs = holdings.flatMap(each => each.runs)
      return { chunks, held: runs.reduce((sum, { from, to }) => sum + to - from, 0) }
    }, CHUNK_BYTES)
    expect(found.held).toBe(found.chunks.length)
    return new Map(found.chunks)
  }

  /** How many chunks of a resource the browser's database holds. */
  keptChunks(root: string): Promise<number> {
    return this.page.evaluate(async root => {
      const opening = indexedDB.open('swarmtag')
      await new Promise(resolve => opening.addEventListener('success', resolve))
      const asking = opening.result.transaction('holdings').objectStore('holdings').get(root)
      await new Promise(resolve => asking.addEventListener('success', resolve))
      opening.result.close()
      const runs: { from: number; to: number }[] = asking.result?.runs ?? []
      return runs.reduce((sum, { from, to }) => sum + to - from, 0)
    }, root)
  }

  /** Empties the browser's store, and leaves what it knows of manifests. */
  forgetChunks(): Promise<void> {
    return this.page.evaluate(async () => {
      const opening = indexedDB.open('swarmtag')
      await new Promise(resolve => opening.addEventListener('success', resolve))
      const change = opening.result.transaction(['chunks', 'holdings'], 'readwrite')
      for (const name of ['chunks', 'holdings']) change.objectStore(name).clear()
      await new Promise(resolve => change.addEventListener('complete', resolve))
      opening.result.close()
    })
  }

  async seek(seconds: number, selector = 'video'): Promise<void> {
    await this.page.evaluate(
      ([seconds, selector]) => {
        const media = document.querySelector<HTMLVideoElement>(selector)
        if (media) media.currentTime = seconds
      },
      [seconds, selector] as const,
    )
  }

  /**
   * Watches the first video from now on; tells the longest time in ms that it stood still while it was to
   * play. A seek counts from when it was asked for. A page that is too busy to watch is no video that stands still.
   */
  async watchStalls(): Promise<() => Promise<number>> {
    await this.page.evaluate(() => {
      const video = document.querySelector('video')
      if (!video) throw new Error('no video')
      const watch = { longestMs: 0 }
      let [atMs, time, stillMs] = [performance.now(), video.currentTime, 0]
      const look = () => {
        const passedMs = performance.now() - atMs
        const movedMs = (video.currentTime - time) * 1_000
        const isSeek = movedMs < 0 || movedMs > 2 * passedMs + 500
        const isStill = isSeek || movedMs < passedMs / 4
        stillMs = isStill ? stillMs + passedMs : 0
        watch.longestMs = Math.max(watch.longestMs, stillMs)
        atMs += passedMs
        time = video.currentTime
        requestAnimationFrame(look)
      }
      look()
      Object.assign(window, { watch })
    })
    return () =>
      this.page.evaluate(
        () => (window as never as { watch: { longestMs: number } }).watch.longestMs,
      )
  }

  /** Another tab of the same browser: another page, the same worker and store. */
  async sameBrowser(): Promise<Viewer> {
    return new Viewer(this.context, await this.context.newPage())
  }

  /** Stops all workers as the browser does when it needs the memory. */
  async stopWorker(): Promise<void> {
    const session = await this.context.newCDPSession(this.page)
    await session.send('ServiceWorker.enable')
    await session.send('ServiceWorker.stopAllWorkers')
  }

  leave(): Promise<void> {
    return this.context.close()
  }
}

/** A built worker as one of another release: it speaks another version of the bridge. */
export function withBridgeVersion(script: string, version: number): string {
  const changed = script.replace(
    `"swarmtag:open",version:${BRIDGE_VERSION}`,
    `"swarmtag:open",version:${version}`,
  )
  expect(changed).not.toBe(script)
  return changed
}

/** Has the worker serve a viewer already: on a first visit a busy machine may play over plain HTTP. */
export async function settle(site: Site, viewer: Viewer, attributes = ''): Promise<Viewer> {
  const tag = `<script src="/swarmtag.js" ${attributes}></script>`
  await viewer.visit(site.page('settle.html', tag))
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  return viewer
}

export interface Fixtures {
  site: Site
  /** A new viewer. */
  arrive: () => Promise<Viewer>
  /** A viewer of a page who has loaded the whole film and stays. */
  arriveHolding: (url: string) => Promise<Viewer>
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from it
  site: async ({}, use) => {
    const site = await new Site().open()
    await use(site)
    await site.close()
  },
  arrive: async ({ browser }, use) => {
    const viewers: Viewer[] = []
    await use(async () => {
      const context = await browser.newContext()
      const viewer = new Viewer(context, await context.newPage())
      viewers.push(viewer)
      return viewer
    })
    for (const viewer of viewers) await viewer.leave()
  },
  arriveHolding: async ({ site, arrive }, use) => {
    await use(async url => {
      const viewer = await (await settle(site, await arrive())).visit(url)
      await viewer.plays()
      await viewer.holdsAll()
      return viewer
    })
  },
})

/**
 * A first visit on which the worker is in time. On a machine that is busy enough it is not, and the film plays without it,
 * as it says: then another browser visits.
 */
export async function visitInTime(site: Site, arrive: () => Promise<Viewer>, url: string) {
  for (let left = 5; ; left--) {
    const viewer = await (await arrive()).visit(url)
    await viewer.plays()
    if (left === 1 || !viewer.console.some(line => line.includes('plays-plainly'))) return viewer
    await viewer.context.close()
    site.forgetRequests()
  }
}
