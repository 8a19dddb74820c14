/** Installs what the tests drive and the machine lacks. */

import { spawn, spawnSync } from 'node:child_process'

const PACKAGE_MS = 600_000

/** Asks Debian for a package, where that is possible. */
export async function installPackage(name) {
  if (!isOnPath('apt-get')) return
  const isRoot = process.getuid?.() === 0
  if (!isRoot && !isOnPath('sudo')) return
  // -n: a build has nobody who could type a password.
  const apt = isRoot ? ['apt-get'] : ['sudo', '-n', 'apt-get']
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, limitMs: PACKAGE_MS }
  if (await succeeds([...apt, 'update'], options))
    await succeeds([...apt, 'install', '-y', name], options)
}

const isOnPath = name => spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined

/** Runs a command to its end or to its time limit; then all that it started is ended with it. */
export function succeeds([command, ...args], { env, limitMs }) {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
      detached: process.platform !== 'win32',
    })
    const limit = setTimeout(() => {
      console.error(`${command} ${args.join(' ')} took longer than ${limitMs / 1000} s`)
      if (process.platform === 'win32') child.kill()
      else process.kill(-child.pid, 'SIGKILL')
    }, limitMs)
    const settle = isDone => {
      clearTimeout(limit)
      resolve(isDone)
    }
    child.once('error', () => settle(false))
    child.once('exit', code => settle(code === 0))
  })
}
