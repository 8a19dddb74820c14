/**
 * P3: bytes that an anonymous GET cannot read never leave the browser.
 *
 * One viewer holds the film, which was public when it was loaded, and stays. Then the site changes, and others
 * come who may read it: in each row they see it as over plain HTTP, ask no tracker, and take and give nothing.
 * The rows further down, where the same holder does give, prove that it could have.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Browser, expect, test } from '@playwright/test'
import { FILM, FILM_BYTES, FILM_SHA256, film, manifestOf, Site, Viewer } from './fixtures.js'

const TAG = (attributes = '') =>
  `<script src="/swarmtag.js" data-tracker="/tracker" ${attributes}></script>`

/** What everybody gets of a film that only some may see whole. */
const TRAILER = FILM_BYTES.subarray(0, 4_000_000)
const TRAILER_MANIFEST = await manifestOf(TRAILER)

let site: Site
/** Another origin, with the same film. */
let other: Site
let holder: Viewer

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean

const isFilm = ({ url = '' }: IncomingMessage) => url.split('?', 1)[0] === FILM
const isManifest = ({ url = '' }: IncomingMessage) => url.split('?', 1)[0] === `${FILM}.swarm`
const isKnown = ({ headers }: IncomingMessage) => headers.cookie?.includes('session=1') === true

/** Refuses the film to whoever is not known. */
const membersOnly =
  (refuse: (response: ServerResponse) => void, isMeant = isFilm): Answer =>
  (request, response) => {
    if (!isMeant(request) || isKnown(request)) return false
    refuse(response)
    return true
  }

const withStatus = (status: number) => (response: ServerResponse) =>
  void response.writeHead(status, { 'content-type': 'text/plain' }).end('no')

/** Sends headers along with the film. */
const withHeaders =
  (headers: (request: IncomingMessage) => Record<string, string>, isMeant = isFilm): Answer =>
  (request, response) => {
    if (!isMeant(request)) return false
    const writeHead = response.writeHead.bind(response)
    response.writeHead = ((status: number, own: Record<string, string>) =>
      writeHead(status, { ...own, ...headers(request) })) as typeof response.writeHead
    for (const [name, value] of Object.entries(headers(request))) response.setHeader(name, value)
    return false
  }

const send = (bytes: Uint8Array, request: IncomingMessage, response: ServerResponse): boolean => {
  const [, first = '0', last = ''] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? []
  const from = Number(first)
  const to = last ? Math.min(Number(last) + 1, bytes.length) : bytes.length
  response.writeHead(206, {
    'content-type': 'video/mp4',
    'content-range': `bytes ${from}-${to - 1}/${bytes.length}`,
    'content-length': to - from,
  })
  response.end(bytes.subarray(from, to))
  return true
}

const redirectTo =
  (target: () => string, isMeant: (request: IncomingMessage) => boolean = isFilm): Answer =>
  (request, response) => {
    if (!isMeant(request)) return false
    response.writeHead(302, { location: target() }).end()
    return true
  }

/** Lets pages of other origins read what is sent. */
const cors =
  (headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*')
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    return false
  }
const EXPOSED = { 'Access-Control-Expose-Headers': 'Content-Range, ETag' }

test.beforeAll(async ({ browser }) => {
  site = await new Site().open()
  other = await new Site().open()
  holder = await arriveAt(browser)
  await holder.visit(site.page('holder.html', TAG() + film()))
  await holder.plays()
  await holder.holdsAll()
})

test.beforeEach(() => {
  site.intercept = () => false
  other.intercept = () => false
})

test.afterAll(async () => {
  await holder.leave()
  await Promise.all([site.close(), other.close()])
})

/** A viewer who is known to the site. */
async function arriveAt(
  browser: Browser,
  attributes = '',
): Promise<Viewer & { sockets: string[] }> {
  const context = await browser.newContext()
  await context.addCookies([{ name: 'session', value: '1', url: site.server.url }])
  const page = await context.newPage()
  const sockets: string[] = []
  page.on('websocket', socket => sockets.push(socket.url()))
  const viewer = Object.assign(new Viewer(context, page), { sockets })
  // With the worker there, each film is asked for through it from its first byte.
  await viewer.visit(site.page('empty.html', TAG(attributes)))
  await page.evaluate(() => window.swarmtag?.ready)
  return viewer
}

const linesOf = (viewer: Viewer) => viewer.console.filter(line => line.startsWith('[swarmtag]'))

const uploaded = async () => (await holder.stats())?.bytes.uploaded ?? 0

/** Says that a viewer has nothing to do with any swarm, and that the holder gave nothing. */
async function takesNoPart(viewer: Viewer & { sockets: string[] }, before: number): Promise<void> {
  expect(viewer.sockets).toEqual([])
  const stats = await viewer.page.evaluate(() => window.swarmtag?.stats())
  expect(stats).toMatchObject({ state: 'active', peers: 0 })
  for (const { bytes } of stats?.videos ?? [])
    expect(bytes).toMatchObject({ peers: 0, uploaded: 0 })
  expect(await uploaded()).toBe(before)
  expect((await holder.stats())?.peers).toBe(0)
}

interface Row {
  readonly what: string
  readonly answer: Answer
  /** What the site's owner is told. @default one line, that says `not-public` */
  readonly told?: RegExp[]
}

const PRIVATE: Row[] = [
  { what: 'needs a cookie (403)', answer: membersOnly(withStatus(403)) },
  { what: 'needs a cookie (401)', answer: membersOnly(withStatus(401)) },
  { what: 'needs a cookie, and hides (404)', answer: membersOnly(withStatus(404)) },
  { what: 'needs a cookie (500)', answer: membersOnly(withStatus(500)) },
  {
    what: 'needs a cookie, and so does its manifest',
    answer: membersOnly(withStatus(403), request => isFilm(request) || isManifest(request)),
    told: [],
  },
  {
    what: 'shows everybody a page to log in',
    answer: membersOnly(response =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in</h1>'),
    ),
  },
  {
    what: 'sends everybody elsewhere to log in',
    answer: redirectTo(
      () => `${other.server.url}login`,
      request => isFilm(request) && !isKnown(request),
    ),
  },
  {
    what: 'is shorter for everybody',
    answer: (request, response) =>
      isFilm(request) && !isKnown(request) && send(TRAILER, request, response),
  },
  {
    what: 'is shorter for everybody, as its manifest says',
    answer: (request, response) => {
      if (isManifest(request)) return send(TRAILER_MANIFEST, request, response)
      return isFilm(request) && !isKnown(request) && send(TRAILER, request, response)
    },
    told: [/origin-changed/],
  },
  {
    what: 'has another ETag for everybody',
    answer: withHeaders(request => ({ ETag: isKnown(request) ? '"members"' : '"all"' })),
  },
  {
    what: 'has another date for everybody',
    answer: withHeaders(request => ({
      'Last-Modified': new Date(isKnown(request) ? 0 : 1e12).toUTCString(),
    })),
  },
  ...['private', 'no-store', 'private, max-age=600'].map(value => ({
    what: `says Cache-Control: ${value}`,
    answer: withHeaders(() => ({ 'Cache-Control': value })),
  })),
  {
    what: 'says Cache-Control: private to those who are not known alone',
    answer: withHeaders(request => ({ 'Cache-Control': isKnown(request) ? '' : 'private' })),
  },
  ...['Cookie', 'Authorization', '*'].map(value => ({
    what: `says Vary: ${value}`,
    answer: withHeaders(() => ({ Vary: value })),
  })),
]

for (const { what, answer, told = [/not-public/] } of PRIVATE)
  test(`P3: a film that ${what} is seen as over plain HTTP, and nothing of it leaves`, async ({
    browser,
  }) => {
    const before = await uploaded()
    site.intercept = answer
    const viewer = await arriveAt(browser)
    await viewer.visit(site.page('watch.html', TAG() + film()))
    await viewer.plays()
    expect(await viewer.sha256()).toBe(FILM_SHA256)
    await takesNoPart(viewer, before)
    expect(linesOf(viewer)).toEqual(told.map(each => expect.stringMatching(each)))
    await viewer.leave()
  })

test('P3: a film with a cookie has one first request: the next visit asks for no manifest and nobody else', async ({
  browser,
}) => {
  const before = await uploaded()
  site.intercept = membersOnly(withStatus(403))
  const viewer = await arriveAt(browser)
  await viewer.visit(site.page('watch.html', TAG() + film()))
  await viewer.plays()
  await expect.poll(() => linesOf(viewer)).toHaveLength(1)
  const manifests = site.requestsOf(`${FILM}.swarm`).length
  let withoutCookie = 0
  site.intercept = (request, response) => {
    if (isFilm(request) && !isKnown(request)) withoutCookie++
    return membersOnly(withStatus(403))(request, response)
  }
  await viewer.page.reload()
  await viewer.plays()
  await takesNoPart(viewer, before)
  expect(site.requestsOf(`${FILM}.swarm`)).toHaveLength(manifests)
  expect(withoutCookie).toBe(0)
  await viewer.leave()
})

test('P3: what a page fetches with Authorization is left to the page', async ({ browser }) => {
  const before = await uploaded()
  site.intercept = (request, response) => {
    if (!isFilm(request) || request.headers.authorization) return false
    response.writeHead(401).end()
    return true
  }
  const viewer = await arriveAt(browser)
  const sizes = await viewer.page.evaluate(async url => {
    const sizeOf = async (headers: Record<string, string>) =>
      (await (await fetch(url, { headers })).arrayBuffer()).byteLength
    return [await sizeOf({ authorization: 'Bearer 1' }), await sizeOf({})]
  }, FILM)
  expect(sizes).toEqual([FILM_BYTES.length, 0])
  await takesNoPart(viewer, before)
  await viewer.leave()
})

test('P3: a film that was for all and is no more leaves its swarm, and plays on', async ({
  browser,
}) => {
  // Slow enough for the film to be under way when the site changes its mind.
  site.server.line.bytesPerSecond = 1_000_000
  const viewer = await arriveAt(browser)
  await viewer.page.addInitScript(() => {
    // Nobody else is found, so that the origin is needed.
    Object.defineProperty(window, 'WebSocket', { value: class extends EventTarget {} })
  })
  await viewer.visit(site.page('watch.html', TAG() + film()))
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  site.intercept = membersOnly(withStatus(403))
  site.server.line.bytesPerSecond = Number.POSITIVE_INFINITY
  await viewer.page.evaluate(() => {
    const video = document.querySelector('video')
    if (video) video.currentTime = 45
  })
  await viewer.plays()
  await expect.poll(() => linesOf(viewer).join()).toContain('not-public')
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  await viewer.page.reload()
  await viewer.plays()
  expect(await viewer.stats()).toBeUndefined()
  await viewer.leave()
})

interface SharedRow {
  readonly what: string
  readonly attributes?: string
  /** The element, where it is not the site's own film. */
  readonly video?: () => string
  readonly answer?: Answer
  readonly answerOfOther?: Answer
}

const tagged = (src: string, attributes = '') =>
  `<video src="${src}" autoplay muted ${attributes}></video>`
const elsewhere = () => new URL(FILM, other.server.url).href
const OTHER_MATCH = '{other}videos/*'

/** What everybody may read takes part, whatever else is said of it. */
const SHARED: SharedRow[] = [
  { what: 'on the own site' },
  { what: 'that sets a cookie', answer: withHeaders(() => ({ 'Set-Cookie': 'seen=1' })) },
  {
    what: 'whose manifest sets a cookie',
    answer: withHeaders(() => ({ 'Set-Cookie': 'seen=1' }), isManifest),
  },
  {
    what: 'that says Vary: Origin',
    answer: withHeaders(() => ({ Vary: 'Origin, Accept-Encoding' })),
  },
  {
    what: 'with a query that signs it, as the option says',
    attributes: 'data-ignore-query="Expires Signature"',
    video: () => tagged(`${FILM}?Expires=${Date.now()}&Signature=${Math.random()}`),
  },
  {
    what: 'of another origin with CORS, named by the site',
    attributes: `data-match="${OTHER_MATCH}"`,
    video: () => tagged(elsewhere()),
    answerOfOther: cors(EXPOSED),
  },
  {
    what: 'of another origin that exposes no header',
    attributes: `data-match="${OTHER_MATCH}"`,
    video: () => tagged(elsewhere()),
    answerOfOther: cors(),
  },
  {
    what: 'of another origin that the site asks for with CORS',
    video: () => tagged(elsewhere(), 'crossorigin'),
    answerOfOther: cors(EXPOSED),
  },
  {
    what: 'that redirects to another origin with CORS',
    answer: redirectTo(elsewhere),
    answerOfOther: cors(EXPOSED),
  },
  {
    what: 'that redirects to another origin that exposes no header',
    answer: redirectTo(elsewhere),
    answerOfOther: cors(),
  },
]

for (const { what, attributes = '', video = film, answer, answerOfOther } of SHARED)
  test(`P3: a film ${what} is for all, and comes from who holds it`, async ({ browser }) => {
    const before = await uploaded()
    site.intercept = answer ?? (() => false)
    other.intercept = answerOfOther ?? (() => false)
    const options = attributes.replace('{other}', other.server.url)
    const viewer = await arriveAt(browser, options)
    await viewer.visit(site.page('watch.html', TAG(options) + video()))
    await viewer.plays()
    const peerBytes = async () => {
      const stats = await viewer.page.evaluate(() => window.swarmtag?.stats())
      return stats?.videos[0]?.bytes.peers
    }
    await expect.poll(peerBytes).toBeGreaterThan(FILM_BYTES.length / 4)
    expect(await uploaded()).toBeGreaterThanOrEqual(before + FILM_BYTES.length / 4)
    expect(linesOf(viewer)).toEqual([])
    await viewer.leave()
    await holder.until(({ peers }) => peers === 0, 'the holder is alone')
  })

interface UntouchedRow {
  readonly what: string
  readonly attributes?: string
  readonly video?: () => string
  readonly answer?: Answer
  readonly answerOfOther?: Answer
  readonly told: RegExp[]
}

/** What may not be shared, or cannot, plays as if there were no Swarmtag: with the element's own requests. */
const UNTOUCHED: UntouchedRow[] = [
  {
    what: 'with a query that looks signed',
    video: () => tagged(`${FILM}?X-Amz-Signature=1`) + tagged(`${FILM}?X-Amz-Signature=2`),
    told: [/not-public.*X-Amz-Signature.*data-ignore-query/],
  },
  {
    what: 'with a signed query of which the option names a part',
    attributes: 'data-ignore-query="Expires"',
    video: () => tagged(`${FILM}?Expires=1&Signature=2`),
    told: [/not-public.*Signature/],
  },
  { what: 'of another origin without CORS', video: () => tagged(elsewhere()), told: [] },
  {
    what: 'of another origin with CORS that the site does not ask for',
    video: () => tagged(elsewhere()),
    answerOfOther: cors(EXPOSED),
    told: [],
  },
  {
    what: 'of another origin without CORS, though the site names it',
    attributes: `data-match="${OTHER_MATCH}"`,
    video: () => tagged(elsewhere()),
    told: [/not-public.*Access-Control-Allow-Origin/],
  },
  {
    what: 'that redirects to another origin without CORS',
    answer: redirectTo(elsewhere),
    told: [/not-public.*Access-Control-Allow-Origin/],
  },
]

for (const { what, attributes = '', video = film, answer, answerOfOther, told } of UNTOUCHED)
  test(`P3: a film ${what} plays untouched, and nothing of it leaves`, async ({ browser }) => {
    const before = await uploaded()
    site.intercept = answer ?? (() => false)
    other.intercept = answerOfOther ?? (() => false)
    const destinations = new Set<string>()
    for (const each of [site, other]) {
      const { intercept } = each
      each.intercept = (request, response) => {
        if (isFilm(request)) destinations.add(String(request.headers['sec-fetch-dest']))
        return intercept(request, response)
      }
    }
    const options = attributes.replace('{other}', other.server.url)
    const viewer = await arriveAt(browser, options)
    await viewer.visit(site.page('watch.html', TAG(options) + video()))
    await viewer.plays()
    await takesNoPart(viewer, before)
    expect(destinations).toContain('video')
    expect(await viewer.page.evaluate(() => document.querySelector('video')?.crossOrigin)).toBe(
      null,
    )
    expect(linesOf(viewer)).toEqual(told.map(each => expect.stringMatching(each)))
    await viewer.leave()
  })

test('P3: what a page fetches by a signed URL is left to the page', async ({ browser }) => {
  const before = await uploaded()
  const viewer = await arriveAt(browser)
  const manifests = site.requestsOf(`${FILM}.swarm`).length
  expect(await viewer.sha256(`${FILM}?token=1`)).toBe(FILM_SHA256)
  await takesNoPart(viewer, before)
  expect(site.requestsOf(`${FILM}.swarm`)).toHaveLength(manifests)
  await viewer.leave()
})

test('a film of another origin that hides its size, and has no manifest, plays', async ({
  browser,
}) => {
  other.intercept = (request, response) => {
    cors()(request, response)
    if (!isManifest(request)) return false
    response.writeHead(404).end()
    return true
  }
  const viewer = await arriveAt(browser)
  await viewer.visit(site.page('watch.html', TAG() + tagged(elsewhere(), 'crossorigin')))
  await viewer.plays()
  await viewer.page.evaluate(() => {
    const video = document.querySelector('video')
    if (video) video.currentTime = 45
  })
  await viewer.plays()
  expect(viewer.sockets).toEqual([])
  await viewer.leave()
})

test('P3: a film of another origin that only a cookie opens is seen, and nothing of it leaves', async ({
  browser,
}) => {
  const before = await uploaded()
  other.intercept = (request, response) => {
    response.setHeader('Access-Control-Allow-Origin', new URL(site.server.url).origin)
    response.setHeader('Access-Control-Allow-Credentials', 'true')
    return membersOnly(withStatus(403))(request, response)
  }
  const viewer = await arriveAt(browser)
  const video = tagged(elsewhere(), 'crossorigin="use-credentials"')
  await viewer.visit(site.page('watch.html', TAG() + video))
  await viewer.plays()
  await viewer.plays()
  await takesNoPart(viewer, before)
  expect(linesOf(viewer)).toEqual([expect.stringMatching(/not-public/)])
  await viewer.leave()
})
