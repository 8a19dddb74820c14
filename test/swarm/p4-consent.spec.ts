/** P4: where consent is asked for, no ICE candidate is gathered before it is given. */

import { createHash, webcrypto } from 'node:crypto'
import type { WebSocket } from '@playwright/test'
import { startTurnServer } from '../turn.mjs'
import {
  expect,
  FILM,
  FILM_BYTES,
  FILM_SHA256,
  film,
  type Site,
  settle,
  test,
  type Viewer,
} from './fixtures.js'
import { connectionsOf, watchConnections } from './webrtc.js'

/** Writes down what a page does with WebRTC and with trackers. */
async function watched(viewer: Viewer): Promise<Viewer & { sockets: WebSocket[] }> {
  const sockets: WebSocket[] = []
  viewer.page.on('websocket', socket => sockets.push(socket))
  await watchConnections(viewer)
  return Object.assign(viewer, { sockets })
}

const NONE = { made: 0, open: 0, candidates: 0 }

const sharingOf = ({ page }: Viewer) => page.evaluate(() => window.swarmtag?.stats().sharing)

const consent = ({ page }: Viewer, isGiven: boolean, options?: { purge?: boolean }) =>
  page.evaluate(([isGiven, options]) => window.swarmtag?.consent(isGiven, options), [
    isGiven,
    options,
  ] as const)

/** The film plays and is whole, and nobody was contacted for it. */
async function playsAlone(viewer: Viewer & { sockets: WebSocket[] }): Promise<void> {
  await viewer.plays()
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  await viewer.plays('video', 1)
  expect(await connectionsOf(viewer)).toEqual(NONE)
  expect(viewer.sockets).toHaveLength(0)
}

const isConnected = ({ peers }: { peers: number }) => peers === 1
const isAlone = ({ peers }: { peers: number }) => peers === 0

test('P4 nobody is contacted before consent, and nobody any more after it is withdrawn', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  const other = await arriveHolding(site.watchPage('other.html'))
  const url = site.watchPage('watch.html', 'data-tracker="/tracker" data-consent="required"')
  const viewer = await (await watched(await settle(site, await arrive()))).visit(url)
  const seen = viewer as typeof viewer & { sockets: WebSocket[] }
  await playsAlone(seen)
  expect(await sharingOf(viewer)).toBe('unasked')

  await viewer.page.evaluate(() => document.querySelector('video')?.play())
  await consent(viewer, true)
  await viewer.until(isConnected, 'the viewers are connected')
  expect(await sharingOf(viewer)).toBe('on')
  expect(seen.sockets).toHaveLength(1)

  await consent(viewer, false)
  expect((await connectionsOf(viewer)).open).toBe(0)
  expect((await viewer.stats())?.peers).toBe(0)
  await expect.poll(() => seen.sockets.every(socket => socket.isClosed())).toBe(true)
  await other.until(isAlone, 'the other viewer knows that it is over')
  const { made } = await connectionsOf(viewer)
  await viewer.plays('video', 2)
  expect((await connectionsOf(viewer)).made).toBe(made)
  expect(seen.sockets).toHaveLength(1)

  // "No" is remembered, also for pages that do not ask.
  await viewer.visit(site.watchPage('plain.html'))
  seen.sockets.length = 0
  await playsAlone(seen)
  expect(await sharingOf(viewer)).toBe('refused')
})

test('P4 consent withdrawn in one tab ends it in the others, and can purge the store', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  await arriveHolding(site.watchPage('other.html'))
  const url = site.watchPage('watch.html', 'data-tracker="/tracker" data-consent="required"')
  const viewer = await (await watched(await settle(site, await arrive()))).visit(url)
  await consent(viewer, true)
  await viewer.plays()
  await viewer.until(isConnected, 'the viewers are connected')
  await viewer.holdsAll()

  const tab = await viewer.context.newPage()
  await tab.goto(site.page('no.html', '<script src="/swarmtag.js"></script>'))
  await tab.evaluate(() => window.swarmtag?.consent(false, { purge: true }))
  await expect.poll(async () => (await connectionsOf(viewer)).open).toBe(0)
  const left = await tab.evaluate(async () => {
    const opening = indexedDB.open('swarmtag')
    await new Promise(resolve => opening.addEventListener('success', resolve))
    const { result: database } = opening
    const counts = [...database.objectStoreNames].map(async name => {
      const counting = database.transaction(name).objectStore(name).count()
      await new Promise(resolve => counting.addEventListener('success', resolve))
      return counting.result
    })
    const all = await Promise.all(counts)
    database.close()
    return all
  })
  expect(left).toEqual([0, 0, 0, 0])
  await viewer.plays('video', 1)
  expect(await viewer.sha256()).toBe(FILM_SHA256)
})

test('P4 the small question asks under a strict policy, once, and its answer is remembered', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  await arriveHolding(site.watchPage('other.html'))
  const policy =
    "default-src 'none'; script-src 'self'; worker-src 'self'; media-src 'self'; connect-src 'self' ws:"
  const url = site.page(
    'ask.html',
    `<meta http-equiv="content-security-policy" content="${policy}">
     <script src="/swarmtag.js" data-tracker="/tracker" data-consent="ask"></script>${film()}`,
  )
  const viewer = await (await watched(await settle(site, await arrive()))).visit(url)
  const region = viewer.page.getByRole('region', { name: 'Sharing' })
  await expect(region).toContainText('IP address')
  expect(await region.evaluate(element => getComputedStyle(element).position)).toBe('fixed')
  expect(await connectionsOf(viewer)).toEqual(NONE)

  await viewer.page.getByRole('button', { name: "Don't share" }).click()
  await expect(region).toHaveCount(0)
  await viewer.page.reload()
  await viewer.plays('video', 1)
  expect(await connectionsOf(viewer)).toEqual(NONE)
  await expect(region).toHaveCount(0)

  await viewer.page.evaluate(() => window.swarmtag?.askConsent())
  await viewer.page.getByRole('button', { name: 'Share', exact: true }).focus()
  await viewer.page.keyboard.press('Enter')
  await expect(region).toHaveCount(0)
  await viewer.until(isConnected, 'the viewers are connected')
  expect(viewer.console.filter(line => line.includes('Content Security Policy'))).toEqual([])
})

test('P4 Global Privacy Control is a "no" until the viewer himself says otherwise', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  await arriveHolding(site.watchPage())
  const viewer = await watched(await settle(site, await arrive()))
  await viewer.page.addInitScript(() =>
    Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }),
  )
  await viewer.visit(site.watchPage())
  await playsAlone(viewer)
  expect(await sharingOf(viewer)).toBe('privacy-control')
  await consent(viewer, true)
  await viewer.until(isConnected, 'the viewers are connected')
})

test('P4 with Save-Data nobody is contacted, whatever was agreed, until it is switched off', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  await arriveHolding(site.watchPage())
  const viewer = await watched(await settle(site, await arrive()))
  await viewer.page.addInitScript(() => {
    const connection = Object.assign(new EventTarget(), { saveData: true })
    Object.defineProperty(navigator, 'connection', { value: connection })
  })
  await viewer.visit(site.watchPage())
  await consent(viewer, true)
  await playsAlone(viewer)
  expect(await sharingOf(viewer)).toBe('save-data')
  await viewer.page.evaluate(() => {
    const { connection } = navigator as unknown as { connection: EventTarget }
    Object.assign(connection, { saveData: false }).dispatchEvent(new Event('change'))
  })
  await viewer.until(isConnected, 'the viewers are connected')
})

test('P4 by default nobody but the site is contacted, and no server is asked for an address', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  await arriveHolding(site.watchPage())
  const viewer = await watched(await settle(site, await arrive()))
  const contacted = new Set<string>()
  viewer.context.on('request', request => contacted.add(new URL(request.url()).host))
  await viewer.visit(site.watchPage())
  await viewer.plays()
  await viewer.until(({ complete }) => complete, 'the whole film is there')
  for (const socket of viewer.sockets) contacted.add(new URL(socket.url()).host)
  expect([...contacted]).toEqual([new URL(site.server.url).host])
  const used = await viewer.page.evaluate(() => ({
    servers: window.made.map(connection => connection.getConfiguration().iceServers),
    candidates: window.candidates,
  }))
  expect(used.servers.length).toBeGreaterThan(0)
  expect(used.servers.flat()).toEqual([])
  expect(used.candidates.length).toBeGreaterThan(0)
  expect(used.candidates.filter(each => !each.includes('typ host'))).toEqual([])
})

/** What two viewers said to each other through the tracker, unsealed (docs/protocol.md, 4.1). */
async function descriptionsIn(frames: readonly string[], root: string): Promise<string[]> {
  const room = `swarmtag/3/${root}`
  const secret = createHash('sha256').update(`${root}:${room}:viewers`).digest()
  const key = await webcrypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['decrypt'])
  const sealed = frames.flatMap(frame =>
    [...frame.matchAll(/"sdp":"([^"]+)"/g)].map(([, sdp = '']) => sdp),
  )
  return Promise.all(
    sealed.map(async text => {
      const [iv = '', bytes = ''] = text.split('$')
      const name = 'AES-GCM'
      const opened = await webcrypto.subtle.decrypt(
        { name, iv: new Uint8Array(iv.split(',').map(Number)) },
        key,
        Buffer.from(bytes, 'base64'),
      )
      return Buffer.from(opened).toString()
    }),
  )
}

test('P4 with a relay only, the film comes through it and no viewer exposes their address', async ({
  site,
  arrive,
}) => {
  const { close, ...relay } = await startTurnServer()
  try {
    const ice = JSON.stringify([
      { urls: relay.url, username: relay.username, credential: relay.credential },
    ])
    const url = site.watchPage(
      'relay.html',
      `data-tracker="/tracker" data-relay="only" data-ice='${ice}'`,
    )
    const comes = async () => watched(await settle(site, await arrive()))
    const viewers = [await comes(), await comes()] as const
    const frames: string[] = []
    for (const { page } of viewers)
      page.on('websocket', socket => {
        socket.on('framesent', ({ payload }) => frames.push(String(payload)))
      })
    const [first, second] = viewers
    await first.visit(url)
    await first.plays()
    await first.holdsAll()
    // Slower than it takes to meet.
    site.server.line.bytesPerSecond = 400_000
    await second.visit(url)
    await second.plays()
    const stats = await second.until(({ complete }) => complete, 'the second has the whole film')
    expect(stats.bytes.peers).toBeGreaterThan(FILM_BYTES.length / 2)

    const descriptions = await descriptionsIn(frames, stats.root)
    expect(descriptions.filter(sdp => sdp.includes('m=application')).length).toBeGreaterThanOrEqual(
      2,
    )
    const signalled = descriptions.flatMap(sdp => sdp.match(/^a=candidate:.*$/gm) ?? [])
    const gathered = await Promise.all(
      viewers.map(({ page }) => page.evaluate(() => window.candidates)),
    )
    for (const candidates of [signalled, ...gathered]) {
      expect(candidates.length).toBeGreaterThan(0)
      expect(candidates.filter(each => !/ typ relay raddr 0\.0\.0\.0 rport 0 /.test(each))).toEqual(
        [],
      )
    }
    const pairs = await second.page.evaluate(() =>
      window.made

        .map(connection => connection.sctp?.transport.iceTransport.getSelectedCandidatePair?.())
        .flatMap(pair => (pair ? [pair.local?.type, pair.remote?.type] : [])),
    )
    expect([...new Set(pairs)]).toEqual(['relay'])
  } finally {
    await close()
  }
})

test('P4 with a relay only and no relay available, nobody is connected and the film plays', async ({
  site,
  arrive,
}: {
  site: Site
  arrive: () => Promise<Viewer>
}) => {
  const url = site.watchPage('relay.html', 'data-tracker="/tracker" data-relay="only"')
  const viewer = await (await watched(await arrive())).visit(url)
  await viewer.plays()
  expect(await viewer.sha256(FILM)).toBe(FILM_SHA256)
  const { candidates } = await connectionsOf(viewer)
  expect(candidates).toBe(0)
})
