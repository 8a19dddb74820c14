/** Finds the browsers that the engines' tests drive, Firefox, WebKitGTK's MiniBrowser and a Chromium with windows; run by itself, it installs what is not found. */

import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { findChromium } from '../browser.mjs'
import { installPackage } from '../packages.mjs'

const LIBRARIES = '/usr/lib'

/** What is needed, the Debian package that has it, and where it is. */
const PARTS = {
  chromium: { package: 'chromium', find: findWindowed },
  firefox: { package: 'firefox-esr', find: () => onPath('firefox-esr') ?? onPath('firefox') },
  webKitDriver: { package: 'webkit2gtk-driver', find: () => onPath('WebKitWebDriver') },
  miniBrowser: { package: 'webkit2gtk-driver', find: findMiniBrowser },
  display: { package: 'xvfb', find: () => onPath('Xvfb') },
  // WebKitGTK plays H.264 with it.
  decoders: { package: 'gstreamer1.0-libav', find: () => findDecoder() },
}

/**
 * @param {keyof typeof PARTS} part
 * @returns {string} the path of what is needed
 * @throws where it is not there
 */
export function pathOf(part) {
  const path = PARTS[part].find()
  if (path) return path
  throw new Error(`There is no ${part}. Install the package ${PARTS[part].package} of your system.`)
}

function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map(folder => join(folder, name)).find(isProgram)
}

/** Playwright has another one without windows. */
function findWindowed() {
  return [findChromium() ?? chromium.executablePath()].find(isProgram)
}

/** Debian has it in a folder of the library, which is named for machine and release. */
function findMiniBrowser() {
  const inside = folder => foldersIn(folder).filter(name => /^webkit2?gtk-/.test(name))
  return foldersIn(LIBRARIES)
    .map(name => join(LIBRARIES, name))
    .flatMap(folder => inside(folder).map(name => join(folder, name, 'MiniBrowser')))
    .find(isProgram)
}

function findDecoder() {
  return foldersIn(LIBRARIES)
    .map(name => join(LIBRARIES, name, 'gstreamer-1.0', 'libgstlibav.so'))
    .find(path => isThere(path, constants.R_OK))
}

function foldersIn(folder) {
  const entries = isThere(folder, constants.R_OK)
    ? readdirSync(folder, { withFileTypes: true })
    : []
  return entries.filter(entry => entry.isDirectory()).map(({ name }) => name)
}

const isProgram = path => isThere(path, constants.X_OK)

function isThere(path, mode) {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

async function install() {
  const isMissing = name => PARTS[name].find() === undefined
  const missing = Object.keys(PARTS).filter(isMissing)
  for (const name of new Set(missing.map(part => PARTS[part].package))) {
    console.log(`No ${name} found, asking Debian for its package`)
    await installPackage(name)
  }
  const lacking = Object.keys(PARTS).filter(isMissing)
  if (lacking.length === 0) {
    const { stdout } = spawnSync(pathOf('firefox'), ['--version'], { encoding: 'utf8' })
    console.log(
      `Testing in ${stdout.trim()}, in ${pathOf('miniBrowser')} and in ${pathOf('chromium')}`,
    )
    return
  }
  const packages = [...new Set(lacking.map(part => PARTS[part].package))].join(' ')
  console.error(`No ${lacking.join(', ')} to test the engines with. Install: ${packages}`)
  process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await install()
