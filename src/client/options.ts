/**
 * The site's options: the `data-` attributes of the tag, or one typed object. Those needed before the engine is loaded are
 * checked here, the others by the engine (`swarm-options.ts`).
 */

import { LOG_LEVELS, type LogLevel } from '../log/log.js'
import {
  amount,
  type Check,
  type Checked,
  OptionReader,
  oneOf,
  strings,
  urlFrom,
} from './option-check.js'
import { MOST_HOLD_MS } from './patience.js'
import type { Place } from './place.js'

export interface SwarmtagOptions {
  /**
   * URLs of WebTorrent trackers, where viewers find each other; relative ones are resolved against the page.
   * Without any, videos come from the store and the origin alone.
   * @default none
   */
  tracker?: readonly string[]
  /**
   * STUN and TURN servers, as for `RTCPeerConnection`. Without any, nobody is asked for the
   * viewer's public address, and only viewers that reach each other directly connect.
   * @default none
   */
  ice?: readonly RTCIceServer[]
  /**
   * Which connections are made to other viewers: with `only` all go through the TURN servers of `ice`, which then carry
   * the video, and no viewer learns another's address.
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
   * Logs to the console what page and worker do: with `info` each response and neighbour, with `debug` each chunk too.
   * `localStorage['swarmtag:debug']` does the same for one browser, and takes precedence.
   * @default 'off'
   */
  debug?: LogLevel
  /**
   * Public key of the site, in base64, as `swarmtag key` prints it: only manifests signed with its private key are
   * accepted, and videos with others play over plain HTTP.
   * @default none, all manifests are accepted
   */
  key?: string
  /**
   * Public key of the site for admission, in base64: only viewers with a token signed with its private key connect.
   * @default none, all viewers connect
   */
  admissionKey?: string
  /**
   * Where this page gets such a token: a URL that returns it as text, requested with `?key=…&root=…`; or a function
   * of the page's public key (base64url) and the video's root. Requested again when it expires.
   * @default none
   */
  token?: string | ((publicKey: string, root: string) => Promise<string>)
  /**
   * Whether viewers are asked before their browser contacts trackers and other viewers. With `required` the
   * site asks, and calls `consent(true)`; with `ask` a small dialog is shown. Until they agree, videos come from
   * store and origin.
   * @default 'off'
   */
  consent?: 'off' | 'required' | 'ask'
  /** Whether this viewer gives chunks to others. @default 'on' */
  upload?: 'on' | 'off'
  /** Bytes per second given to others, all videos together. More serves more viewers at a time. @default no limit */
  uploadRate?: number
  /**
   * Bytes given to others for each byte that this page received from any source; the first 2 MiB are not counted.
   * More lets few serve many.
   * @default no limit
   */
  uploadShare?: number
  /** Bytes given to others by one page, from its loading to its end. @default 4 GiB */
  uploadSessionBytes?: number
  /** Bytes given to others in a calendar month (UTC) by all pages of the site's origin. @default 64 GiB */
  uploadMonthBytes?: number
  /** Bytes kept across visits. More saves more traffic and uses more disk. @default a quarter of the browser's quota, at most 2 GiB */
  storeBytes?: number
  /** URL of the page that opens the links of files that are shared from this one. @default this page */
  receive?: string
  /**
   * URL of the worker's file, on the site's own origin; `own` where the site has a worker of its own
   * that imports ours, and registers it.
   * @default swarmtag-sw.js beside the script
   */
  worker?: string
  /**
   * Milliseconds that elements wait at most, on a first visit, for a worker that is being installed; with 0 they never
   * wait. More lets more viewers take part where browsers are slow.
   * @default 3000
   */
  hold?: number
  /**
   * Which side requests the first bytes of the first video while the worker is installed: the worker, as soon as it runs, or
   * the page, at once. The page is a round trip faster, and needs `connect-src 'self'` under a Content Security Policy.
   * @default 'worker'
   */
  ahead?: 'worker' | 'page'
  /** Path under which pages and videos are served by the worker. @default the folder of the worker's file */
  scope?: string
}

/** What the page needs before the engine is loaded, with defaults applied. */
export interface PageSettings {
  readonly match: readonly string[]
  readonly ignoreQuery: readonly string[]
  readonly origin: 'fallback' | 'never'
  readonly key: string | undefined
  /** `undefined` if the site registers a worker of its own. */
  readonly workerUrl: string | undefined
  readonly scope: string | undefined
  readonly mostHoldMs: number
  readonly ahead: 'worker' | 'page'
  readonly logLevel: LogLevel
}

export const PAGE_OPTIONS = [
  'match',
  'ignoreQuery',
  'origin',
  'key',
  'worker',
  'scope',
  'hold',
  'ahead',
  'debug',
]

/** Checks the options that the page needs before the engine is loaded. */
export function checkPageOptions(options: object, place: Place): Checked<PageSettings> {
  const { pageUrl } = place
  const reader = new OptionReader(options)
  const settings = {
    match: reader.read('match', patternsFrom(pageUrl), []),
    ignoreQuery: reader.read('ignoreQuery', strings, []),
    origin: reader.read('origin', oneOf('fallback', 'never'), 'fallback'),
    // An invalid key is rejected where it is used: without a key every manifest would be accepted.
    key: reader.read('key', String, undefined),
    workerUrl: reader.read('worker', workerFrom(pageUrl), workerBeside(place)),
    mostHoldMs: reader.read('hold', amount, MOST_HOLD_MS),
    scope: reader.read('scope', urlFrom(pageUrl), undefined),
    ahead: reader.read('ahead', oneOf('worker', 'page'), 'worker'),
    logLevel: reader.read('debug', oneOf(...LOG_LEVELS), 'off'),
  } as const
  return { settings, problems: reader.problems }
}

/** A worker's file beside the script; at the site's root where the script comes from elsewhere, as workers may not. */
export function workerBeside({ pageUrl, scriptUrl }: Place, name = 'swarmtag-sw.js'): string {
  const isOwn = new URL(scriptUrl).origin === new URL(pageUrl).origin
  return new URL(name, isOwn ? scriptUrl : new URL('/', pageUrl)).href
}

const workerFrom =
  (pageUrl: string): Check<string | undefined> =>
  (value, name) =>
    value === 'own' ? undefined : urlFrom(pageUrl)(value, name)

const patternsFrom =
  (pageUrl: string): Check<string[]> =>
  (value, name) =>
    strings(value, name).map(pattern => {
      const { origin, pathname } = new URL(pattern, pageUrl)
      return origin + pathname
    })
