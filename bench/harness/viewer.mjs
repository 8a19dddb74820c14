/** One viewer: a browser of its own with a profile on disk, as people have it. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { findChromium } from '../../test/browser.mjs'

/** As in playwright.config.ts. */
export const ARGS = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  // Viewers of one machine find each other only by addresses that are not hidden behind mDNS names.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
]

/** Lines of the page's console that are kept to say why something failed. */
const KEPT_LINES = 20

let executablePath

export class Viewer {
  /** @type {import('playwright').BrowserContext} */
  context
  /** @type {import('playwright').Page} */
  page
  folder = mkdtempSync(join(tmpdir(), 'swarmtag-bench-viewer-'))
  /** @type {string[]} */
  console = []

  /** @param {{ args?: readonly string[] }} [options] */
  async open({ args = [] } = {}) {
    executablePath ??= findChromium() ?? chromium.executablePath()
    this.context = await chromium.launchPersistentContext(this.folder, {
      executablePath,
      args: [...ARGS, ...args],
    })
    this.page = this.context.pages()[0] ?? (await this.context.newPage())
    this.#listen(this.page)
    return this
  }

  /** Leaves the page for an empty one, in a tab of its own: nothing of the old page stays. */
  async turn() {
    const old = this.page
    this.page = await this.context.newPage()
    this.#listen(this.page)
    await old.close()
    return this.page
  }

  /**
   * Forgets what the browser knows of a site: its worker, its stores and what the HTTP cache has of it.
   *
   * @param {string} url
   */
  async forget(url) {
    const { origin } = new URL(url)
    await this.#command('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
    await this.forgetCache()
  }

  /** Empties the HTTP cache and leaves all else. */
  forgetCache() {
    return this.#command('Network.clearBrowserCache')
  }

  /**
   * Slows the open page down, but neither its worker nor the browser's own processes.
   *
   * @param {number} times 1 is full speed
   */
  async slowDown(times) {
    if (times === 1) return
    // For as long as the session lives.
    const session = await this.context.newCDPSession(this.page)
    await session.send('Emulation.setCPUThrottlingRate', { rate: times })
  }

  /** @param {string} url */
  async visit(url) {
    await this.page.goto(url, { waitUntil: 'commit' })
    return this
  }

  /**
   * Calls a function of the page's `contender`.
   *
   * @param {string} name
   * @param {...unknown} args
   */
  async ask(name, ...args) {
    await this.page.waitForFunction(() => 'contender' in window)
    return this.page.evaluate(([name, args]) => window.contender[name](...args), [name, args])
  }

  /** Waits until the page's video plays; the time since the navigation began. */
  async untilPlaying(timeoutMs = 20_000) {
    await this.page.waitForFunction(() => window.probe?.playingMs, undefined, {
      timeout: timeoutMs,
    })
    return this.page.evaluate(() => window.probe.playingMs)
  }

  /** Waits until the video has played so far. */
  async untilPlayed(seconds, timeoutMs = seconds * 2_000 + 20_000) {
    await this.page.waitForFunction(
      seconds => {
        const video = document.querySelector('video')
        if (video?.error) throw new Error(video.error.message)
        return video && video.currentTime >= seconds
      },
      seconds,
      { timeout: timeoutMs },
    )
  }

  async close() {
    await this.context?.close().catch(() => {})
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  async #command(method, params) {
    const session = await this.context.newCDPSession(this.page)
    await session.send(method, params)
    await session.detach()
  }

  #listen(page) {
    const keep = line => {
      this.console.push(line)
      if (this.console.length > KEPT_LINES) this.console.shift()
    }
    page.on('console', message => keep(message.text()))
    page.on('pageerror', error => keep(`uncaught: ${error.message}`))
  }
}
