/** Starts the TURN server (coturn) that a swarm test relays through; run by itself, it installs one where none is found. */

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPackage } from './packages.mjs'

const COMMAND = 'turnserver'
const START_MS = 10_000

const isInstalled = () => spawnSync(COMMAND, ['--help'], { stdio: 'ignore' }).error === undefined

/**
 * @throws where there is none and none can be installed
 */
export async function installTurnServer() {
  if (isInstalled()) return
  console.log('No coturn found, asking Debian for its package')
  await installPackage('coturn')
  if (!isInstalled())
    throw new Error(
      'There is no coturn to relay through, and it could not be installed. Install the package coturn ' +
        'of your system, so that the command turnserver is on the path.',
    )
}

/**
 * A relay on this machine alone, with one user.
 *
 * @returns {Promise<{ url: string, username: string, credential: string, close(): Promise<void> }>}
 */
export async function startTurnServer() {
  await installTurnServer()
  const folder = mkdtempSync(join(tmpdir(), 'swarmtag-turn-'))
  const port = await freePort()
  // Viewers send nothing to peers on a loopback address (src/core/peers/candidates.ts).
  const own = Object.values(networkInterfaces()).flat()
  const address = own.find(each => each?.family === 'IPv4' && !each.internal)?.address
  if (!address) throw new Error('this machine has no network')
  const username = 'viewer'
  const credential = 'popcorn'
  const child = spawn(
    COMMAND,
    [
      ...['-n', '--listening-ip=127.0.0.1', `--relay-ip=${address}`, `--listening-port=${port}`],
      ...['--lt-cred-mech', `--user=${username}:${credential}`, '--realm=swarmtag.test'],
      ...['--no-tls', '--no-dtls', '--no-cli', '--log-file=stdout'],
      ...[`--pidfile=${join(folder, 'pid')}`, `--userdb=${join(folder, 'users')}`],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder },
  )
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', text => said.push(text))
  const ended = new Promise(resolve => child.once('exit', resolve))
  const close = async () => {
    child.kill()
    await ended
    rmSync(folder, { recursive: true })
  }
  const untilMs = Date.now() + START_MS
  while (!(await takesConnections(port))) {
    if (child.exitCode === null && Date.now() < untilMs) continue
    await close()
    throw new Error(`coturn does not start:\n${Buffer.concat(said)}`)
  }
  return { url: `turn:127.0.0.1:${port}`, username, credential, close }
}

/** A relay answers over TCP too. */
const takesConnections = port =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const settle = isTaken => {
      socket.destroy()
      setTimeout(resolve, 50, isTaken)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

if (process.argv[1] === fileURLToPath(import.meta.url)) await installTurnServer()
