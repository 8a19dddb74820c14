/** The tag in documents that are no ordinary page, and run by what is no ordinary script element. */

import { expect, FILM, film, type Site, test, type Viewer } from '../swarm/fixtures.js'

const tagLines = ({ console }: Viewer) =>
  console.filter(line => line.startsWith('[swarmtag]') || line.includes('uncaught'))

const inside = (site: Site) =>
  `<script src="${site.server.url}swarmtag.js"></script>
   <video src="${new URL(FILM, site.server.url).href}" autoplay muted></video>`

for (const [what, frame] of [
  ['srcdoc', html => `frame.srcdoc = ${html}`],
  ['srcdoc and sandbox', html => `frame.sandbox = 'allow-scripts'; frame.srcdoc = ${html}`],
  ['a data: URL', html => `frame.src = 'data:text/html,' + encodeURIComponent(${html})`],
  ['sandbox', () => `frame.sandbox = 'allow-scripts'; frame.src = '/inside.html'`],
  [
    'about:blank',
    html => `addEventListener('DOMContentLoaded', () => {
      for (const each of new DOMParser().parseFromString(${html}, 'text/html').querySelectorAll('*'))
        if (each.matches('script, video')) {
          const copy = frame.contentDocument.createElement(each.localName)
          for (const { name, value } of each.attributes) copy.setAttribute(name, value)
          copy.muted = true
          frame.contentDocument.body.append(copy)
        }
    })`,
  ],
] satisfies [string, (html: string) => string][])
  test(`in a frame with ${what} the video plays over plain HTTP, and one line says why`, async ({
    site,
    arrive,
  }) => {
    site.page('inside.html', inside(site))
    const html = JSON.stringify(inside(site)).replaceAll('/', '\\/')
    const viewer = await (await arrive()).visit(
      site.page(
        'outside.html',
        `<iframe></iframe><script>
           const frame = document.querySelector('iframe')
           ${frame(html)}
         </script>`,
      ),
    )
    await expect.poll(() => viewer.page.frames().length).toBe(2)
    const [, framed] = viewer.page.frames()
    if (!framed) throw new Error('no frame')
    await framed.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.3)
    expect(await framed.evaluate(() => window.swarmtag?.ready)).toMatchObject({ state: 'off' })
    expect(await framed.evaluate(() => window.swarmtag?.uninstall())).toBeUndefined()
    expect(tagLines(viewer)).toEqual([expect.stringContaining('unsupported: the document has no')])
  })

const OPTIONS = 'data-tracker="/tracker" data-no-such-option="1"'

for (const [what, tag] of [
  ['a module', `<script type="module" src="/swarmtag.js" ${OPTIONS}></script>`],
  [
    'a loader that fetches it and lets it run later',
    `<script type="text/later" data-src="/swarmtag.js" ${OPTIONS}></script>
     <script>fetch('/swarmtag.js').then(response => response.text()).then(eval)</script>`,
  ],
  [
    'a loader that fetches it and runs it as its own',
    `<script type="text/later" later-src="/swarmtag.js?1" ${OPTIONS}></script>
     <script data-theirs>
       const asking = new XMLHttpRequest()
       asking.open('GET', '/swarmtag.js', false)
       asking.send()
       eval(asking.responseText)
     </script>`,
  ],
] as const)
  test(`the tag as ${what} has its attributes and files`, async ({ site, arrive }) => {
    const viewer = await (await arrive()).visit(site.page('watch.html', `${tag}<div></div>`))
    await viewer.page.waitForFunction(() => window.swarmtag?.ready)
    expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toEqual({ state: 'active' })
    await viewer.page.evaluate(html => {
      const [place] = document.getElementsByTagName('div')
      if (place) place.innerHTML = html
    }, film())
    await viewer.plays()
    await viewer.until(({ heldChunks }) => heldChunks > 0, 'the film takes part')
    expect(tagLines(viewer)).toEqual([expect.stringContaining('option-invalid: noSuchOption')])
  })

test('a tag that does not find its attributes does nothing, and one line says what to do', async ({
  site,
  arrive,
}) => {
  const viewer = await (await arrive()).visit(
    site.page(
      'watch.html',
      `<script>fetch('/swarmtag.js').then(response => response.text()).then(eval)</script>${film()}`,
    ),
  )
  await viewer.plays()
  await viewer.page.waitForFunction(() => window.swarmtag?.ready)
  expect(await viewer.page.evaluate(() => window.swarmtag?.ready)).toMatchObject({ state: 'off' })
  expect(tagLines(viewer)).toEqual([expect.stringContaining('load the file by <script src=')])
})
