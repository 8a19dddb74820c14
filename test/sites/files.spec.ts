/** Names, sizes and addresses that files have: with the tag they are read as without. */

import { createHash, randomBytes } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CHUNK_BYTES } from '../../src/core/units.js'
import {
  expect,
  FILM,
  FILM_SHA256,
  film,
  manifestOf,
  type Site,
  settle,
  test,
  type Viewer,
} from '../swarm/fixtures.js'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
/** What the browser says of each page without an icon, with and without the tag. */
const noIcon = (site: Site) =>
  site.requestsOf('/favicon.ico').map(() => expect.stringContaining('404'))

const TAG = '<script src="/swarmtag.js"></script>'

test('a file of any size is read whole, from the origin and from the store', async ({
  site,
  arrive,
}) => {
  const viewer = await settle(site, await arrive())
  for (const size of [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1]) {
    const bytes = randomBytes(size)
    const path = `/videos/${size}.mp4`
    writeFileSync(join(site.folder, path), bytes)
    writeFileSync(join(site.folder, `${path}.swarm`), await manifestOf(bytes))
    for (let time = 0; time < 3; time++)
      expect(await viewer.sha256(path), `${size} bytes`).toBe(sha256(bytes))
    const part = await viewer.page.evaluate(async path => {
      const { status, headers } = await fetch(path, { headers: { range: 'bytes=-1' } })
      return [status, headers.get('content-range')]
    }, path)
    expect(part).toEqual([206, `bytes ${size - 1}-${size - 1}/${size}`])
  }
  expect(viewer.console).toEqual(noIcon(site))
})

for (const [what, path] of [
  ['a name of spaces, signs and letters', '/videos/ä film%2B 100% #1 + 映画.mp4'],
  ['a query of 4 KB', `${FILM}?${'a=%20b&c=d+e&'.repeat(315)}`],
] as const)
  test(`${what} is no matter: the film plays, takes part, and is kept`, async ({
    site,
    arrive,
  }) => {
    const isQuery = path.startsWith(`${FILM}?`)
    const src = isQuery ? path : path.split('/').map(encodeURIComponent).join('/')
    if (!isQuery) copyFileSync(join(site.folder, FILM), join(site.folder, path))
    const viewer = await settle(site, await arrive())
    const video = `<video src="${src.replaceAll('&', '&amp;')}" autoplay muted></video>`
    await viewer.visit(site.page('watch.html', TAG + video))
    await viewer.plays()
    expect(await viewer.sha256(src)).toBe(FILM_SHA256)
    await viewer.until(({ complete }) => complete, 'all is held', src)
    expect(viewer.console).toEqual(noIcon(site))
  })

test('a media fragment ends where it says', async ({ site, arrive }) => {
  const part = film().replace(FILM, `${FILM}#t=10,20`)
  const script = `<script>document.querySelector('video').playbackRate = 2</script>`
  const endOf = async (viewer: Viewer) => {
    await viewer.page.waitForFunction(() => {
      const video = document.querySelector('video')
      return video?.paused && video.currentTime > 10.5
    })
    return viewer.currentTime()
  }
  const plain = await (await arrive()).visit(site.page('plain.html', part + script))
  const viewer = await settle(site, await arrive())
  await viewer.visit(site.page('part.html', TAG + part + script))
  for (const each of [plain, viewer]) {
    const end = await endOf(each)
    expect(end).toBeGreaterThanOrEqual(20)
    // Twice as fast, it is noticed a moment later.
    expect(end).toBeLessThan(23)
  }
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
})

test('a media fragment begins where it says, a film loops, and back and forward play on', async ({
  site,
  arrive,
}) => {
  const short = '/videos/short.mp4'
  const bytes = readFileSync(resolve('test/swarm/media/fragment.mp4'))
  writeFileSync(join(site.folder, short), bytes)
  writeFileSync(join(site.folder, `${short}.swarm`), await manifestOf(bytes))
  const viewer = await settle(site, await arrive())
  await viewer.visit(site.page('part.html', TAG + film().replace(FILM, `${FILM}#t=10,20`)))
  await viewer.plays()
  const time = await viewer.currentTime()
  expect(time).toBeGreaterThan(10)
  expect(time).toBeLessThan(20)
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
  await viewer.visit(
    site.page('loop.html', `${TAG}<video src="${short}" autoplay muted loop></video>`),
  )
  await viewer.page.evaluate(async () => {
    const seeked = () =>
      new Promise(next =>
        document.querySelector('video')?.addEventListener('seeked', next, { once: true }),
      )
    for (let time = 0; time < 2; time++) await seeked()
  })
  await viewer.page.goBack()
  await viewer.plays()
  expect(await viewer.currentTime()).toBeGreaterThan(10)
  await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part again')
  await viewer.page.goForward()
  await viewer.plays('video', 0.2)
})
