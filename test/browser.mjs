/** Finds the Chromium that the swarm tests drive; run by itself, it installs one where none is found. */

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { installPackage, step } from './packages.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** An unreachable download server is given up after this long, a slow one after the longer time. */
const CONNECT_MS = 10_000
const DOWNLOAD_MS = 180_000
const START_MS = 20_000

/**
 * @returns {string | undefined} the browser to start, or nothing for Playwright's own
 * @throws where SWARMTAG_CHROMIUM names no browser that starts
 */
export function findChromium() {
  return search().path
}

/** @returns {{ isFound: boolean, path?: string }} `path` is absent for Playwright's own */
function search() {
  const named = process.env.SWARMTAG_CHROMIUM
  if (named) {
    if (!starts(named)) throw new Error(`SWARMTAG_CHROMIUM: ${named} does not start`)
    return { isFound: true, path: named }
  }
  if (starts(chromium.executablePath())) return { isFound: true }
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const path = NAMES.flatMap(name => folders.map(folder => join(folder, name))).find(starts)
  return path ? { isFound: true, path } : { isFound: false }
}

/** Whether a browser is there and runs: Playwright's own may lack libraries of the system. */
function starts(path) {
  try {
    accessSync(path, constants.X_OK)
  } catch {
    return false
  }
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: START_MS }).status === 0
}

/** Finds a Chromium, or installs one, and says in a line what it does. */
async function install() {
  let found = search()
  if (found.isFound) return found
  const playwright = join(dirname(createRequire(import.meta.url).resolve('playwright')), 'cli.js')
  await step(
    'No Chromium is installed. Asking Playwright for its own, which needs the internet',
    [process.execPath, playwright, 'install', 'chromium'],
    {
      env: { PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: String(CONNECT_MS) },
      limitMs: DOWNLOAD_MS,
    },
  )
  found = search()
  if (found.isFound) return found
  await installPackage('chromium')
  return search()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { isFound, path = chromium.executablePath() } = await install()
  const [minutes] = process.argv.slice(2)
  if (isFound)
    console.log(`Driving ${path}, for about ${minutes} min on two cores with nothing else to do`)
  else {
    console.error(
      'No Chromium to run the swarm tests with. Install one (npx playwright install --with-deps\n' +
        'chromium, or the package chromium of your system), or name one in SWARMTAG_CHROMIUM.',
    )
    process.exitCode = 1
  }
}
