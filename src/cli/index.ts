/** The command line's entry: gives the process's arguments, streams and signals to `run`. */

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './run.js'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

async function readVersion(): Promise<string> {
  const path = createRequire(import.meta.url).resolve('swarmtag/package.json')
  const about: unknown = JSON.parse(await readFile(path, 'utf8'))
  const isNamed = typeof about === 'object' && about !== null && 'version' in about
  return isNamed ? String(about.version) : 'unknown'
}

const stopping = new AbortController()
for (const name of SIGNALS) process.once(name, () => stopping.abort(name))
// All that is said goes through the streams. trystero prints which peers have left meanwhile, about which nobody can do anything.
console.warn = console.error = () => {}
// A reader that has seen enough, as `head` does, is no reason to leave work undone.
process.stdout.on('error', () => {})

try {
  process.exitCode = await run(
    process.argv.slice(2),
    { version: await readVersion(), distFolder: dirname(fileURLToPath(import.meta.url)) },
    { stdout: process.stdout, stderr: process.stderr, signal: stopping.signal },
  )
} catch (error) {
  if (error !== stopping.signal.reason) throw error
  // Cleaned up; now ends as a program without a handler would, so that the shell sees the signal.
  for (const name of SIGNALS) if (error === name) process.kill(process.pid, name)
}
