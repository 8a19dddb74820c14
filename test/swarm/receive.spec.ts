/** Files that no server has: a link's root is all that the page knows, and viewers give each other the rest. */

import { createHash } from 'node:crypto'
import { copyFileSync, createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { VideoStats } from '../../src/client/index.js'
import { expect, FILM_BYTES, FILM_SHA256, type Site, settle, type Viewer } from './fixtures.js'
import { test as base } from './seeding.js'

const NAME = 'a gift (1).mp4'
/** Of a file that nobody has. */
const OTHER_ROOT = '0123456789abcdef'.repeat(4)

const test = base.extend<{ gift: string }>({
  /** A film that the site does not have. */
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from it
  gift: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'swarmtag-gift-'))
    const gift = join(folder, NAME)
    copyFileSync(resolve('demo/media/zoom-720p.mp4'), gift)
    await use(gift)
    rmSync(folder, { recursive: true })
  },
})

const urlOf = (root: string): string => `/swarmtag/${root}/${encodeURIComponent(NAME)}`

/** A page that plays a file by its root. */
const playPage = (site: Site, root: string, attributes = 'data-tracker="/tracker"') =>
  site.page(
    'play.html',
    `<script src="/swarmtag.js" ${attributes}></script>
    <video src="${urlOf(root)}" autoplay muted></video>`,
  )

/** What the server was asked for under the name of a file that it does not have. */
function asked(site: Site): string[] {
  const paths: string[] = []
  site.intercept = request => {
    const { pathname } = new URL(request.url ?? '', site.server.url)
    if (pathname.startsWith('/swarmtag/') || pathname.endsWith('.swarm')) paths.push(pathname)
    return false
  }
  return paths
}

const statsOf = (viewer: Viewer, root: string): Promise<VideoStats | undefined> =>
  viewer.page.evaluate(
    root => window.swarmtag?.stats().videos.find(each => each.root === root),
    root,
  )

const stateOf = async (viewer: Viewer, root: string) => (await statsOf(viewer, root))?.state

/** The root of a gift is known once somebody has read it. */
async function seeded(
  seed: (films: readonly string[]) => Promise<{ rootOf(film: string): string }>,
  gift: string,
): Promise<string> {
  return (await seed([gift])).rootOf(gift)
}

test('a link’s root alone plays a film on a first visit, seeks in it, and gives every byte of it', async ({
  site,
  arrive,
  seed,
  gift,
}) => {
  const paths = asked(site)
  const root = await seeded(seed, gift)
  const viewer = await (await arrive()).visit(playPage(site, root))
  await viewer.plays()
  await viewer.seek(45)
  await viewer.plays()
  expect(await viewer.currentTime()).toBeGreaterThan(45)
  expect(await viewer.sha256(urlOf(root))).toBe(FILM_SHA256)
  await expect.poll(() => stateOf(viewer, root)).toBe('complete')
  const stats = await statsOf(viewer, root)
  expect(stats).toMatchObject({ sizeBytes: FILM_BYTES.length, type: 'video/mp4' })
  expect(stats?.bytes.origin).toBe(0)
  expect(paths).toEqual([])
})

test('it waits for the sender, and begins by itself when that comes', async ({
  site,
  arrive,
  seed,
  gift,
}) => {
  const paths = asked(site)
  const first = await seed([gift])
  const root = first.rootOf(gift)
  await first.end('SIGINT')
  const viewer = await (await arrive()).visit(playPage(site, root))
  await expect.poll(() => stateOf(viewer, root)).toBe('searching')
  await viewer.page.waitForTimeout(5_000)
  const isWaiting = await viewer.page.evaluate(() => {
    const video = document.querySelector('video')
    return video && { error: video.error, played: video.currentTime, paused: video.paused }
  })
  expect(isWaiting).toEqual({ error: null, played: 0, paused: true })
  await seed([gift])
  await viewer.plays()
  expect(await stateOf(viewer, root)).toMatch(/receiving|complete/)
  expect(paths).toEqual([])
})

test('receivers give it to each other, also once the sender has left', async ({
  site,
  arrive,
  seed,
  gift,
}) => {
  const seeder = await seed([gift])
  const root = seeder.rootOf(gift)
  const url = playPage(site, root)
  const first = await (await settle(site, await arrive())).visit(url)
  await first.plays()
  expect(await first.sha256(urlOf(root))).toBe(FILM_SHA256)
  await expect.poll(() => stateOf(first, root)).toBe('complete')
  await seeder.end('SIGINT')

  const second = await (await arrive()).visit(url)
  await second.plays()
  expect(await second.sha256(urlOf(root))).toBe(FILM_SHA256)
  const stats = await statsOf(second, root)
  expect(stats?.bytes.peers).toBeGreaterThanOrEqual(FILM_BYTES.length)
  expect((await statsOf(first, root))?.bytes.uploaded).toBeGreaterThanOrEqual(FILM_BYTES.length)

  // What was received is there on the next visit, though nobody else is.
  await second.leave()
  await first.visit(url)
  await first.plays()
  expect(await first.sha256(urlOf(root))).toBe(FILM_SHA256)
})

test('its swarm is left once nothing shows it, unless the page keeps it', async ({
  site,
  arrive,
  seed,
  gift,
}) => {
  const root = await seeded(seed, gift)
  const viewer = await (await arrive()).visit(playPage(site, root))
  await viewer.plays()
  const peers = async () => (await statsOf(viewer, root))?.peers ?? 0
  await expect.poll(peers).toBe(1)
  await viewer.page.evaluate(() => document.querySelector('video')?.remove())
  await expect.poll(peers, { timeout: 30_000 }).toBe(0)
  await viewer.page.evaluate(url => window.swarmtag?.receive(url), urlOf(root))
  await expect.poll(peers).toBe(1)
  // Longer than a page waits before it leaves what it does not show.
  await viewer.page.waitForTimeout(10_000)
  expect(await peers()).toBe(1)
})

test('it is saved as a stream, under the name of the link', async ({
  site,
  arrive,
  seed,
  gift,
}) => {
  const root = await seeded(seed, gift)
  const viewer = await settle(site, await arrive())
  const link = `<a href="${urlOf(root)}?download">Save</a>`
  await viewer.visit(
    site.page('save.html', `<script src="/swarmtag.js" data-tracker="/tracker"></script>${link}`),
  )
  const saving = viewer.page.waitForEvent('download')
  await viewer.page.click('a')
  const download = await saving
  expect(download.suggestedFilename()).toBe(NAME)
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(await download.path())) hash.update(bytes)
  expect(hash.digest('hex')).toBe(FILM_SHA256)
})

test('it is never a document of the site', async ({ site, arrive, seed, gift }) => {
  const root = await seeded(seed, gift)
  const viewer = await (await arrive()).visit(playPage(site, root))
  await viewer.plays()
  const headers = await viewer.page.evaluate(async path => {
    const { headers } = await fetch(path, { method: 'HEAD' })
    return Object.fromEntries(headers)
  }, urlOf(root))
  expect(headers).toMatchObject({
    'content-type': 'video/mp4',
    'content-length': String(FILM_BYTES.length),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
  })
})

test('a link that was cut fails with one clear line; one that nobody has waits', async ({
  site,
  arrive,
}) => {
  const viewer = await settle(site, await arrive())
  await viewer.visit(playPage(site, OTHER_ROOT))
  await expect.poll(() => stateOf(viewer, OTHER_ROOT)).toBe('searching')
  const cut = await viewer.page.evaluate(
    root =>
      new Promise(resolve => {
        const video = document.createElement('video')
        video.crossOrigin = 'anonymous'
        video.onerror = () => resolve(video.error?.code)
        video.src = `/swarmtag/${root.slice(0, 40)}/a.mp4`
      }),
    OTHER_ROOT,
  )
  expect(cut).toBe(4)
  const problem = await viewer.page.evaluate(root => {
    try {
      window.swarmtag?.linked(`#${root.slice(0, 40)}/a.mp4`)
    } catch (error) {
      return String(error)
    }
  }, OTHER_ROOT)
  expect(problem).toContain('link-malformed')
})

test('a page without a tracker says that it receives nothing, and answers loaders at once', async ({
  site,
  arrive,
}) => {
  const viewer = await settle(site, await arrive())
  await viewer.visit(playPage(site, OTHER_ROOT, ''))
  await expect.poll(() => viewer.console.join('\n')).toContain('sharing-off')
  expect(await statsOf(viewer, OTHER_ROOT)).toMatchObject({
    state: 'off',
    why: expect.stringContaining('data-tracker'),
  })
  const answer = await viewer.page.evaluate(async path => {
    const response = await fetch(path)
    return [response.status, await response.text()]
  }, urlOf(OTHER_ROOT))
  expect(answer).toEqual([503, expect.stringContaining('data-tracker')])
})

test('the page of the demo shows what it waits for, plays what comes, and says what is wrong', async ({
  site,
  arrive,
  seed,
  gift,
}) => {
  for (const name of readdirSync('demo').filter(each => /\.(html|js|css|svg)$/.test(each)))
    copyFileSync(join('demo', name), join(site.folder, name))
  const page = `${site.server.url}receive.html`
  const viewer = await (await arrive()).visit(`${page}#${OTHER_ROOT.slice(1)}/a.mp4`)
  const state = viewer.page.locator('#state')
  await expect(state).toHaveText('This link does not work')
  await expect(viewer.page.locator('#notice')).toContainText('not whole')

  const root = await seeded(seed, gift)
  await viewer.visit('about:blank')
  await viewer.visit(`${page}#${root}/${encodeURIComponent(NAME)}`)
  await expect(viewer.page.locator('h1')).toHaveText(NAME)
  await viewer.plays()
  await expect(state).toHaveText(/Receiving|Complete/)
  const saving = viewer.page.waitForEvent('download')
  await viewer.page.click('#save')
  expect((await saving).suggestedFilename()).toBe(NAME)
  await viewer.until(({ complete }) => complete, 'all is held', root)
  await expect(state).toHaveText(/Complete/)
})
