/** The options of the engine: whom a viewer connects to, what is given to others, and how much is kept. */

import type { UploadLimits } from '../core/peers/upload-allowance.js'
import {
  amount,
  type Check,
  type Checked,
  invalid,
  OptionReader,
  oneOf,
  strings,
  urlFrom,
} from './option-check.js'
import { PAGE_OPTIONS, type PageSettings, type SwarmtagOptions } from './options.js'
import type { Place } from './place.js'

/** Default upload limits: 4 GiB a visit, 64 GiB a month. */
const SESSION_BYTES = 4 * 1_024 ** 3
const MONTH_BYTES = 64 * 1_024 ** 3

/** What the engine needs, with defaults applied. */
export interface SwarmSettings {
  readonly trackers: readonly string[]
  readonly iceServers: readonly RTCIceServer[]
  readonly isRelayed: boolean
  readonly admissionKey: string | undefined
  readonly token: SwarmtagOptions['token']
  readonly consent: 'off' | 'required' | 'ask'
  readonly role: 'provider' | 'receiver'
  readonly uploadLimits: UploadLimits
  readonly storeBytes: number | undefined
  /** The page that opens the links of shared files; absolute. */
  readonly receiveUrl: string
}

/** All settings of a page. */
export type Settings = PageSettings & SwarmSettings

/** Checks the engine's options, and reports unknown ones. */
export function checkSwarmOptions(options: object, { pageUrl }: Place): Checked<SwarmSettings> {
  const reader = new OptionReader(options)
  const known = new Set(PAGE_OPTIONS)
  const read = <Value, Other>(name: keyof SwarmtagOptions, check: Check<Value>, other: Other) => {
    known.add(name)
    return reader.read(name, check, other)
  }
  const isGiven = (name: keyof SwarmtagOptions) => reader.read(name, () => true, false)
  const settings = {
    trackers: read('tracker', trackersFrom(pageUrl), []),
    iceServers: read('ice', iceServers, []),
    // A misspelt value of an option that protects viewers must not expose them.
    isRelayed: read('relay', oneOf('off', 'only'), isGiven('relay') ? 'only' : 'off') === 'only',
    admissionKey: read('admissionKey', String, undefined),
    token: read('token', tokenFrom(pageUrl), undefined),
    consent: read(
      'consent',
      oneOf('off', 'required', 'ask'),
      isGiven('consent') ? 'required' : 'off',
    ),
    role: read('upload', oneOf('on', 'off'), 'on') === 'on' ? 'provider' : 'receiver',
    uploadLimits: {
      bytesPerSecond: read('uploadRate', amount, Number.POSITIVE_INFINITY),
      share: read('uploadShare', amount, Number.POSITIVE_INFINITY),
      sessionBytes: read('uploadSessionBytes', amount, SESSION_BYTES),
      monthBytes: read('uploadMonthBytes', amount, MONTH_BYTES),
    },
    storeBytes: read('storeBytes', amount, undefined),
    receiveUrl: read('receive', urlFrom(pageUrl), pageUrl),
  } as const
  const unknown = Object.keys(options).filter(name => !known.has(name))
  const problems = unknown.map(name => invalid(name, 'there is no such option'))
  return { settings, problems: [...reader.problems, ...problems] }
}

const trackersFrom =
  (pageUrl: string): Check<string[]> =>
  (value, name) =>
    strings(value, name).map(text => {
      const url = new URL(text, pageUrl)
      url.protocol = url.protocol.replace(/^http/, 'ws')
      if (!url.protocol.startsWith('ws')) throw invalid(name, `${text} is no WebSocket URL`)
      return url.href
    })

/** Servers as for `RTCPeerConnection`, as JSON, or as a list of URLs. */
const iceServers: Check<RTCIceServer[]> = (value, name) => {
  const servers = typeof value === 'string' ? serversIn(value) : value
  if (!Array.isArray(servers)) throw invalid(name, 'it is no list of servers')
  return servers.map((server: unknown) => {
    const urls =
      typeof server === 'object' && server !== null && 'urls' in server ? server.urls : undefined
    const all = typeof urls === 'string' ? [urls] : strings(urls, name)
    if (!all.every(url => /^(stuns?|turns?):\S+$/.test(url)))
      throw invalid(name, `${all} is no STUN or TURN URL`)
    return { ...(server as RTCIceServer), urls: all }
  })
}

function serversIn(text: string): unknown[] {
  if (!/^\s*[[{]/.test(text)) return strings(text, '').map(urls => ({ urls }))
  const json: unknown = JSON.parse(text)
  return Array.isArray(json) ? json : [json]
}

const tokenFrom =
  (pageUrl: string): Check<SwarmtagOptions['token']> =>
  (value, name) =>
    typeof value === 'function'
      ? (value as Exclude<SwarmtagOptions['token'], string>)
      : urlFrom(pageUrl)(value, name)
