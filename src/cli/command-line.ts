/** What was typed, as a command to run or an error that says how it should read. */

import { parseArgs } from 'node:util'
import { SwarmtagError } from '../core/errors.js'
import { DEFAULT_PORT, type ServeOptions } from './serve.js'

export const USAGE = `Usage:
  swarmtag manifest FILE...      write FILE.swarm beside each video or audio file
  swarmtag serve DIR [options]   serve a folder for development, with manifests and a tracker

Options of serve:
  --port N       port to listen on; 0 takes any free one (default: ${DEFAULT_PORT})
  --host H       address to listen on (default: loopback, as localhost and 127.0.0.1)
  --rate N       bytes per second of each answer's body (default: no limit)
  --latency MS   delay of each answer's head (default: 0)

  -h, --help     show this text
  --version      show the version

GET /stats.json tells requests and body bytes by path, DELETE /stats.json resets them;
the tracker is at ws://HOST:PORT/tracker.
`

export type Command =
  | { readonly name: 'help' | 'version' }
  | { readonly name: 'manifest'; readonly files: readonly string[] }
  | { readonly name: 'serve'; readonly options: Omit<ServeOptions, 'distFolder'> }

const MAX_PORT = 65_535
/** A longer delay than any client waits. */
const MAX_LATENCY_MS = 600_000

const HELP = { help: { type: 'boolean', short: 'h' } } as const
const SERVE = {
  ...HELP,
  port: { type: 'string' },
  host: { type: 'string' },
  rate: { type: 'string' },
  latency: { type: 'string' },
} as const

/**
 * Reads the arguments, the program's own name not among them.
 *
 * @throws SwarmtagError `option-invalid` where they are no command
 */
export function parseCommand([name, ...rest]: readonly string[]): Command {
  if (name === 'manifest') return parseManifest(rest)
  if (name === 'serve') return parseServe(rest)
  if (name === '--help' || name === '-h') return { name: 'help' }
  if (name === '--version') return { name: 'version' }
  throw invalid(name === undefined ? 'a command is missing' : `there is no command ${name}`)
}

function parseManifest(args: string[]): Command {
  const { values, positionals } = orInvalid(() =>
    parseArgs({ args, options: HELP, allowPositionals: true }),
  )
  if (values.help) return { name: 'help' }
  if (positionals.length === 0) throw invalid('manifest takes one FILE or more')
  if (positionals.includes('')) throw invalid('the name of a file is empty')
  return { name: 'manifest', files: positionals }
}

function parseServe(args: string[]): Command {
  const { values, positionals } = orInvalid(() =>
    parseArgs({ args, options: SERVE, allowPositionals: true }),
  )
  if (values.help) return { name: 'help' }
  const [root] = positionals
  if (!root || positionals.length > 1) throw invalid('serve takes one DIR')
  if (values.host === '') throw invalid('--host is empty')
  const port = wholeNumber('--port', values.port, 0, MAX_PORT)
  const bytesPerSecond = wholeNumber('--rate', values.rate, 1, Number.MAX_SAFE_INTEGER)
  const latencyMs = wholeNumber('--latency', values.latency, 0, MAX_LATENCY_MS)
  return {
    name: 'serve',
    options: {
      root,
      ...(values.host !== undefined && { host: values.host }),
      ...(port !== undefined && { port }),
      ...(bytesPerSecond !== undefined && { bytesPerSecond }),
      ...(latencyMs !== undefined && { latencyMs }),
    },
  }
}

function wholeNumber(
  option: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw invalid(`${option} takes a whole number from ${min} to ${max}, not ${text || 'nothing'}`)
}

/** What Node finds wrong with the arguments, as an error of ours. */
function orInvalid<Result>(parse: () => Result): Result {
  try {
    return parse()
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new SwarmtagError('option-invalid', cause.message.split('\n')[0] ?? '', { cause })
  }
}

const invalid = (why: string) => new SwarmtagError('option-invalid', why)
