/** A file of one viewer's own disk is given to others, from a page that shows no video. */

import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Locator } from '@playwright/test'
import type { Share, ShareOptions } from '../../src/client/index.js'
import { decodeDescriptor } from '../../src/core/format/manifest.js'
import { toHex } from '../../src/store/hex.js'
import {
  test as base,
  expect,
  FILM,
  FILM_BYTES,
  FILM_DIGESTS,
  FILM_SHA256,
  manifestOf,
  type Site,
  settle,
  type Viewer,
} from './fixtures.js'
import { connectionsOf, watchConnections } from './webrtc.js'

declare global {
  interface Window {
    share?: Share | undefined
  }
}

/** A date that can be set again to the last digit. */
const WRITTEN_S = 1_700_000_000

const test = base.extend<{
  /** A copy of the film on this viewer's disk, which no server serves. */
  disk: string
}>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from it
  disk: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'swarmtag-disk-'))
    const path = join(folder, 'My film (1).mp4')
    writeFileSync(path, FILM_BYTES)
    utimesSync(path, WRITTEN_S, WRITTEN_S)
    await use(path)
    rmSync(folder, { recursive: true })
  },
})

const sendPage = (site: Site, attributes = 'data-tracker="/tracker"') =>
  site.page('send.html', `<script src="/swarmtag.js" ${attributes}></script><input type="file">`)

/** Picks a file, and shares it; the share is `window.share`. */
async function share({ page }: Viewer, path: string, options: ShareOptions = {}): Promise<void> {
  await page.setInputFiles('input', path)
  await page.evaluate(async options => {
    const [file] = document.querySelector('input')?.files ?? []
    window.share = await window.swarmtag?.share(file as File, options)
  }, options)
}

/** What the share says of itself. */
const figures = ({ page }: Viewer) =>
  page.evaluate(() => {
    const {
      name,
      sizeBytes,
      type,
      state,
      why,
      progress,
      root,
      link,
      viewers,
      givenBytes,
      sharing,
    } = window.share as Share
    return { name, sizeBytes, type, state, why, progress, root, link, viewers, givenBytes, sharing }
  })

/** Why the share's file was not hashed. */
const failure = ({ page }: Viewer) =>
  page.evaluate(async () => {
    try {
      return await window.share?.hashed
    } catch (error) {
      return error instanceof DOMException ? error.name : (error as { code?: unknown }).code
    }
  })

const hashed = ({ page }: Viewer) => page.evaluate(() => window.share?.hashed)

test('a picked film goes whole to a viewer whom the site gives nothing of it, and none of it is false', async ({
  site,
  arrive,
  disk,
}) => {
  // Sending needs no worker.
  site.intercept = (request, response) => {
    if (!request.url?.startsWith('/swarmtag-sw.js')) return false
    response.writeHead(500).end()
    return true
  }
  const sender = await (await arrive()).visit(sendPage(site))
  await share(sender, disk)
  const link = await hashed(sender)
  const root = toHex(
    decodeDescriptor(await manifestOf(FILM_BYTES)).descriptor?.root ?? new Uint8Array(),
  )
  const name = encodeURIComponent(basename(disk))
  expect(link).toBe(`${site.server.url}send.html#${root}/${name}`)
  expect(await figures(sender)).toEqual({
    name: basename(disk),
    sizeBytes: FILM_BYTES.length,
    type: 'video/mp4',
    state: 'sharing',
    progress: 1,
    root,
    link,
    viewers: 0,
    givenBytes: 0,
    sharing: 'on',
  })
  expect(await sender.page.evaluate(() => window.swarmtag?.ready)).toMatchObject({ state: 'off' })
  site.intercept = () => false

  const viewer = await settle(site, await arrive(), 'data-origin="never"')
  await viewer.visit(site.watchPage('watch.html', 'data-tracker="/tracker" data-origin="never"'))
  await viewer.plays()
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  const { bytes } = await viewer.until(({ complete }) => complete, 'the whole film is held')
  expect(bytes).toMatchObject({ origin: 0, wasted: 0 })
  expect(bytes.peers).toBe(FILM_BYTES.length)
  expect(site.bytesOf(FILM)).toBe(0)
  expect(await figures(sender)).toMatchObject({ viewers: 1, givenBytes: FILM_BYTES.length })
  expect(await sender.page.evaluate(() => window.swarmtag?.stats().videos)).toEqual([])
  const kept = await sender.page.evaluate(async () => (await indexedDB.databases()).length)
  expect(kept, 'the file is not copied').toBe(0)

  await sender.page.evaluate(() => window.share?.stop())
  await viewer.until(({ peers }) => peers === 0, 'the sender has left', FILM, 4_000)
  expect(await figures(sender)).toMatchObject({ state: 'ended', why: 'stopped', viewers: 0 })
})

test('its link plays the film for whoever opens it, who gives it on once the sender is gone', async ({
  site,
  arrive,
  disk,
}) => {
  const played = 'sent-and-played.mp4'
  const receivePage = site.page(
    'open.html',
    `<script src="/swarmtag.js" data-tracker="/tracker"></script><video autoplay muted></video><script>
    document.querySelector('video').src = swarmtag.linked(location.hash).url</script>`,
  )
  const sender = await (await arrive()).visit(sendPage(site))
  await share(sender, disk, { page: receivePage, name: played })
  const link = (await hashed(sender)) ?? ''
  const [, root = ''] = /#([0-9a-f]{64})\/sent-and-played\.mp4$/.exec(link) ?? []
  const url = `/swarmtag/${root}/${played}`
  const first = await (await arrive()).visit(link)
  await first.plays()
  expect(await first.sha256(url)).toBe(FILM_SHA256)
  expect(await figures(sender)).toMatchObject({ viewers: 1, givenBytes: FILM_BYTES.length })
  await sender.page.close()

  const second = await (await arrive()).visit(link)
  await second.plays()
  expect(await second.sha256(url)).toBe(FILM_SHA256)
  expect(site.server.stats().paths[url]).toBeUndefined()
})

test('a file that is no media is saved as it was, under its name, however many digest pages it has', async ({
  site,
  arrive,
  disk,
}) => {
  const path = join(dirname(disk), 'data, 2 pages.bin')
  // A page has the digests of 64 MiB.
  const bytes = randomBytes(66 * 2 ** 20)
  writeFileSync(path, bytes)
  const sender = await (await arrive()).visit(sendPage(site))
  await share(sender, path)
  const link = (await hashed(sender)) ?? ''
  expect(await figures(sender)).toMatchObject({ type: 'application/octet-stream' })
  const receiver = await settle(site, await arrive())
  await receiver.visit(
    site.page(
      'save.html',
      `<script src="/swarmtag.js" data-tracker="/tracker"></script><a>Save</a><script>
      document.querySelector('a').href = swarmtag.linked(location.hash).url + '?download'</script>`,
    ) + link.slice(link.indexOf('#')),
  )
  const saving = receiver.page.waitForEvent('download')
  await receiver.page.click('a')
  const download = await saving
  expect(download.suggestedFilename()).toBe(basename(path))
  const saved = await readFile(await download.path())
  expect(saved.equals(bytes)).toBe(true)
})

test('a sender and two receivers play it in the frames of one page', async ({
  site,
  arrive,
  disk,
}) => {
  cpSync('demo', join(site.folder, 'demo'), { recursive: true })
  const { page } = await (await arrive()).visit(`${site.server.url}demo/tester.html`)
  const [sender, ...receivers] = ['#sender', '.receiver >> nth=0', '.receiver >> nth=1'].map(each =>
    page.frameLocator(each),
  )
  await sender?.locator('input[type=file]').setInputFiles(disk)
  for (const receiver of receivers) {
    const video = receiver.locator('video')
    const played = () => video.evaluate(element => (element as HTMLVideoElement).currentTime)
    await expect.poll(played).toBeGreaterThan(1)
  }
  await expect(sender?.locator('#viewers') as Locator).toHaveText('2')
})

/** What may become of a file while it is shared, and how the share ends. */
const SPOILED = [
  ['cut', 'unreadable', (path: string) => truncateSync(path, 1_000_000)],
  ['deleted', 'unreadable', (path: string) => rmSync(path)],
  [
    'overwritten, and dated as before,',
    'changed',
    async (path: string) => {
      const file = await open(path, 'r+')
      await file.write(Buffer.alloc(FILM_BYTES.length, 7), 0, FILM_BYTES.length, 0)
      await file.close()
      utimesSync(path, WRITTEN_S, WRITTEN_S)
    },
  ],
] as const

for (const [what, why, spoil] of SPOILED)
  test(`a file that is ${what} while it is shared ends the share, and nobody gets a false byte`, async ({
    site,
    arrive,
    disk,
  }) => {
    const sender = await (await arrive()).visit(sendPage(site))
    await share(sender, disk, { uploadRate: 1_000_000 })
    await hashed(sender)
    const viewer = await settle(site, await arrive())
    // Too slow to play from: the viewer needs the sender for as long as this lasts.
    site.server.line.bytesPerSecond = 300_000
    await viewer.visit(site.watchPage())
    await viewer.until(({ bytes }) => bytes.peers > 500_000, 'given by the sender')
    await spoil(disk)
    await expect.poll(async () => (await figures(sender)).state).toBe('ended')
    expect(await figures(sender)).toMatchObject({ why, viewers: 0 })

    await viewer.until(({ peers }) => peers === 0, 'the sender has left')
    expect(viewer.console.filter(line => line.includes('corrupt'))).toEqual([])
    site.server.line.bytesPerSecond = Number.POSITIVE_INFINITY
    await viewer.plays()
    expect(await viewer.sha256()).toBe(FILM_SHA256)
    const stored = await viewer.stored()
    expect(stored.size).toBeGreaterThan(0)
    for (const [index, digest] of stored) expect(digest, `chunk ${index}`).toBe(FILM_DIGESTS[index])
  })

test('what is ended while it is hashed leaves no thread and makes no connection', async ({
  site,
  arrive,
  disk,
}) => {
  const sender = await arrive()
  await watchConnections(sender)
  await sender.visit(sendPage(site))
  // As long as nobody waits for it: nothing of it is on the disk.
  truncateSync(disk, 4 * 1_024 ** 3)
  await share(sender, disk)
  await expect.poll(async () => (await figures(sender)).progress).toBeGreaterThan(0)
  expect(sender.page.workers()).toHaveLength(1)
  await sender.page.evaluate(() => window.share?.stop())
  expect(await failure(sender)).toBe('AbortError')
  expect(await figures(sender)).toMatchObject({ state: 'ended', why: 'stopped' })
  await expect.poll(() => sender.page.workers()).toHaveLength(0)
  expect(await connectionsOf(sender)).toEqual({ made: 0, open: 0, candidates: 0 })

  const { page } = await (await sender.sameBrowser()).visit(sendPage(site))
  await share({ page } as Viewer, disk)
  await expect.poll(() => page.workers().length).toBe(1)
  await page.close()
  expect(await sender.page.evaluate(async () => (await indexedDB.databases()).length)).toBe(0)
})

test('where consent is asked for, a file is hashed, and nobody is contacted before it is given', async ({
  site,
  arrive,
  disk,
}) => {
  const sender = await arrive()
  const sockets: string[] = []
  sender.page.on('websocket', socket => sockets.push(socket.url()))
  await sender.visit(sendPage(site, 'data-tracker="/tracker" data-consent="ask"'))
  await share(sender, disk)
  await hashed(sender)
  expect(await figures(sender)).toMatchObject({ state: 'sharing', sharing: 'unasked' })
  expect(sockets).toEqual([])
  await sender.page.getByRole('button', { name: 'Share', exact: true }).click()
  await expect.poll(() => sockets).toHaveLength(1)
  expect(await figures(sender)).toMatchObject({ state: 'sharing', sharing: 'on' })

  const viewer = await settle(site, await arrive())
  await viewer.visit(site.watchPage())
  await viewer.until(({ bytes }) => bytes.peers > 0, 'given by the sender')
  await sender.page.evaluate(() => window.swarmtag?.consent(false))
  await viewer.until(({ peers }) => peers === 0, 'the sender has left')
  expect(await figures(sender)).toMatchObject({ state: 'sharing', sharing: 'refused', viewers: 0 })
  await sender.page.evaluate(() => window.swarmtag?.consent(true))
  await viewer.until(({ peers }) => peers === 1, 'the sender is back')
})

test('what cannot be shared says why', async ({ site, arrive, disk }) => {
  const sender = await (await arrive()).visit(sendPage(site, ''))
  await expect(share(sender, disk)).rejects.toThrow('option-invalid: tracker')
  await sender.visit(sendPage(site))
  const empty = join(disk, '..', 'empty.mp4')
  writeFileSync(empty, '')
  await expect(share(sender, empty)).rejects.toThrow('file-unreadable: empty.mp4 is empty')

  const gone = join(disk, '..', 'gone.mp4')
  copyFileSync(disk, gone)
  await sender.page.setInputFiles('input', gone)
  // Until the browser is asked for its size it knows nothing of it.
  await sender.page.evaluate(() => document.querySelector('input')?.files?.[0]?.size)
  rmSync(gone)
  await sender.page.evaluate(async () => {
    const [file] = document.querySelector('input')?.files ?? []
    window.share = await window.swarmtag?.share(file as File)
  })
  expect(await failure(sender)).toBe('file-unreadable')
  expect(await figures(sender)).toMatchObject({ state: 'ended', why: 'unreadable' })

  site.intercept = (request, response) => {
    if (request.url !== '/swarmtag-hash.js') return false
    response.writeHead(404).end()
    return true
  }
  await share(sender, disk)
  expect(await failure(sender)).toBe('unsupported')
  expect(await figures(sender)).toMatchObject({ state: 'ended', why: 'failed' })
})
