/** Parses what was typed after `swarmtag seed`. */

import { parseArgs } from 'node:util'
import type { IceServer } from '../seed/seeder.js'
import { HELP, invalid, orInvalid, wholeNumber } from './arguments.js'

/** Viewers at a time: three times as many as a viewer has neighbours. */
export const DEFAULT_PEERS = 60
/** More connections than one process can have. */
const MAX_PEERS = 10_000

const SEED = {
  ...HELP,
  tracker: { type: 'string', multiple: true },
  ice: { type: 'string', multiple: true },
  rate: { type: 'string' },
  peers: { type: 'string' },
} as const

export interface SeedOptions {
  readonly files: readonly string[]
  readonly trackers: readonly string[]
  readonly iceServers: readonly IceServer[]
  /** `Infinity` is no limit. */
  readonly bytesPerSecond: number
  readonly peers: number
}

/** @throws SwarmtagError `option-invalid` */
export function parseSeed(
  args: string[],
): { name: 'help' } | { name: 'seed'; options: SeedOptions } {
  const { values, positionals } = orInvalid(() =>
    parseArgs({ args, options: SEED, allowPositionals: true }),
  )
  if (values.help) return { name: 'help' }
  if (positionals.length === 0) throw invalid('seed takes one FILE or more')
  if (positionals.includes('')) throw invalid('the name of a file is empty')
  if (!values.tracker) throw invalid('seed takes a --tracker: viewers are met there')
  const bytesPerSecond = wholeNumber('--rate', values.rate, 1, Number.MAX_SAFE_INTEGER)
  return {
    name: 'seed',
    options: {
      files: positionals,
      trackers: values.tracker.map(trackerFrom),
      iceServers: (values.ice ?? []).map(iceServerFrom),
      bytesPerSecond: bytesPerSecond ?? Number.POSITIVE_INFINITY,
      peers: wholeNumber('--peers', values.peers, 1, MAX_PEERS) ?? DEFAULT_PEERS,
    },
  }
}

function trackerFrom(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^wss?:$/.test(url.protocol)) return url.href
  throw invalid(`--tracker takes a URL that begins with wss:// or ws://, not ${text || 'nothing'}`)
}

/** As the page's option, but with name and password in the URL. */
function iceServerFrom(text: string): IceServer {
  const [, scheme = '', userInfo, server = ''] =
    /^(stun|turns?):(?:([^@\s]+)@)?([^@\s]+)$/.exec(text) ?? []
  const [username = '', ...rest] = userInfo?.split(':') ?? []
  const credential = rest.join(':')
  const isUrl = server !== '' && (scheme === 'stun' ? !userInfo : username && credential)
  if (!isUrl)
    throw invalid(
      `--ice takes stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT, not ${text || 'nothing'}`,
    )
  const urls = [`${scheme}:${server}`]
  return scheme === 'stun' ? { urls } : { urls, username, credential }
}
