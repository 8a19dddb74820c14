/** The machine and the versions that a figure belongs to: figures of two machines are never compared. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { findChromium } from '../../test/browser.mjs'
import { benchFolder, repoFolder } from './folders.mjs'

export function describeMachine() {
  const [cpu] = os.cpus()
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    memoryGib: Math.round(os.totalmem() / 2 ** 30),
    os: systemName(),
    node: process.version,
    chromium: chromiumVersion(),
    commit: commit(),
    ...versionsOfLibraries(),
  }
}

/** How busy the machine is with other things, which makes figures worthless above a few tenths. */
export const loadAverage = () => Number(os.loadavg()[0]?.toFixed(2))

function systemName() {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  } catch {
    return `${os.type()} ${os.release()}`
  }
}

function chromiumVersion() {
  const path = findChromium() ?? chromium.executablePath()
  return execFileSync(path, ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .replace(/built on.*/s, '')
    .trim()
}

function commit() {
  try {
    const git = (...args) =>
      execFileSync('git', args, {
        cwd: repoFolder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    const isDirty = git('status', '--porcelain', '--untracked-files=no', 'src') !== ''
    return git('rev-parse', '--short', 'HEAD').trim() + (isDirty ? ' with changes' : '')
  } catch {
    return 'unknown'
  }
}

function versionsOfLibraries() {
  const read = path => JSON.parse(readFileSync(path, 'utf8'))
  const { dependencies } = read(join(benchFolder, 'package.json'))
  const versionOf = name => read(join(benchFolder, 'node_modules', name, 'package.json')).version
  return Object.fromEntries(Object.keys(dependencies).map(name => [name, versionOf(name)]))
}
