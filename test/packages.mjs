/** Installs what the tests drive and the machine lacks. */

import { spawn, spawnSync } from 'node:child_process'

const PACKAGE_MS = 600_000

/** Asks Debian for a package, where that is possible. */
export async function installPackage(name) {
  const isRoot = process.getuid?.() === 0
  if (!isOnPath('apt-get') || !(isRoot || isOnPath('sudo'))) {
    console.log(`No apt-get to ask for the package ${name} here, or nobody who may`)
    return
  }
  // -n: a build has nobody who could type a password.
  const apt = isRoot ? ['apt-get'] : ['sudo', '-n', 'apt-get']
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, limitMs: PACKAGE_MS }
  await step(
    `Installing the package ${name} by apt-get, which may take some minutes`,
    [...apt, 'update'],
    [...apt, 'install', '-y', name],
    options,
  )
}

const isOnPath = name => spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined

/** Runs commands one after the other, and says in one line what for, and in one how that ended. */
export async function step(what, ...commandsAndOptions) {
  const options = commandsAndOptions.pop()
  const begunMs = Date.now()
  console.log(`${what} …`)
  for (const command of commandsAndOptions) {
    const fault = await faultOf(command, options)
    if (fault === undefined) continue
    console.log(`  no: ${fault}`)
    return
  }
  console.log(`  done in ${Math.round((Date.now() - begunMs) / 1000)} s`)
}

/**
 * Runs a command to its end or to its time limit; then all that it started is ended with it.
 *
 * @returns why it failed: the last that it said of it; nothing where it did not
 */
function faultOf([command, ...args], { env, limitMs }) {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      detached: process.platform !== 'win32',
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', data => {
        said += data
      })
    let isLate = false
    const limit = setTimeout(() => {
      isLate = true
      if (process.platform === 'win32') child.kill()
      else process.kill(-child.pid, 'SIGKILL')
    }, limitMs)
    const settle = fault => {
      clearTimeout(limit)
      resolve(fault)
    }
    child.once('error', error => settle(error.message))
    child.once('close', code => {
      if (isLate) settle(`it took longer than ${limitMs / 1000} s`)
      else settle(code === 0 ? undefined : lastErrorIn(said))
    })
  })
}

function lastErrorIn(said) {
  const lines = said
    .split('\n')
    .map(line => line.trim())
    .filter(line => line && !line.startsWith('at '))
  return lines.findLast(line => /error|^E:/i.test(line)) ?? lines.at(-1) ?? 'it does not say why'
}
