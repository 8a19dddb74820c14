/** Parses the command line: a command to run, or an error that says what to type. */

import { parseArgs } from 'node:util'
import { DEFAULT_TOKEN_S } from './admission.js'
import { HELP, invalid, orInvalid, wholeNumber } from './arguments.js'
import { DEFAULT_PEERS, DEFAULT_STORE_BYTES, parseSeed, type SeedOptions } from './seed-line.js'
import { DEFAULT_PORT, type ServeOptions } from './serve.js'
import { DEFAULT_DAYS } from './signing.js'

export const USAGE = `Usage:
  swarmtag manifest FILE...      write FILE.swarm beside each video or audio file
  swarmtag key FILE              write a private key, and print its public key for the page
  swarmtag token [options]       print a token that admits a viewer to the site's swarms
  swarmtag seed FILE|URL... --tracker URL [options]
                                 give video or audio files to their viewers, as a viewer that has all of them
  swarmtag serve DIR [options]   serve a folder for development, with manifests and a tracker

Options of key:
  --ed25519      an Ed25519 key, which not all browsers can check (default: ECDSA P-256)

Options of manifest:
  --key FILE     sign with this private key
  --days N       valid for so long (default: ${DEFAULT_DAYS})

Options of token:
  --key FILE     sign with this private key
  --peer KEY     the viewer's public key, as its page sends it
  --site URL     the site's origin
  --root HEX     for this video's swarm alone (default: any of the site)
  --seconds N    valid for so long (default: ${DEFAULT_TOKEN_S})

Options of seed:
  --tracker URL  where viewers find each other, wss://... or ws://...; may be repeated
  --ice SERVER   stun:HOST:PORT, or turn:USER:PASSWORD@HOST:PORT; may be repeated
  --rate N       bytes per second given, all viewers together (default: no limit)
  --peers N      viewers at a time, all films together (default: ${DEFAULT_PEERS})
  --key FILE     the site's private key for tokens, where it lets in only who has one
  --site URL     the site's origin, with --key
  --store N      bytes kept on disk of films that are seeded from a URL (default: ${DEFAULT_STORE_BYTES})

Options of serve:
  --port N       port to listen on; 0 is any free one (default: ${DEFAULT_PORT})
  --host H       address to listen on (default: loopback, as localhost and 127.0.0.1)
  --rate N       bytes per second of each response body (default: no limit)
  --latency MS   delay of each response (default: 0)

  -h, --help     show this text
  --version      show the version

GET /stats.json returns requests and body bytes by path, DELETE /stats.json resets them;
the tracker is at ws://HOST:PORT/tracker.
`

export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | {
      readonly name: 'manifest'
      readonly files: readonly string[]
      readonly keyFile?: string
      readonly days?: number
    }
  | { readonly name: 'key'; readonly file: string; readonly isEdwards: boolean }
  | {
      readonly name: 'token'
      readonly keyFile: string
      readonly peer: string
      readonly site: string
      readonly root?: string
      readonly seconds?: number
    }
  | { readonly name: 'seed'; readonly options: SeedOptions }
  | { readonly name: 'serve'; readonly options: Omit<ServeOptions, 'distFolder'> }

const MAX_PORT = 65_535
/** A longer delay than any client waits. */
const MAX_LATENCY_MS = 600_000
/** A hundred years: a manifest that never expires is a mistake that cannot be undone. */
const MAX_DAYS = 36_500
/** A day: a token is short-lived. */
const MAX_TOKEN_S = 86_400

const MANIFEST = { ...HELP, key: { type: 'string' }, days: { type: 'string' } } as const
const KEY = { ...HELP, ed25519: { type: 'boolean' } } as const
const TOKEN = {
  ...HELP,
  key: { type: 'string' },
  peer: { type: 'string' },
  site: { type: 'string' },
  root: { type: 'string' },
  seconds: { type: 'string' },
} as const
const SERVE = {
  ...HELP,
  port: { type: 'string' },
  host: { type: 'string' },
  rate: { type: 'string' },
  latency: { type: 'string' },
} as const

/**
 * Parses the arguments, without the program's own name.
 *
 * @throws SwarmtagError `option-invalid` if they are no command
 */
export function parseCommand([name, ...rest]: readonly string[]): Command {
  if (name === 'manifest') return parseManifest(rest)
  if (name === 'serve') return parseServe(rest)
  if (name === 'seed') return parseSeed(rest)
  if (name === 'key') return parseKey(rest)
  if (name === 'token') return parseToken(rest)
  if (name === '--help' || name === '-h') return { name: 'help' }
  if (name === '--version') return { name: 'version' }
  throw invalid(name === undefined ? 'a command is missing' : `there is no command ${name}`)
}

function parseManifest(args: string[]): Command {
  const { values, positionals } = orInvalid(() =>
    parseArgs({ args, options: MANIFEST, allowPositionals: true }),
  )
  if (values.help) return { name: 'help' }
  if (positionals.length === 0) throw invalid('manifest takes one FILE or more')
  if (positionals.includes('')) throw invalid('the name of a file is empty')
  const days = wholeNumber('--days', values.days, 1, MAX_DAYS)
  if (days !== undefined && !values.key) throw invalid('--days takes a --key')
  return {
    name: 'manifest',
    files: positionals,
    ...(values.key !== undefined && { keyFile: values.key }),
    ...(days !== undefined && { days }),
  }
}

function parseKey(args: string[]): Command {
  const { values, positionals } = orInvalid(() =>
    parseArgs({ args, options: KEY, allowPositionals: true }),
  )
  if (values.help) return { name: 'help' }
  const [file] = positionals
  if (!file || positionals.length > 1) throw invalid('key takes one FILE')
  return { name: 'key', file, isEdwards: values.ed25519 === true }
}

function parseToken(args: string[]): Command {
  const { values } = orInvalid(() => parseArgs({ args, options: TOKEN }))
  if (values.help) return { name: 'help' }
  const { key, peer, site, root } = values
  if (!key || !peer || !site) throw invalid('token takes --key, --peer and --site')
  const seconds = wholeNumber('--seconds', values.seconds, 1, MAX_TOKEN_S)
  return {
    name: 'token',
    keyFile: key,
    peer,
    site,
    ...(root !== undefined && { root }),
    ...(seconds !== undefined && { seconds }),
  }
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
