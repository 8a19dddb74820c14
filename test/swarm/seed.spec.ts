/** `swarmtag seed`: the program as it is built, and viewers in a browser who take from it what the site does not give. */

import { generateKeyPairSync } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createToken } from '../../src/cli/admission.js'
import { publicKeyOf } from '../../src/cli/signing.js'
import {
  CLIP,
  expect,
  FILM,
  FILM_BYTES,
  FILM_SHA256,
  type Site,
  settle,
  type Viewer,
} from './fixtures.js'
import { test } from './seeding.js'
import { connectedOf, watchConnections } from './webrtc.js'

/** Who comes back to a page whose film was public the last time, and holds nothing of it. */
async function returned(site: Site, viewer: Viewer, url: string): Promise<Viewer> {
  await (await settle(site, viewer)).visit(url)
  await viewer.plays()
  await viewer.until(({ bytes }) => bytes.origin > 0, 'it is known')
  await settle(site, viewer)
  await viewer.forgetChunks()
  return viewer
}

/** The site's film as a seeder is told of it, and whether the site still gives it to the seeder. */
const WAYS = [
  ['a file', (site: Site) => join(site.folder, FILM), false],
  ['the URL', (site: Site) => new URL(FILM, site.server.url).href, true],
] as const

for (const [what, filmOf, isAsked] of WAYS)
  test(`a viewer takes a whole film from a seeder of ${what} while the site gives viewers nothing of it`, async ({
    site,
    arrive,
    seed,
  }) => {
    const url = site.watchPage()
    const viewer = await returned(site, await arrive(), url)
    const seeder = await seed([filmOf(site)])
    let refused = 0
    site.intercept = (request, response) => {
      if (request.url !== FILM || request.headers['user-agent'] === 'swarmtag-seed') return false
      refused++
      response.writeHead(503).end()
      return true
    }
    const before = site.bytesOf(FILM)
    await viewer.visit(url)
    await viewer.plays()
    // Chromium itself may have kept the film's first seconds, and a loader whom nobody can give anything fails at once.
    await viewer.until(({ peers }) => peers === 1, 'the seeder is met')
    await viewer.sha256()
    const { bytes } = await viewer.until(({ complete }) => complete, 'the whole film is held')
    expect(await viewer.sha256()).toBe(FILM_SHA256)
    expect(bytes.origin).toBe(0)
    expect(bytes.peers).toBeGreaterThanOrEqual(FILM_BYTES.length)
    expect(refused).toBeGreaterThan(0)
    // What the site gave of the film went to the seeder, each byte once.
    const given = site.bytesOf(FILM) - before
    if (isAsked) expect(given).toBeGreaterThan(0.95 * FILM_BYTES.length)
    expect(given).toBeLessThanOrEqual(isAsked ? FILM_BYTES.length : 0)

    expect(await seeder.end('SIGINT')).toBe(0)
    expect(seeder.stderr).toBe('')
    expect(seeder.stdout).toMatch(/given 1\d\.\d MiB\n$/)
    // It says goodbye: a viewer whose neighbour is only silent keeps it for longer than this waits.
    await viewer.until(({ peers }) => peers === 0, 'the seeder has left', FILM, 4_000)
  })

test('where the site admits by tokens, a seeder with the key is let in, and none without', async ({
  site,
  arrive,
  seed,
}) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keyFile = join(site.folder, '..', `${basename(site.folder)}.key`)
  writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const url = site.watchPage(
    'watch.html',
    `data-tracker="/tracker" data-admission-key="${publicKeyOf(privateKey)}" data-token="/token"`,
  )
  site.intercept = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', site.server.url)
    if (pathname !== '/token') return false
    const peerKey = searchParams.get('key') ?? ''
    response.end(createToken({ privateKey, peerKey, site: site.server.url }))
    return true
  }
  // Little more than playing needs: the film is to be still coming once the stranger has been refused.
  site.server.line.bytesPerSecond = 250_000
  const stranger = await seed([join(site.folder, FILM)])
  const viewer = await settle(site, await arrive())
  await viewer.visit(url)
  await viewer.plays()
  const refused = () => viewer.console.filter(line => line.includes('not let in')).join()
  await expect.poll(refused, { timeout: 40_000 }).toContain('showed no token')
  expect(await viewer.stats()).toMatchObject({ peers: 0, bytes: { peers: 0 } })
  await stranger.end('SIGINT')

  await seed([join(site.folder, FILM)], '--key', keyFile, '--site', site.server.url)
  await viewer.until(({ bytes }) => bytes.peers > 1_000_000, 'given by the seeder')
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  rmSync(keyFile)
})

test('one seeder gives several films, on one connection', async ({ site, arrive, seed }) => {
  await seed([FILM, CLIP].map(path => join(site.folder, path)))
  const tag = '<script src="/swarmtag.js" data-tracker="/tracker"></script>'
  const videos = [FILM, CLIP].map(path => `<video src="${path}" autoplay muted></video>`).join('')
  const viewer = await settle(site, await arrive())
  await watchConnections(viewer)
  await viewer.visit(site.page('two.html', `${tag}${videos}`))
  for (const path of [FILM, CLIP]) {
    await viewer.plays(`video[src="${path}"]`)
    await viewer.until(({ bytes }) => bytes.peers > 0, 'given by the seeder', path)
  }
  await expect.poll(() => connectedOf(viewer)).toBe(1)
})
