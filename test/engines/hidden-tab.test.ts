/** A hidden tab: its film does what it does without the tag, and its viewer goes on taking and giving. */

import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test as plainTest, vi } from 'vitest'
import { manifestOf as manifestIn, Seeder } from '../../src/seed/seeder.js'
import { FILM, FILM_BYTES, FILM_SHA256, film, manifestOf, Site } from '../swarm/site.js'
import { type ChromiumViewer, PATIENCE, startChromium, whyNoChromium } from './chromium.js'
import type { EngineViewer } from './viewer.js'

const TAG = '<script src="/swarmtag.js" data-tracker="/tracker"></script>'
/** Little more than playing needs: the film is still to come when the tab is hidden. */
const SLOW_BYTES_PER_SECOND = 200_000
const SEEDED_BYTES_PER_SECOND = 1_000_000
/** What is fetched ahead of the video is at least so much. */
const AHEAD_CHUNKS = 64
const TEST_MS = 600_000

const whyNot = whyNoChromium()
if (whyNot) console.warn(`Hidden tabs are not tested. ${whyNot}`)
const test = plainTest.skipIf(whyNot !== undefined)

/** One browser for all tests: each has a site of its own, and with it a worker and a store. */
let viewer: ChromiumViewer
beforeAll(async () => {
  if (!whyNot) viewer = await startChromium()
}, TEST_MS)
afterAll(() => viewer?.leave(), TEST_MS)

async function openSite(): Promise<Site> {
  const site = await new Site().open()
  onTestFinished(() => site.close())
  return site
}

/** Gives the film to the site's viewers from now on. */
async function seed(site: Site): Promise<void> {
  const seeder = await Seeder.start({
    trackers: [`ws://localhost:${site.server.port}/tracker`],
    iceServers: [],
    bytesPerSecond: SEEDED_BYTES_PER_SECOND,
    peers: 10,
    storeBytes: 0,
    onNotice: line => console.warn(line),
    onOver: () => {},
  })
  onTestFinished(() => seeder.stop())
  const path = join(site.folder, FILM)
  const manifest = await manifestIn(new Uint8Array(await manifestOf(FILM_BYTES)))
  await seeder.giveFile(path, await open(path), manifest)
}

/** Has a worker that serves the site's pages already, and knows the film. */
async function settle(site: Site, viewer: EngineViewer): Promise<void> {
  await viewer.visit(site.page('settle.html', TAG))
  await viewer.page.evaluate(() => window.swarmtag?.ready, undefined)
  await viewer.holdsSome()
}

/** Visits a page and plays its film, as a viewer who clicks on it does; what becomes of it is written down. */
async function watch(url: string): Promise<void> {
  await viewer.show()
  await viewer.visit(url)
  await viewer.page.click(async () => {
    const video = document.querySelector('video')
    const fired: string[] = []
    Object.assign(window, { fired })
    for (const type of ['play', 'pause', 'ended', 'emptied', 'error'])
      video?.addEventListener(type, () => fired.push(type))
    await video?.play()
  })
  await viewer.playsTo(1)
}

const fired = () =>
  viewer.page.evaluate(() => (window as never as { fired: string[] }).fired, undefined)

const look = () =>
  viewer.page.evaluate(() => {
    const video = document.querySelector('video')
    if (!video || video.error) throw new Error(video?.error?.message ?? 'no video')
    const { paused, seeking, currentTime } = video
    return { paused, seeking, currentTime, isFullscreen: document.fullscreenElement === video }
  }, undefined)

/** What the film does: it plays on, from its end to its beginning as well, or is paused. */
async function does(): Promise<'plays' | 'is paused'> {
  const { currentTime: from } = await look()
  return vi.waitFor(async () => {
    const { paused, currentTime } = await look()
    if (paused) return 'is paused'
    expect(Math.abs(currentTime - from), 'seconds that it played on').toBeGreaterThanOrEqual(1)
    return 'plays'
  }, PATIENCE)
}

/** Seeks, and waits until there is a picture of that place. */
async function seek(seconds: number): Promise<void> {
  await viewer.seek(seconds)
  await vi.waitFor(async () => expect((await look()).seeking, 'seeking').toBe(false), PATIENCE)
  expect((await look()).currentTime).toBeGreaterThanOrEqual(seconds)
}

/**
 * Has a story told of the film without the tag and with it, to the same end.
 *
 * @returns what happened
 */
async function asPlain<Told>(
  site: Site,
  attributes: string,
  story: (url: string, isTagged: boolean) => Promise<Told>,
): Promise<Told> {
  const html = film(`${attributes} loop`)
  // By another name, so that the browser's cache has nothing of the film for the page with the tag.
  const plainUrl = site.page('plain.html', html).replace('localhost', '127.0.0.1')
  const plain = await story(plainUrl, false)
  await settle(site, viewer)
  site.server.line.bytesPerSecond = SLOW_BYTES_PER_SECOND
  const tagged = await story(site.page('watch.html', TAG + html), true)
  expect(tagged, 'with the tag, and without it').toEqual(plain)
  await viewer.until(({ heldChunks }) => heldChunks > 1, 'the film took part')
  return tagged
}

/** Somebody who has the film comes while nobody looks. */
async function takesWhileHidden(site: Site): Promise<void> {
  const { bytes } = await viewer.until(({ complete }) => !complete, 'some of the film is lacking')
  expect(bytes.peers).toBe(0)
  await seed(site)
  await viewer.until(
    ({ heldChunks, bytes }) => heldChunks >= AHEAD_CHUNKS && bytes.peers >= 1_000_000,
    'the hidden tab takes from the seeder',
  )
}

for (const [what, attributes, whenHidden] of [
  ['a muted film', 'muted', 'is paused'],
  ['a film with sound', '', 'plays'],
] as const)
  test(
    `${what} ${whenHidden} in a hidden tab, as without the tag, takes from others and seeks`,
    async () => {
      const site = await openSite()
      const seen = await asPlain(site, attributes, async (url, isTagged) => {
        await watch(url)
        await viewer.hide()
        const hidden = await does()
        if (isTagged) await takesWhileHidden(site)
        await seek(50)
        const sought = await does()
        await viewer.isSeen('hidden')
        await viewer.show()
        return { hidden, sought, shown: await does(), fired: await fired() }
      })
      expect(seen).toMatchObject({ hidden: whenHidden, sought: whenHidden, shown: 'plays' })
    },
    TEST_MS,
  )

test(
  'a film in picture-in-picture plays on in a hidden tab, also after a seek',
  async () => {
    const seen = await asPlain(await openSite(), 'muted', async url => {
      await watch(url)
      await viewer.page.click(async () => {
        await document.querySelector('video')?.requestPictureInPicture()
      })
      await viewer.hide()
      const hidden = await does()
      await seek(50)
      const sought = await does()
      await viewer.isSeen('hidden')
      const seen = { hidden, sought, fired: await fired() }
      await viewer.page.evaluate(() => document.exitPictureInPicture(), undefined)
      return seen
    })
    expect(seen).toEqual({ hidden: 'plays', sought: 'plays', fired: ['play'] })
  },
  TEST_MS,
)

test(
  'a film in fullscreen does in a hidden tab what it does without the tag, and plays on afterwards',
  async () => {
    const seen = await asPlain(await openSite(), 'muted', async url => {
      await watch(url)
      const isFullscreen = (is: boolean) =>
        vi.waitFor(async () => expect((await look()).isFullscreen, 'fullscreen').toBe(is), PATIENCE)
      await viewer.page.click(() => document.querySelector('video')?.requestFullscreen())
      await isFullscreen(true)
      await viewer.hide()
      const hidden = await does()
      await viewer.show()
      // Chromium may end it only now.
      await isFullscreen(false)
      return { hidden, shown: await does(), fired: await fired() }
    })
    expect(seen.shown).toBe('plays')
  },
  TEST_MS,
)

test(
  'a hidden tab gives to another viewer',
  async () => {
    const site = await openSite()
    await settle(site, viewer)
    await watch(site.page('watch.html', TAG + film('muted loop')))
    await viewer.page.evaluate(async film => void (await (await fetch(film)).arrayBuffer()), FILM)
    await viewer.until(({ complete }) => complete, 'the whole film is held')
    await viewer.hide()

    const another = await viewer.another()
    await settle(site, another)
    site.server.line.bytesPerSecond = SLOW_BYTES_PER_SECOND
    const before = site.bytesOf(FILM)
    const digest = another.page.evaluate(async film => {
      const bytes = await (await fetch(film)).arrayBuffer()
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
      return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
    }, FILM)
    expect(await digest).toBe(FILM_SHA256)
    expect(site.bytesOf(FILM) - before, 'bytes of the origin').toBeLessThan(FILM_BYTES.length / 2)
    await another.until(({ bytes }) => bytes.peers > FILM_BYTES.length / 2, 'given by the other')
    await viewer.isSeen('hidden')
  },
  TEST_MS,
)
