/** The options that the engine is for: whom a viewer meets, what is given to others, and how much is kept. */

import type { UploadLimits } from '../core/upload-allowance.js'
import {
  amount,
  type Check,
  type Checked,
  invalid,
  OptionTaker,
  oneOf,
  strings,
  urlFrom,
} from './option-check.js'
import { PAGE_OPTIONS, type PageSettings, type SwarmtagOptions } from './options.js'
import type { Place } from './place.js'

/** What a viewer gives at most where the site says nothing: 4 GiB a visit, 64 GiB a month. */
const SESSION_BYTES = 4 * 1_024 ** 3
const MONTH_BYTES = 64 * 1_024 ** 3

/** What the engine needs, with every default in place. */
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
}

/** All settings of a page. */
export type Settings = PageSettings & SwarmSettings

/** Checks the engine's options, and finds those that there are not. */
export function checkSwarmOptions(options: object, { pageUrl }: Place): Checked<SwarmSettings> {
  const taker = new OptionTaker(options)
  const known = new Set(PAGE_OPTIONS)
  const take = <Value, Other>(name: keyof SwarmtagOptions, check: Check<Value>, other: Other) => {
    known.add(name)
    return taker.take(name, check, other)
  }
  const isGiven = (name: keyof SwarmtagOptions) => taker.take(name, () => true, false)
  const settings = {
    trackers: take('tracker', trackersFrom(pageUrl), []),
    iceServers: take('ice', iceServers, []),
    // Who misspells a word that protects viewers must not expose them instead.
    isRelayed: take('relay', oneOf('off', 'only'), isGiven('relay') ? 'only' : 'off') === 'only',
    admissionKey: take('admissionKey', String, undefined),
    token: take('token', tokenFrom(pageUrl), undefined),
    consent: take(
      'consent',
      oneOf('off', 'required', 'ask'),
      isGiven('consent') ? 'required' : 'off',
    ),
    role: take('upload', oneOf('on', 'off'), 'on') === 'on' ? 'provider' : 'receiver',
    uploadLimits: {
      bytesPerSecond: take('uploadRate', amount, Number.POSITIVE_INFINITY),
      share: take('uploadShare', amount, Number.POSITIVE_INFINITY),
      sessionBytes: take('uploadSessionBytes', amount, SESSION_BYTES),
      monthBytes: take('uploadMonthBytes', amount, MONTH_BYTES),
    },
    storeBytes: take('storeBytes', amount, undefined),
  } as const
  const unknown = Object.keys(options).filter(name => !known.has(name))
  const problems = unknown.map(name => invalid(name, 'there is no such option'))
  return { settings, problems: [...taker.problems, ...problems] }
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

/** Servers as `RTCPeerConnection` takes them, as JSON, or as a list of URLs. */
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
