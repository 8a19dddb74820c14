/** Chromium with windows, on a display of its own. Drivers such as Playwright have every page count as seen: this does not. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { DevTools, type Tab } from './devtools.js'
import { type Display, ended, startDisplay } from './display.js'
import { pathOf } from './install.mjs'
import { EngineViewer } from './viewer.js'

/** What each wait may take on a machine that has much else to do. */
const PATIENCE_MS = 120_000
export const PATIENCE = { timeout: PATIENCE_MS, interval: 100 }

const FLAGS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Viewers of one machine find each other only by addresses that are not hidden behind mDNS names.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  // Any that is free.
  '--remote-debugging-port=0',
]

/** Why this machine has no such browser; nothing where it has. */
export function whyNoChromium(): string | undefined {
  try {
    pathOf('display')
    pathOf('chromium')
  } catch (error) {
    return String(error)
  }
}

/** A viewer with a browser of its own, whose tab is one of two in its window. */
export async function startChromium(): Promise<ChromiumViewer> {
  const profile = mkdtempSync(join(tmpdir(), 'swarmtag-chromium-'))
  const display = await startDisplay()
  const browser = start(profile, display)
  const end = async () => {
    await ended(browser)
    await display.end()
    // What the browser has started may end a moment after it.
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
  }
  try {
    const devTools = await DevTools.connect(await addressOf(browser))
    const other = await devTools.open()
    const engine = { newPage: () => devTools.open(), end }
    return new ChromiumViewer(engine, await devTools.open(), other)
  } catch (error) {
    await end()
    throw error
  }
}

function start(profile: string, display: Display): ChildProcess {
  return spawn(pathOf('chromium'), [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DISPLAY: display.name },
  })
}

/** Where the browser listens, as it says itself. */
function addressOf(browser: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const give = () => reject(new Error(`Chromium did not start:\n${said}`))
    const timer = setTimeout(give, PATIENCE_MS)
    browser.once('error', reject)
    browser.once('exit', give)
    browser.stderr?.on('data', text => {
      said += text
      const [, address] = /DevTools listening on (ws:\S+)/.exec(said) ?? []
      if (!address) return
      clearTimeout(timer)
      resolve(address)
      // It goes on to be read, so that the browser is never kept waiting, and not to be kept.
      said = ''
    })
  })
}

export class ChromiumViewer extends EngineViewer {
  constructor(
    engine: EngineViewer['engine'],
    override readonly page: Tab,
    readonly other: Tab,
  ) {
    super(engine, page, PATIENCE_MS)
  }

  /** Another viewer in another window: another store and worker, and the same browser, as two cores carry one. */
  async another(): Promise<EngineViewer> {
    return new EngineViewer(this.engine, await this.page.devTools.openApart(), PATIENCE_MS)
  }

  /** Goes to the other tab. */
  async hide(): Promise<void> {
    await this.other.bringToFront()
    await this.isSeen('hidden')
  }

  /** Comes back to the film's tab. */
  async show(): Promise<void> {
    await this.page.bringToFront()
    await this.isSeen('visible')
  }

  isSeen(visibility: DocumentVisibilityState): Promise<void> {
    return vi.waitFor(
      async () =>
        expect(await this.page.evaluate(() => document.visibilityState, undefined)).toBe(
          visibility,
        ),
      PATIENCE,
    )
  }
}
