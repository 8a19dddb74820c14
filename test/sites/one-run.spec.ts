/** Several responses of one film in one page share what the origin gives to any of them. */

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
} from '../swarm/fixtures.js'

const TAG = '<script src="/swarmtag.js"></script>'
/** Slow enough for both to load at the same time. */
const BYTES_PER_SECOND = 6 * 1_048_576
const MOST_BYTES = FILM_BYTES.length * 1.02

/** A loader of the page's own that begins when the element has begun. */
const LOADER = `<script>
  addEventListener('load', () => swarmtag.ready.then(() => {
    window.loading = fetch('${FILM}')
  }))
</script>`

/** At the first meeting each response asks for its first bytes itself, until it is known that all may have the film. */
async function whoKnowsTheFilm(site: Site, viewer: Viewer): Promise<Viewer> {
  await settle(site, viewer)
  // What comes before the manifest is there, as on a busy machine, tells nothing.
  const knowing = async () => {
    await viewer.page.evaluate(async film => {
      const headers = { range: 'bytes=0-0' }
      await (await fetch(film, { credentials: 'omit', headers })).arrayBuffer()
    }, FILM)
    return viewer.until(({ heldChunks }) => heldChunks > 0, 'the film is known', FILM, 2_000)
  }
  const { root } = await knowing().catch(knowing)
  await expect.poll(() => viewer.keptChunks(root)).toBe(1)
  return viewer
}

declare global {
  interface Window {
    loading?: Promise<Response>
  }
}

for (const [when, script] of [
  ['at once', `<script>window.loading = fetch('${FILM}')</script>`],
  ['once it is there', LOADER],
])
  test(`a film that a page loads ${when} beside its own element comes from the origin once`, async ({
    site,
    arrive,
  }) => {
    const viewer = await whoKnowsTheFilm(site, await arrive())
    const before = site.bytesOf(FILM)
    site.server.line.bytesPerSecond = BYTES_PER_SECOND
    await viewer.visit(site.page('both.html', TAG + film() + script))
    await viewer.page.waitForFunction(() => window.loading)
    const sha256 = await viewer.page.evaluate(async () => {
      const bytes = await (await window.loading)?.arrayBuffer()
      const digest = await crypto.subtle.digest('SHA-256', bytes ?? new ArrayBuffer(0))
      return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
    })
    expect(sha256).toBe(FILM_SHA256)
    await viewer.plays()
    expect(site.bytesOf(FILM) - before).toBeLessThanOrEqual(MOST_BYTES)
    await viewer.until(({ complete }) => complete, 'the whole film is held')
    expect((await viewer.stats())?.bytes.origin).toBeLessThanOrEqual(MOST_BYTES)
  })

test('a loader that reads no further keeps nothing from the element, and the other way round', async ({
  site,
  arrive,
}) => {
  const viewer = await whoKnowsTheFilm(site, await arrive())
  const before = site.bytesOf(FILM)
  site.server.line.bytesPerSecond = BYTES_PER_SECOND
  await viewer.visit(site.page('first.html', TAG))
  // It holds the run of the origin, takes a MiB, and stays.
  await viewer.page.evaluate(async film => {
    await window.swarmtag?.ready
    window.loading = fetch(film)
    const reader = (await window.loading).body?.getReader()
    for (let taken = 0; taken < 1_048_576; ) taken += (await reader?.read())?.value?.length ?? 0
    const video = document.createElement('video')
    Object.assign(video, { muted: true, autoplay: true, src: film })
    document.body.append(video)
  }, FILM)
  await viewer.plays('video', 3)
  await viewer.until(({ heldChunks }) => heldChunks > 120, 'the element has loaded far ahead')
  // A viewer that stays far ahead as it does not play is no hindrance to a loader either.
  await viewer.page.evaluate(() => document.querySelector('video')?.pause())
  expect(await viewer.sha256()).toBe(FILM_SHA256)
  expect(site.bytesOf(FILM) - before).toBeLessThanOrEqual(MOST_BYTES)
})
