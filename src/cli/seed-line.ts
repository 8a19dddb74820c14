/** Parses what was typed after `swarmtag seed`. */

import { parseArgs } from 'node:util'
import { signingParameter } from '../core/policy/shareable.js'
import type { IceServer } from '../seed/seeder.js'
import { HELP, invalid, orInvalid, wholeNumber } from './arguments.js'

/** Viewers at a time: three times as many as a viewer has neighbours. */
export const DEFAULT_PEERS = 60
/** As much as a browser keeps at most. */
export const DEFAULT_STORE_BYTES = 2 ** 31
/** What follows next for some viewers. */
const MIN_STORE_BYTES = 2 ** 24
/** More connections than one process can have. */
const MAX_PEERS = 10_000

const SEED = {
  ...HELP,
  tracker: { type: 'string', multiple: true },
  ice: { type: 'string', multiple: true },
  rate: { type: 'string' },
  peers: { type: 'string' },
  store: { type: 'string' },
  key: { type: 'string' },
  site: { type: 'string' },
} as const

export interface SeedOptions {
  /** Paths, and URLs according to `isUrl`. */
  readonly films: readonly string[]
  readonly trackers: readonly string[]
  readonly iceServers: readonly IceServer[]
  /** `Infinity` is no limit. */
  readonly bytesPerSecond: number
  readonly peers: number
  readonly storeBytes: number
  /** How the site's tokens are made, where its swarms take them. */
  readonly admission?: { readonly keyFile: string; readonly site: string }
}

/** @throws SwarmtagError `option-invalid` */
export function parseSeed(
  args: string[],
): { name: 'help' } | { name: 'seed'; options: SeedOptions } {
  const { values, positionals } = orInvalid(() =>
    parseArgs({ args, options: SEED, allowPositionals: true }),
  )
  if (values.help) return { name: 'help' }
  if (positionals.length === 0) throw invalid('seed takes one FILE or URL, or more')
  if (positionals.includes('')) throw invalid('the name of a file is empty')
  if (!values.tracker) throw invalid('seed takes a --tracker: viewers are met there')
  const { key: keyFile, site } = values
  if (!keyFile !== !site) throw invalid('seed takes --key and --site together, or neither')
  if (site && !/^https?:\/\/./.test(site)) throw invalid(`--site takes a URL, not ${site}`)
  const bytesPerSecond = wholeNumber('--rate', values.rate, 1, Number.MAX_SAFE_INTEGER)
  return {
    name: 'seed',
    options: {
      films: positionals.map(each => (isUrl(each) ? urlFrom(each) : each)),
      trackers: values.tracker.map(trackerFrom),
      iceServers: (values.ice ?? []).map(iceServerFrom),
      bytesPerSecond: bytesPerSecond ?? Number.POSITIVE_INFINITY,
      peers: wholeNumber('--peers', values.peers, 1, MAX_PEERS) ?? DEFAULT_PEERS,
      storeBytes:
        wholeNumber('--store', values.store, MIN_STORE_BYTES, Number.MAX_SAFE_INTEGER) ??
        DEFAULT_STORE_BYTES,
      ...(keyFile && site && { admission: { keyFile, site: new URL(site).origin } }),
    },
  }
}

/** Whether a film is named by its URL: what begins so is no path. */
export const isUrl = (film: string): boolean => /^https?:\/\//i.test(film)

/** A URL that anybody may ask for: what only some may read is not given to all. */
function urlFrom(text: string): string {
  if (!URL.canParse(text)) throw invalid(`${text} is no URL`)
  const url = new URL(text)
  if (url.username || url.password)
    throw invalid(
      `a URL with a name or a password is not for everybody: ${url.host}${url.pathname}`,
    )
  const signature = signingParameter(url.searchParams.keys())
  if (signature) throw invalid(`a URL that is signed (${signature}=) is not for everybody`)
  url.hash = ''
  return url.href
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
