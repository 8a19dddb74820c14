/** While elements wait for the worker, the page finds its markup as it wrote it, and hears what it would hear anyway. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from 'esbuild'
import { CLIP, expect, FILM, type Site, test, type Viewer } from '../swarm/fixtures.js'

const require = createRequire(import.meta.url)

const TAG = '<script src="/swarmtag.js"></script>'

/** The worker's file is sent so much later, in ms, that elements certainly wait when the page's scripts run. */
const LATE_MS = 300

function delayWorker(site: Site): void {
  const worker = readFileSync('dist/swarmtag-sw.js')
  site.intercept = (request, response) => {
    if (request.url?.startsWith('/swarmtag-sw.js') !== true) return false
    setTimeout(
      () => response.writeHead(200, { 'content-type': 'text/javascript' }).end(worker),
      LATE_MS,
    )
    return true
  }
}

/** How the first element stands, for scripts of pages. */
const STANDS = 'window.swarmtag?.stats().elements[0]?.reason'

/** What a page kept in `window.seen`. */
const seen = <Value>(viewer: Viewer): Promise<Value> =>
  viewer.page.evaluate(() => (window as never as { seen: Value }).seen)

/** Visits the same page with and without the tag; both play. */
async function visitBoth(
  site: Site,
  arrive: () => Promise<Viewer>,
  html: string,
): Promise<[plain: Viewer, tagged: Viewer]> {
  delayWorker(site)
  const plain = await (await arrive()).visit(site.page('plain.html', html))
  const tagged = await (await arrive()).visit(site.page('tagged.html', TAG + html))
  await plain.plays()
  await tagged.plays()
  return [plain, tagged]
}

const MARKUP = {
  src: `<video src="${FILM}" autoplay muted></video>`,
  sources: `<video autoplay muted><source src="${FILM}" type="video/mp4"><source src="${CLIP}"></video>`,
  'a source and preload': `<video autoplay muted preload="metadata"><source src="${FILM}"></video>`,
  'a source and text': `<video muted autoplay>\n <source src="${FILM}">\n<p>no video here</p></video>`,
}

for (const [what, markup] of Object.entries(MARKUP))
  test(`a script finds the element with ${what} as it is written`, async ({ site, arrive }) => {
    const html = `${markup}<script>addEventListener('DOMContentLoaded', () => {
      const video = document.querySelector('video')
      window.seen = {
        html: video.outerHTML, src: video.src, srcObject: video.srcObject, attributes: video.attributes.length,
        sources: [...video.querySelectorAll('source')].map(source => source.src.split('/').pop()),
        children: video.childNodes.length, preload: video.preload, autoplay: video.autoplay, paused: video.paused,
        error: video.error, rate: video.playbackRate, time: video.currentTime,
      }
      window.stands = ${STANDS}
    })</script>`
    const [plain, tagged] = await visitBoth(site, arrive, html)
    const [expected, found] = [
      await seen<{ src: string }>(plain),
      await seen<{ src: string }>(tagged),
    ]
    expect(await tagged.page.evaluate('stands')).toBe('waiting')
    expect(found).toEqual(expected)
  })

const PLAYERS = {
  autoplay: `<video src="${FILM}" autoplay muted></video>`,
  'play()': `<video src="${FILM}" muted></video><script>
    video.play().then(() => seen.push('played'), error => seen.push(error.name))</script>`,
  'a created element and play()': `<script>
    const made = document.createElement('video')
    made.muted = true
    made.src = '${FILM}'
    watch(made)
    document.body.append(made)
    made.play().then(() => seen.push('played'), error => seen.push(error.name))</script>`,
  'play() and pause() and play()': `<video src="${FILM}" muted></video><script>
    video.play().then(() => seen.push('played'), error => seen.push(error.name))
    video.pause()
    video.play().then(() => seen.push('played again'), error => seen.push(error.name))</script>`,
  'a faster rate and a later start': `<video src="${FILM}" autoplay muted></video><script>
    video.playbackRate = 1.5
    video.currentTime = 20
    video.addEventListener('playing', () => seen.push(video.playbackRate, Math.floor(video.currentTime)))</script>`,
  'another source set at once': `<video src="${CLIP}" autoplay muted></video><script>
    video.src = '${FILM}'</script>`,
}

/** Notes the events of an element that do not depend on how fast its bytes come. */
const WATCH = `<body><script>
  window.seen = []
  const watch = video => {
    for (const type of ['loadstart', 'abort', 'emptied', 'error', 'play', 'pause', 'durationchange', 'loadedmetadata', 'loadeddata', 'canplay', 'playing', 'waiting'])
      video.addEventListener(type, () => seen.push(type))
  }
  new MutationObserver(() => {
    if (window.video || !document.querySelector('video')) return
    window.video = document.querySelector('video')
    watch(video)
  }).observe(document, { subtree: true, childList: true })
</script>`

/** Leaves out what depends on how busy the machine is: where a film that has played ran dry, that it plays on. */
function ofAnyPace(events: readonly (string | number)[]) {
  const ranDryAt = events.indexOf('waiting', events.indexOf('playing'))
  const isPlayingOn = (each: string | number, at: number) =>
    ranDryAt >= 0 && at > ranDryAt && (typeof each === 'number' || /canplay|playing/.test(each))
  return events.filter((each, at) => each !== 'waiting' && !isPlayingOn(each, at))
}

for (const [what, html] of Object.entries(PLAYERS))
  test(`a page sees the same events in the same order: ${what}`, async ({ site, arrive }) => {
    const [plain, tagged] = await visitBoth(site, arrive, WATCH + html)
    const [expected, heard] = [
      ofAnyPace(await seen<string[]>(plain)),
      ofAnyPace(await seen<string[]>(tagged)),
    ]
    expect(expected).toContain('playing')
    // The browser chooses a source while the page's script runs, or after it: one that is not chosen yet is not left.
    const isLeft = what === 'another source set at once'
    const all = (events: (string | number)[]) => events.filter(each => !isLeft || each !== 'abort')
    expect(all(heard).sort()).toEqual(all(expected).sort())
    const rest = (events: (string | number)[]) => all(events).filter(each => each !== 'loadstart')
    expect(rest(heard)).toEqual(rest(expected))
  })

test('MediaElement.js, which reads sources at DOMContentLoaded, plays', async ({
  site,
  arrive,
}) => {
  const player = readFileSync(require.resolve('mediaelement/build/mediaelement-and-player.js'))
  const html = `<script>${String(player).replaceAll('</script', '<\\/script')}</script>
    <video class="mejs__player" width="640" height="360" muted autoplay><source src="${FILM}" type="video/mp4"></video>
    <script>addEventListener('DOMContentLoaded', () => { window.stands = ${STANDS} })</script>`
  const [plain, tagged] = await visitBoth(site, arrive, html)
  expect(await tagged.page.evaluate('stands')).toBe('waiting')
  const nodes = (viewer: Viewer) =>
    viewer.page.evaluate(() => document.querySelectorAll('.mejs__container video').length)
  expect(await nodes(tagged)).toBe(await nodes(plain))
  expect(tagged.console.filter(line => line.startsWith('uncaught'))).toEqual([])
})

/** React's own hydration of server-rendered markup, bundled as a site would. */
async function hydration(mode: 'production' | 'development', inner: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { createElement as e } from 'react'
        import { hydrateRoot } from 'react-dom/client'
        window.seen = []
        window.before = document.querySelector('video')
        window.stands = ${STANDS}
        const app = ${inner}
        hydrateRoot(document.getElementById('root'), app, {
          onRecoverableError: error => seen.push(error.message),
        })`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    write: false,
    format: 'iife',
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
  })
  return outputFiles[0]?.text ?? ''
}

const ELEMENTS = {
  'a src': {
    markup: `<video src="${FILM}" autoplay=""></video>`,
    app: `e('video', { src: '${FILM}', autoPlay: true })`,
  },
  'a source': {
    markup: `<video autoplay=""><source src="${FILM}" type="video/mp4"/></video>`,
    app: `e('video', { autoPlay: true }, e('source', { src: '${FILM}', type: 'video/mp4' }))`,
  },
}

for (const mode of ['production', 'development'] as const)
  for (const [what, { markup, app }] of Object.entries(ELEMENTS))
    test(`React (${mode}) hydrates an element with ${what} that waits`, async ({
      site,
      arrive,
    }) => {
      const script = (await hydration(mode, app)).replaceAll('</script', '<\\/script')
      const html = `<div id="root">${markup}</div><script>${script}</script>`
      const [, tagged] = await visitBoth(site, arrive, html)
      expect(await tagged.page.evaluate('stands')).toBe('waiting')
      expect(await seen(tagged)).toEqual([])
      expect(await tagged.page.evaluate('before === document.querySelector("video")')).toBe(true)
      expect(tagged.console.filter(line => /hydrat|uncaught/i.test(line))).toEqual([])
    })

for (const [when, attach] of [
  ['at once', 'video.src = url; URL.revokeObjectURL(url)'],
  ['when it opens', 'video.src = url; source.onsourceopen = () => URL.revokeObjectURL(url)'],
] as const)
  test(`a player that puts a media source in the place of what waits, and takes its URL back ${when}`, async ({
    site,
    arrive,
  }) => {
    delayWorker(site)
    const html = `<video src="${FILM}" muted></video><script>
      const video = document.querySelector('video')
      window.stands = ${STANDS}
      window.seen = []
      const source = new MediaSource()
      const url = URL.createObjectURL(source)
      source.addEventListener('sourceopen', () => seen.push('open'))
      video.addEventListener('error', () => seen.push(video.error.message))
      ${attach}
      setTimeout(() => { window.isOver = true }, 1_000)
    </script>`
    const outcome = async (viewer: Viewer) => {
      await viewer.page.waitForFunction('window.isOver')
      return viewer.page.evaluate(() => {
        const video = document.querySelector('video')
        const { seen } = window as never as { seen: string[] }
        return { seen, cors: video?.crossOrigin, isBlob: video?.currentSrc.startsWith('blob:') }
      })
    }
    const plain = await (await arrive()).visit(site.page('plain.html', html))
    const tagged = await (await arrive()).visit(site.page('tagged.html', TAG + html))
    const expected = await outcome(plain)
    expect(await tagged.page.evaluate('stands')).toBe('waiting')
    expect(await outcome(tagged)).toEqual(expected)
    // And on a later visit, where nothing waits.
    await tagged.page.reload()
    expect(await outcome(tagged)).toEqual(expected)
  })

test('a stream of the page in the place of what waits is played', async ({ site, arrive }) => {
  delayWorker(site)
  const html = `<video src="${FILM}" autoplay muted></video><canvas></canvas><script>
    window.stands = ${STANDS}
    const context = document.querySelector('canvas').getContext('2d')
    setInterval(() => context.fillRect(Math.random() * 90, 0, 9, 9), 40)
    const video = document.querySelector('video')
    window.stream = document.querySelector('canvas').captureStream()
    video.srcObject = stream</script>`
  const viewer = await (await arrive()).visit(site.page('stream.html', TAG + html))
  expect(await viewer.page.evaluate('stands')).toBe('waiting')
  await viewer.plays()
  await viewer.page.evaluate(() => window.swarmtag?.ready)
  await viewer.plays()
  expect(await viewer.page.evaluate('video.srcObject === stream && video.crossOrigin')).toBe(null)
})
