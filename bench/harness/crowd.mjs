/** Several viewers in one browser, each with a profile of its own in memory: more of them fit on one machine. */

import { chromium } from 'playwright'
import { findChromium } from '../../test/browser.mjs'
import { ARGS } from './viewer.mjs'

/** @param {number} count */
export async function openCrowd(count) {
  const executablePath = findChromium() ?? chromium.executablePath()
  const browser = await chromium.launch({ executablePath, args: ARGS })
  const open = async () => (await browser.newContext()).newPage()
  const pages = await Promise.all(Array.from({ length: count }, open))
  return { pages, close: () => browser.close() }
}
