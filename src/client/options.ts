/** The site's options: the `data-` attributes of the tag, or one typed object. */

import { SwarmtagError } from '../core/errors.js'
import type { UploadLimits } from '../core/upload-allowance.js'

/** What a viewer gives at most where the site says nothing: 4 GiB a visit, 64 GiB a month. */
const SESSION_BYTES = 4 * 1_024 ** 3
const MONTH_BYTES = 64 * 1_024 ** 3

export interface SwarmtagOptions {
  /**
   * URLs of WebTorrent trackers, where viewers find each other; relative ones are taken from the page.
   * Without any, videos come from the store and the origin alone.
   * @default none
   */
  tracker?: readonly string[]
  /**
   * STUN and TURN servers, as `RTCPeerConnection` takes them. Without any, nobody is asked for the
   * viewer's public address, and only viewers that reach each other directly connect.
   * @default none
   */
  ice?: readonly RTCIceServer[]
  /**
   * Which connections are made to other viewers: with `only` all go through the TURN servers of `ice`, and
   * no viewer learns another's address. They carry the video then.
   * @default 'off'
   */
  relay?: 'off' | 'only'
  /**
   * Which videos take part: patterns of URLs, where `*` stands for anything. Those of another origin need CORS.
   * @default every video of the site's origin, and those of others whose elements have `crossorigin`
   */
  match?: readonly string[]
  /**
   * Names of query parameters that only sign a URL, where `*` stands for anything, e.g. `X-Amz-*`: URLs that
   * differ in nothing else are one video. A URL that looks signed otherwise does not take part.
   * @default none
   */
  ignoreQuery?: readonly string[]
  /** Whether the origin may give chunks; with `never` only the store and other viewers do. @default 'fallback' */
  origin?: 'fallback' | 'never'
  /**
   * Public key of the site, in base64, as `swarmtag key` tells it: only manifests signed with its private key are
   * believed, and videos with others play plainly.
   * @default none, all manifests are believed
   */
  key?: string
  /**
   * Public key of the site for admission, in base64: only viewers with a token signed with its private key meet.
   * @default none, all viewers meet
   */
  admissionKey?: string
  /**
   * Where this page gets such a token: a URL that answers it as text, asked with `?key=…&root=…`; or a function
   * that is given the page's public key (base64url) and the video's root. Asked again when it expires.
   * @default none
   */
  token?: string | ((publicKey: string, root: string) => Promise<string>)
  /**
   * Whether the viewer is asked before his browser contacts trackers and other viewers. With `required` the
   * site asks, and calls `consent(true)`; with `ask` a small question is shown. Until then, and where he
   * says no, videos come from store and origin.
   * @default 'off'
   */
  consent?: 'off' | 'required' | 'ask'
  /** Whether this viewer gives chunks to others. @default 'on' */
  upload?: 'on' | 'off'
  /** Bytes per second given to others, all videos together. More serves more viewers at a time. @default no limit */
  uploadRate?: number
  /**
   * Bytes given to others for each byte that this page took, from wherever it came; 2 MiB are free.
   * More lets few serve many.
   * @default no limit
   */
  uploadShare?: number
  /** Bytes given to others by one page, from its loading to its end. @default 4 GiB */
  uploadSessionBytes?: number
  /** Bytes given to others in a calendar month (UTC) by all pages of the site's origin. @default 64 GiB */
  uploadMonthBytes?: number
  /** Bytes kept across visits. More saves more, and takes more disk. @default a quarter of the browser's quota, at most 2 GiB */
  storeBytes?: number
  /**
   * URL of the worker's file, on the site's own origin; `own` where the site has a worker of its own
   * that imports ours, which is then left to the site to register.
   * @default swarmtag-sw.js beside the script
   */
  worker?: string
  /** Path under which pages and videos are served by the worker. @default the folder of the worker's file */
  scope?: string
}

/** Options with every default in place. */
export interface Settings {
  readonly trackers: readonly string[]
  readonly iceServers: readonly RTCIceServer[]
  readonly isRelayed: boolean
  readonly match: readonly string[]
  readonly ignoreQuery: readonly string[]
  readonly origin: 'fallback' | 'never'
  readonly key: string | undefined
  readonly admissionKey: string | undefined
  readonly token: SwarmtagOptions['token']
  readonly consent: 'off' | 'required' | 'ask'
  readonly role: 'provider' | 'receiver'
  readonly uploadLimits: UploadLimits
  readonly storeBytes: number | undefined
  /** Nothing where the site registers a worker of its own. */
  readonly workerUrl: string | undefined
  readonly scope: string | undefined
}

/** Where the page and its script are: what relative URLs are taken from. */
export interface Place {
  readonly pageUrl: string
  readonly scriptUrl: string
}

/** Settings, and what was wrong with the options: each names the option, and its default stands in. */
export interface Checked {
  readonly settings: Settings
  readonly problems: readonly SwarmtagError[]
}

type Check<Value> = (value: unknown, name: string) => Value

/** Checks options that come from script. */
export function checkOptions(options: SwarmtagOptions, place: Place): Checked {
  const problems: SwarmtagError[] = []
  const given = new Map(Object.entries(options))
  const take = <Value, Other>(name: keyof SwarmtagOptions, check: Check<Value>, other: Other) => {
    const value = given.get(name)
    given.delete(name)
    if (value === undefined) return other
    try {
      return check(value, name)
    } catch (error) {
      problems.push(error instanceof SwarmtagError ? error : invalid(name, String(error)))
      return other
    }
  }
  const settings: Settings = {
    trackers: take('tracker', trackerUrls(place.pageUrl), []),
    iceServers: take('ice', checkIce, []),
    // Who misspells a word that protects viewers must not expose them instead.
    isRelayed:
      take('relay', oneOf('off', 'only'), options.relay === undefined ? 'off' : 'only') === 'only',
    match: take('match', checkMatch(place.pageUrl), []),
    ignoreQuery: take('ignoreQuery', strings, []),
    origin: take('origin', oneOf('fallback', 'never'), 'fallback'),
    // One that is no key is refused where it is used: to leave it out would be to believe everybody.
    key: take('key', String, undefined),
    admissionKey: take('admissionKey', String, undefined),
    token: take('token', checkToken(place.pageUrl), undefined),
    consent: take(
      'consent',
      oneOf('off', 'required', 'ask'),
      options.consent === undefined ? 'off' : 'required',
    ),
    role: take('upload', oneOf('on', 'off'), 'on') === 'on' ? 'provider' : 'receiver',
    uploadLimits: {
      bytesPerSecond: take('uploadRate', checkNumber, Number.POSITIVE_INFINITY),
      share: take('uploadShare', checkNumber, Number.POSITIVE_INFINITY),
      sessionBytes: take('uploadSessionBytes', checkNumber, SESSION_BYTES),
      monthBytes: take('uploadMonthBytes', checkNumber, MONTH_BYTES),
    },
    storeBytes: take('storeBytes', checkNumber, undefined),
    workerUrl: take('worker', checkWorker(place.pageUrl), workerBeside(place)),
    scope: take('scope', checkUrl(place.pageUrl), undefined),
  }
  for (const name of given.keys()) problems.push(invalid(name, 'there is no such option'))
  return { settings, problems }
}

const NUMBERS = [
  'storeBytes',
  'uploadRate',
  'uploadShare',
  'uploadSessionBytes',
  'uploadMonthBytes',
] as const

/** Reads options from the tag's `data-` attributes. Lists are parted by white space or commas. */
export function readAttributes(dataset: DOMStringMap): SwarmtagOptions {
  const { tracker, ice, match, ignoreQuery, ...others } = dataset
  const numbers = NUMBERS.flatMap(name => {
    const text = others[name]
    return text === undefined ? [] : [[name, Number(text.trim() || Number.NaN)]]
  })
  return {
    ...others,
    ...Object.fromEntries(numbers),
    ...(tracker !== undefined && { tracker: listOf(tracker) }),
    ...(match !== undefined && { match: listOf(match) }),
    ...(ignoreQuery !== undefined && { ignoreQuery: listOf(ignoreQuery) }),
    ...(ice !== undefined && { ice: readIce(ice) }),
  } as SwarmtagOptions
}

const listOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)

/** ICE servers as JSON, or as a list of URLs. What is neither is left for `checkOptions` to refuse. */
function readIce(text: string): RTCIceServer[] {
  if (!/^\s*[[{]/.test(text)) return listOf(text).map(urls => ({ urls }))
  try {
    const json: unknown = JSON.parse(text)
    return (Array.isArray(json) ? json : [json]) as RTCIceServer[]
  } catch {
    return [{ urls: text }]
  }
}

/** The worker's file beside the script; beside the page where the script comes from elsewhere. */
function workerBeside({ pageUrl, scriptUrl }: Place): string {
  const isOwn = new URL(scriptUrl).origin === new URL(pageUrl).origin
  return new URL('swarmtag-sw.js', isOwn ? scriptUrl : new URL('/', pageUrl)).href
}

const trackerUrls =
  (pageUrl: string): Check<string[]> =>
  (value, name) =>
    strings(value, name).map(text => {
      const url = new URL(text, pageUrl)
      url.protocol = url.protocol.replace(/^http/, 'ws')
      if (!url.protocol.startsWith('ws')) throw invalid(name, `${text} is no WebSocket URL`)
      return url.href
    })

const checkIce: Check<RTCIceServer[]> = (value, name) => {
  if (!Array.isArray(value)) throw invalid(name, 'it is no list of servers')
  return value.map((server: unknown) => {
    const urls =
      typeof server === 'object' && server !== null && 'urls' in server ? server.urls : undefined
    const all = typeof urls === 'string' ? [urls] : strings(urls, name)
    if (!all.every(url => /^(stuns?|turns?):\S+$/.test(url)))
      throw invalid(name, `${all} is no STUN or TURN URL`)
    return { ...(server as RTCIceServer), urls: all }
  })
}

const checkMatch =
  (pageUrl: string): Check<string[]> =>
  (value, name) =>
    strings(value, name).map(pattern => {
      const { origin, pathname } = new URL(pattern, pageUrl)
      return origin + pathname
    })

const checkUrl =
  (pageUrl: string): Check<string> =>
  (value, name) => {
    if (typeof value !== 'string' || value === '') throw invalid(name, 'it is no URL')
    return new URL(value, pageUrl).href
  }

const checkWorker =
  (pageUrl: string): Check<string | undefined> =>
  (value, name) =>
    value === 'own' ? undefined : checkUrl(pageUrl)(value, name)

const checkToken =
  (pageUrl: string): Check<SwarmtagOptions['token']> =>
  (value, name) =>
    typeof value === 'function'
      ? (value as Exclude<SwarmtagOptions['token'], string>)
      : checkUrl(pageUrl)(value, name)

const checkNumber: Check<number> = (value, name) => {
  if (typeof value !== 'number' || !(value >= 0)) throw invalid(name, `${value} is no number`)
  return value
}

const oneOf =
  <Word extends string>(...words: Word[]): Check<Word> =>
  (value, name) => {
    const word = words.find(each => each === value)
    if (!word) throw invalid(name, `${value} is none of ${words.join(', ')}`)
    return word
  }

function strings(value: unknown, name: string): string[] {
  if (!Array.isArray(value) || !value.every(each => typeof each === 'string'))
    throw invalid(name, 'it is no list of texts')
  return value
}

const invalid = (name: string, why: string) =>
  new SwarmtagError('option-invalid', `${name}: ${why}`)
