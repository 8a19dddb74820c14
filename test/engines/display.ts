/** A display without a screen, for browsers that need one. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { pathOf } from './install.mjs'

export interface Display {
  /** What `DISPLAY` is to be. */
  readonly name: string
  end(): Promise<void>
}

/** The server chooses its number. */
export async function startDisplay(): Promise<Display> {
  const server = spawn(pathOf('display'), ['-displayfd', '3', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const numbers = server.stdio[3]
  if (!numbers) throw new Error('no pipe')
  const [number] = await once(numbers, 'data')
  return { name: `:${String(number).trim()}`, end: () => ended(server) }
}

/** Ends a process that was started here, and waits until it has. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill()
  await exit
}
