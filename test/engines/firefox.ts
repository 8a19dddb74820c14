/** Firefox, driven by WebDriver BiDi. */

import puppeteer from 'puppeteer-core'
import { pathOf } from './install.mjs'
import { type EnginePage, EngineViewer } from './viewer.js'

const PREFERENCES = {
  // Viewers of one machine find each other only by addresses that are not hidden behind mDNS names.
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.peerconnection.ice.loopback': true,
  'media.autoplay.default': 0,
}

/**
 * A viewer with a browser of its own.
 *
 * @param preferences - of Firefox (`about:config`), where they are to differ from its defaults
 */
export async function startFirefox(
  preferences: Readonly<Record<string, unknown>> = {},
): Promise<EngineViewer> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: pathOf('firefox'),
    headless: true,
    extraPrefsFirefox: { ...PREFERENCES, ...preferences },
  })
  const newPage = async (): Promise<EnginePage> => {
    const page = await browser.newPage()
    return {
      goto: url => page.goto(url),
      // Its own type of a function's arguments is wider than ours.
      evaluate: (run, argument) => page.evaluate(run as never, argument as never),
    }
  }
  return new EngineViewer({ newPage, end: () => browser.close() }, await newPage())
}
