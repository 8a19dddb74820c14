/** P1: a video never gets a byte that is not the origin's. Ten thousand attacks at once: test/unit/client/pollution.test.ts. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { publicKeyOf, Signer } from '../../src/cli/signing.js'
import { CHUNK_BYTES } from '../../src/core/units.js'
import { buildManifest } from '../../src/store/manifest.js'
import {
  expect,
  FILM,
  FILM_BYTES,
  FILM_DIGESTS,
  FILM_SHA256,
  film,
  manifestOf,
  type Site,
  settle,
  test,
  type Viewer,
} from './fixtures.js'

const MANIFEST = await manifestOf(FILM_BYTES)

/**
 * Makes a viewer corrupt every chunk that it gives, after some valid ones, and count them: data are messages of
 * type 7, behind a header of 12 bytes.
 */
async function makeAttacker(
  { page }: Viewer,
  how: 'flips' | 'swaps',
  trueChunks: number = 0,
): Promise<void> {
  const script = ([how, trueChunks]: [string, number]) => {
    const send = RTCDataChannel.prototype.send
    let last: Uint8Array | undefined
    let given = 0
    RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: never) {
      const bytes: unknown = data
      if (!(bytes instanceof Uint8Array) || bytes[0] !== 7) return send.call(this, data)
      if (given++ < trueChunks) return send.call(this, data)
      sessionStorage.corrupt = Number(sessionStorage.corrupt ?? 0) + 1
      const own = bytes.slice(12)
      if (how === 'flips') bytes[500] = (bytes[500] ?? 0) ^ 1
      else bytes.set(last ?? new Uint8Array(own.length), 12)
      last = own
      return send.call(this, data)
    }
  }
  await page.addInitScript(script, [how, trueChunks] as [string, number])
}

/** Corrupt chunks that an attacker gave to anybody, also before it reloaded its page. */
const corruptFrom = ({ page }: Viewer) => page.evaluate(() => Number(sessionStorage.corrupt ?? 0))

async function expectNothingFalse(viewer: Viewer): Promise<void> {
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  const stored = await viewer.stored()
  expect(stored.size).toBeGreaterThan(0)
  for (const [index, digest] of stored) expect(digest, `chunk ${index}`).toBe(FILM_DIGESTS[index])
}

/** On one machine all have one address; on the internet each has its own. */
async function moveAway({ page }: Viewer): Promise<void> {
  await page.addInitScript(() => {
    const look = RTCPeerConnection.prototype.getStats
    let count = 0
    RTCPeerConnection.prototype.getStats = async function (this: RTCPeerConnection) {
      const stats = new Map([...(await look.call(this))])
      for (const each of stats.values()) if (each.address) each.address = `192.0.2.${count++}`
      return stats as RTCStatsReport
    } as typeof look
  })
}

test('P1 half of all peers send corrupt data: each is dropped at its first chunk, and the others give the film', async ({
  site,
  arrive,
  arriveHolding,
}) => {
  const url = site.watchPage()
  // Slow, so that the film is not whole before the second attacker is asked as well.
  const slow = site.watchPage('slow.html', 'data-tracker="/tracker" data-upload-rate="300000"')
  await arriveHolding(slow)
  await arriveHolding(slow)
  const attackers = [await settle(site, await arrive()), await settle(site, await arrive())]
  for (const [at, attacker] of attackers.entries()) {
    await moveAway(attacker)
    await makeAttacker(attacker, at === 0 ? 'flips' : 'swaps')
    await attacker.visit(url)
    await attacker.plays()
    await attacker.holdsAll()
  }
  site.server.line.bytesPerSecond = 250_000
  const viewer = await settle(site, await arrive())
  await moveAway(viewer)
  const dropped = () => viewer.console.filter(line => line.includes('chunk-corrupt')).length
  await viewer.visit(url)
  await viewer.plays()
  await expect.poll(dropped).toBe(2)
  const stats = await viewer.until(({ complete }) => complete, 'the whole film is held')
  expect(stats.peers).toBe(2)
  expect(stats.bytes.peers).toBeGreaterThan(FILM_BYTES.length / 2)
  // One to each that it connected to: the viewer, and perhaps the other attacker.
  for (const attacker of attackers) expect(await corruptFrom(attacker)).toBeLessThanOrEqual(2)
  await expectNothingFalse(viewer)
})

test('P1 an attacker that gave valid chunks first wastes one chunk, however many it was asked for', async ({
  site,
  arrive,
}, { annotations }) => {
  const url = site.watchPage()
  const attacker = await settle(site, await arrive())
  await makeAttacker(attacker, 'flips', 20)
  await attacker.visit(url)
  await attacker.plays()
  await attacker.holdsAll()
  site.server.line.bytesPerSecond = 400_000
  const viewer = await settle(site, await arrive())
  // What the browser handed over, read or not.
  await viewer.page.addInitScript(() => {
    Object.assign(window, { chunkMessages: 0 })
    const own = Object.getOwnPropertyDescriptor(RTCDataChannel.prototype, 'onmessage')
    Object.defineProperty(RTCDataChannel.prototype, 'onmessage', {
      set(hear: ((event: MessageEvent) => void) | null) {
        own?.set?.call(this, (event: MessageEvent) => {
          const { data } = event
          if (data instanceof ArrayBuffer && new Uint8Array(data)[0] === 7)
            Object.assign(window, { chunkMessages: Reflect.get(window, 'chunkMessages') + 1 })
          hear?.call(this, event)
        })
      },
    })
  })
  await viewer.visit(url)
  await viewer.plays()
  const dropped = () => viewer.console.filter(line => line.includes('chunk-corrupt')).length
  await expect.poll(dropped).toBe(1)
  const { bytes } = await viewer.until(({ peers }) => peers === 0, 'the attacker is gone')
  const messages = await viewer.page.evaluate(() => Number(Reflect.get(window, 'chunkMessages')))
  annotations.push({
    type: 'figures',
    description: JSON.stringify({ corrupt: await corruptFrom(attacker), messages, ...bytes }),
  })
  expect(bytes.peers).toBe(20 * CHUNK_BYTES)
  expect(bytes.wasted).toBeLessThanOrEqual(CHUNK_BYTES)
  // It was asked for more, and sent it: what the connection had delivered by the verdict is all that was lost besides.
  expect(await corruptFrom(attacker)).toBeGreaterThan(1)
  await viewer.until(({ complete }) => complete, 'the whole film is held')
  await expectNothingFalse(viewer)
})

test('P1 an attacker that reloads its page is not asked again', async ({ site, arrive }) => {
  const url = site.watchPage()
  const attacker = await settle(site, await arrive())
  await makeAttacker(attacker, 'flips')
  await attacker.page.addInitScript(() => {
    const Real = RTCPeerConnection
    Object.assign(window, { connected: 0 })
    window.RTCPeerConnection = class extends Real {
      constructor(...args: ConstructorParameters<typeof Real>) {
        super(...args)
        this.addEventListener('connectionstatechange', () => {
          if (this.connectionState === 'connected') Object.assign(window, { connected: 1 })
        })
      }
    }
  })
  await attacker.visit(url)
  await attacker.plays()
  await attacker.holdsAll()
  site.server.line.bytesPerSecond = 400_000
  const viewer = await (await settle(site, await arrive())).visit(url)
  await viewer.plays()
  const dropped = () => viewer.console.filter(line => line.includes('chunk-corrupt')).length
  await expect.poll(dropped).toBe(1)
  expect(await corruptFrom(attacker)).toBe(1)

  await attacker.page.reload()
  await attacker.plays()
  // It reaches the viewer under another name, and is rejected.
  await attacker.page.waitForFunction(() => 'connected' in window && window.connected === 1)
  await attacker.page.waitForTimeout(2_000)
  expect(await viewer.stats()).toMatchObject({ peers: 0, bytes: { peers: 0 } })
  expect(await corruptFrom(attacker)).toBe(1)
  expect(dropped()).toBe(1)
  site.server.line.bytesPerSecond = Number.POSITIVE_INFINITY
  await expectNothingFalse(viewer)
})

/** How an origin goes wrong in the middle of a film. */
type Fault = (request: IncomingMessage, response: ServerResponse, from: number, end: number) => void

/** Sends a part of a file as a good server does. */
const part =
  (file: Buffer, headers: Record<string, string> = {}): Fault =>
  (_request, response, from, end) => {
    const to = Math.min(end, file.length)
    response.writeHead(206, {
      'content-type': 'video/mp4',
      'content-range': `bytes ${from}-${to - 1}/${file.length}`,
      'content-length': to - from,
      ...headers,
    })
    response.end(file.subarray(from, to))
  }

/** The same film with a bit changed here and there. */
const replaced = Buffer.from(FILM_BYTES)
for (let at = 40_000; at < replaced.length; at += CHUNK_BYTES)
  replaced[at] = (replaced[at] ?? 0) ^ 1
const PORTAL = '<!doctype html><title>Log in</title><h1>Log in to use this network</h1>'

const faults: readonly (readonly [string, Fault])[] = [
  ['the file is replaced, under a new ETag', part(replaced, { etag: '"new"' })],
  ['the file is replaced by a longer one', part(Buffer.concat([FILM_BYTES, FILM_BYTES]))],
  [
    'a captive portal answers for it',
    (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(PORTAL),
  ],
  [
    'the whole file comes for a range',
    (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'video/mp4', 'content-length': FILM_BYTES.length })
        .end(FILM_BYTES),
  ],
  [
    'Content-Range names another part',
    (_request, response, from) => {
      const later = Math.min(from + CHUNK_BYTES, FILM_BYTES.length - 1)
      part(FILM_BYTES)(_request, response, later, FILM_BYTES.length)
    },
  ],
  [
    'Content-Range names the part asked for, and the bytes are others',
    (_request, response, from, end) => {
      response.writeHead(206, {
        'content-type': 'video/mp4',
        'content-range': `bytes ${from}-${end - 1}/${FILM_BYTES.length}`,
      })
      response.end(FILM_BYTES.subarray(from - 10_000, end - 10_000))
    },
  ],
]

/** Lets the origin of a film go wrong from now on. */
function goWrong(site: Site, fault: Fault): void {
  site.intercept = (request, response) => {
    if (request.url?.split('?')[0] !== FILM) return false
    const [, from = '0', last = ''] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? []
    fault(request, response, Number(from), last ? Number(last) + 1 : FILM_BYTES.length)
    return true
  }
}

/** Seeks, and tells whether the film then plays, fails or waits. */
async function outcomeOfSeek({ page }: Viewer, seconds: number, withinMs = 6_000) {
  const ask = [seconds, withinMs] as const
  return page.evaluate(async ([seconds, withinMs]) => {
    const video = document.querySelector('video')
    if (!video) return 'none'
    video.currentTime = seconds
    for (const endMs = performance.now() + withinMs; performance.now() < endMs; ) {
      if (video.error) return 'fails'
      if (!video.seeking && video.currentTime > seconds + 0.5) return 'plays'
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    return 'waits'
  }, ask)
}

const said = (viewer: Viewer) => viewer.console.filter(line => line.startsWith('[swarmtag]'))

for (const [what, fault] of faults)
  test(`P1 ${what}: the swarm ends, one line says so, and the film goes on or fails as without a swarm`, async ({
    site,
    arrive,
  }) => {
    site.server.line.bytesPerSecond = 4_000_000
    const plain = await (await arrive()).visit(site.page('plain.html', film()))
    await plain.plays()
    const viewer = await settle(site, await arrive())
    await viewer.visit(site.watchPage())
    await viewer.plays()
    await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
    goWrong(site, fault)
    const [expected, outcome] = await Promise.all([
      outcomeOfSeek(plain, 45),
      outcomeOfSeek(viewer, 45),
    ])
    expect(outcome).toBe(expected)
    expect(said(viewer)).toEqual([expect.stringContaining('origin-changed')])
  })

test('P1 the origin sends the film elsewhere, to a page for all: it fails as without a swarm, and one line says so', async ({
  site,
  arrive,
}) => {
  site.page('portal.html', PORTAL)
  const elsewhere = `${site.server.url.replace('localhost', '127.0.0.1')}portal.html`
  const plain = await (await arrive()).visit(site.page('plain.html', film()))
  const viewer = await settle(site, await arrive())
  await viewer.visit(site.watchPage('watch.html', ''))
  await Promise.all([plain.plays(), viewer.plays()])
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  goWrong(site, (_request, response) => response.writeHead(302, { location: elsewhere }).end())
  const outcomes = await Promise.all([outcomeOfSeek(plain, 45), outcomeOfSeek(viewer, 45)])
  // What cannot be read at all is tried again for some seconds more.
  expect(outcomes).toEqual(['fails', expect.stringMatching(/fails|waits/)])
  expect(said(viewer)).toEqual([expect.stringContaining('origin-changed: it is sent to another')])
})

test('P1 bodies break off: nothing is false, and the film goes on as without a swarm', async ({
  site,
  arrive,
}) => {
  const plain = await (await arrive()).visit(site.page('plain.html', film()))
  const viewer = await settle(site, await arrive())
  await viewer.visit(site.watchPage('watch.html', ''))
  await Promise.all([plain.plays(), viewer.plays()])
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  goWrong(site, (_request, response, from, end) => {
    response.writeHead(206, {
      'content-type': 'video/mp4',
      'content-range': `bytes ${from}-${end - 1}/${FILM_BYTES.length}`,
      'content-length': end - from,
    })
    const part = FILM_BYTES.subarray(from, Math.min(from + 150_000, end))
    response.write(part, () => {
      if (part.length < end - from) response.destroy()
      else response.end()
    })
  })
  const outcomes = await Promise.all([
    outcomeOfSeek(plain, 45, 20_000),
    outcomeOfSeek(viewer, 45, 20_000),
  ])
  expect(outcomes).toEqual(['plays', 'plays'])
  expect(said(viewer).filter(line => !line.includes('origin-failed'))).toEqual([])
})

/** Serves another manifest than the film's, in ranges. */
function serveManifest(site: Site, manifest: Buffer): void {
  site.intercept = (request, response) => {
    if (request.url !== `${FILM}.swarm`) return false
    const [, from = 0, last = 0] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []
    const bytes = manifest.subarray(Number(from), Number(last) + 1)
    if (bytes.length === 0) response.writeHead(416).end()
    else
      response
        .writeHead(206, {
          'content-type': 'application/octet-stream',
          'content-range': `bytes ${from}-${Number(from) + bytes.length - 1}/${manifest.length}`,
        })
        .end(bytes)
    return true
  }
}

/** What page and worker tell the site's owner from now on. */
function linesOf({ context }: Viewer): string[] {
  const lines: string[] = []
  context.on('console', message => {
    if (message.text().startsWith('[swarmtag]')) lines.push(message.text())
  })
  return lines
}

const descriptorBytes = MANIFEST.readUInt32BE(12)
const falseDigests = Buffer.from(MANIFEST)
falseDigests[descriptorBytes + 5] = (falseDigests[descriptorBytes + 5] ?? 0) ^ 1

for (const [what, manifest, line] of [
  ['is of an older version of the file', await manifestOf(replaced), 'origin-changed'],
  [
    'is of a longer file',
    await manifestOf(Buffer.concat([FILM_BYTES, FILM_BYTES])),
    'origin-changed',
  ],
  ['has a false digest page', falseDigests, 'manifest-mismatch'],
  ['has no digest pages', MANIFEST.subarray(0, descriptorBytes), 'manifest-unavailable'],
] as const)
  test(`P1 the manifest ${what}: the film plays over plain HTTP, and one line says why`, async ({
    site,
    arrive,
  }) => {
    serveManifest(site, manifest)
    const viewer = await settle(site, await arrive())
    const lines = linesOf(viewer)
    await viewer.visit(site.watchPage())
    await viewer.plays()
    expect(await outcomeOfSeek(viewer, 45)).toBe('plays')
    expect(await viewer.sha256()).toBe(FILM_SHA256)
    // Where only digests lack, each response asks for them anew.
    expect([...new Set(lines)]).toEqual([expect.stringContaining(line)])
  })

const siteKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const edwardsKey = generateKeyPairSync('ed25519').privateKey

/** The film's manifest, signed some days ago and believed for thirty. */
async function signedBy(key: KeyObject, daysAgo = 0): Promise<Buffer> {
  async function* chunks() {
    for (let at = 0; at < FILM_BYTES.length; at += CHUNK_BYTES)
      yield FILM_BYTES.subarray(at, at + CHUNK_BYTES)
  }
  const signer = new Signer(key, 30)
  const signed = signer.signed(Math.floor(Date.now() / 1_000) - daysAgo * 86_400)
  const about = { name: 'film.mp4', type: 'video/mp4', sizeBytes: FILM_BYTES.length, signed }
  const { bytes } = await buildManifest(about, chunks())
  signer.sign(bytes)
  return Buffer.from(bytes)
}

for (const [kind, key] of [
  ['P-256', siteKey],
  ['Ed25519', edwardsKey],
] as const)
  test(`P1 with a key in the page, a film whose manifest it signed takes part: ${kind}`, async ({
    site,
    arrive,
    arriveHolding,
  }) => {
    serveManifest(site, await signedBy(key))
    const attributes = `data-tracker="/tracker" data-key="${publicKeyOf(key)}"`
    const url = site.watchPage('watch.html', attributes)
    await arriveHolding(url)
    site.server.line.bytesPerSecond = 400_000
    const viewer = await settle(site, await arrive(), attributes)
    await viewer.visit(url)
    await viewer.plays()
    await viewer.until(({ bytes }) => bytes.peers > 1_000_000, 'chunks come from the other viewer')
    expect(said(viewer)).toEqual([])
  })

for (const [what, manifest] of [
  ['is not signed', MANIFEST],
  ['another key signed', await signedBy(edwardsKey)],
  ['has expired', await signedBy(siteKey, 31)],
] as const)
  test(`P1 with a key in the page, a manifest that ${what} is rejected, and the film plays over plain HTTP`, async ({
    site,
    arrive,
  }) => {
    serveManifest(site, manifest)
    const attributes = `data-key="${publicKeyOf(siteKey)}"`
    const viewer = await settle(site, await arrive(), attributes)
    const lines = linesOf(viewer)
    await viewer.visit(site.watchPage('watch.html', attributes))
    await viewer.plays()
    expect(await outcomeOfSeek(viewer, 45)).toBe('plays')
    expect(await viewer.sha256()).toBe(FILM_SHA256)
    expect(await viewer.stats()).toBeUndefined()
    expect(lines).toEqual([expect.stringContaining('manifest-untrusted')])
  })

test('P1 with a key in the page, no older manifest takes the place of a newer one', async ({
  site,
  arrive,
}) => {
  serveManifest(site, await signedBy(siteKey, 1))
  const attributes = `data-key="${publicKeyOf(siteKey)}"`
  const viewer = await settle(site, await arrive(), attributes)
  const url = site.watchPage('watch.html', attributes)
  await viewer.visit(url)
  await viewer.plays()
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  serveManifest(site, await signedBy(siteKey, 2))
  // A day later the manifest is asked for anew.
  await viewer.page.evaluate(async url => {
    const database = await new Promise<IDBDatabase>(resolve => {
      const opening = indexedDB.open('swarmtag')
      opening.onsuccess = () => resolve(opening.result)
    })
    const records = database.transaction('resources', 'readwrite').objectStore('resources')
    const record = await new Promise<{ checkedAtMs: number }>(resolve => {
      const reading = records.get(new URL(url, location.href).href)
      reading.onsuccess = () => resolve(reading.result)
    })
    records.put({ ...record, checkedAtMs: record.checkedAtMs - 86_400_000 })
    await new Promise(resolve => {
      records.transaction.oncomplete = resolve
    })
    database.close()
  }, FILM)
  await viewer.stopWorker()
  const lines = linesOf(viewer)
  await viewer.page.reload()
  await viewer.plays()
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  expect(await viewer.stats()).toBeUndefined()
  expect(lines).toEqual([expect.stringContaining('this browser knows a newer one')])
})
